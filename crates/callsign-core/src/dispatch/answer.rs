//! What the model hears of a call that has no ordinary result. Short, and of use to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::traits::tool::{Effect, ToolOutput};
use crate::traits::tool_error::{Audience, ToolError};
use crate::words::approval::ApprovalRequest;
use crate::words::content::{Content, Part};
use crate::words::error::BoxError;
use crate::words::result::CallOutcome;

/// How a call went, for the journal, and what only the log or the caller is to know.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: CallOutcome,
    pub(crate) content: Content,
    /// What only the caller gets.
    pub(crate) private: Option<Value>,
    /// What follows from it for the run.
    pub(crate) effect: Effect,
    /// The approvals that the call waits for: then this is no answer yet.
    pub(crate) waiting: Vec<ApprovalRequest>,
    /// What the model is not told: a private or a fatal error, or a panic.
    pub(crate) error: Option<BoxError>,
}

impl Answer {
    pub(crate) fn new(outcome: CallOutcome, content: impl Into<Content>) -> Self {
        Self {
            outcome,
            content: content.into(),
            private: None,
            effect: Effect::None,
            waiting: Vec::new(),
            error: None,
        }
    }

    pub(crate) fn output(output: ToolOutput) -> Self {
        let ToolOutput { content, private, effect, .. } = output;
        let outcome = match effect {
            Effect::Answer => CallOutcome::Accepted,
            _ => CallOutcome::Answered,
        };
        Self { private, effect, ..Self::new(outcome, content) }
    }

    /// The same answer, saying that the call was run with other arguments than the model's.
    pub(crate) fn of_changed(mut self, arguments: &str) -> Self {
        let note = format!("This call was run with other arguments than yours: {arguments}");
        match &mut self.content {
            Content::Text(text) => *text = format!("{note}\n\n{text}"),
            Content::Parts(parts) => parts.insert(0, Part::text(note)),
        }
        self
    }

    pub(crate) fn handed_off_before() -> Self {
        let text = "Not transferred: another call of the same reply has transferred the \
                    conversation already.";
        Self::new(CallOutcome::NotRun, text)
    }

    pub(crate) fn unknown_tool<'a>(name: &str, tools: impl Iterator<Item = &'a str>) -> Self {
        let tools: Vec<_> = tools.map(|tool| format!("`{tool}`")).collect();
        let text = if tools.is_empty() {
            format!("There is no tool `{name}`, and no other tool either: answer without one.")
        } else {
            format!("There is no tool `{name}`. The tools are: {}.", tools.join(", "))
        };
        Self::new(CallOutcome::UnknownTool, text)
    }

    pub(crate) fn invalid_arguments(name: &str, why: &str) -> Self {
        let text =
            format!("The arguments of `{name}` are not valid: {why}. Call it again, mended.");
        Self::new(CallOutcome::InvalidArguments, text)
    }

    pub(crate) fn failed(name: &str, outcome: CallOutcome) -> Self {
        Self::new(outcome, format!("The tool `{name}` failed. The reason is not known here."))
    }

    /// The tool panicked with this message.
    pub(crate) fn panicked(name: &str, message: &str) -> Self {
        tracing::error!(tool = name, panic = message, "a tool panicked");
        let error = format!("the tool panicked: {message}").into();
        Self::failed(name, CallOutcome::Panicked).because(Some(error))
    }

    /// The same answer, with the error behind it, which the model is not told.
    fn because(self, error: Option<BoxError>) -> Self {
        Self { error, ..self }
    }

    /// The error behind it and its sources, joined for the caller.
    pub(crate) fn chain(&self) -> Option<Arc<str>> {
        let error = self.error.as_deref()?;
        let (mut line, mut cause) = (error.to_string(), error.source());
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        Some(line.into())
    }

    pub(crate) fn timed_out(name: &str, limit: Duration, repeatable: bool) -> Self {
        let limit = limit.as_secs_f64();
        if repeatable {
            let text = format!("The tool `{name}` gave no result within {limit} seconds.");
            return Self::new(CallOutcome::TimedOut, text);
        }
        let text = format!(
            "The tool `{name}` gave no result within {limit} seconds. Whether it took effect is \
             not known: do not assume either, and do not repeat it without asking the user."
        );
        Self::new(CallOutcome::Unknown, text)
    }

    pub(crate) fn out_of_time(name: &str, repeatable: bool) -> Self {
        if repeatable {
            let text = format!("Cancelled: the run's time was over before `{name}` had a result.");
            return Self::new(CallOutcome::Cancelled, text);
        }
        let text = format!(
            "The run's time was over before `{name}` had a result. Whether it took effect is not \
             known: do not assume either, and do not repeat it without asking the user."
        );
        Self::new(CallOutcome::Unknown, text)
    }

    pub(crate) fn error(name: &str, error: ToolError) -> Self {
        match error.audience() {
            Audience::Model => Self::new(CallOutcome::Told, error.message()),
            Audience::Retry => Self::new(CallOutcome::Retry, error.message()),
            Audience::Arguments => Self::invalid_arguments(name, error.message()),
            Audience::Log => {
                tracing::warn!(tool = name, error = error.chain(), "a tool failed");
                Self::failed(name, CallOutcome::Failed).because(error.into_source())
            }
            Audience::Wait => {
                let answer = Self::failed(name, CallOutcome::Failed);
                Self { waiting: error.into_waiting(), ..answer }
            }
            Audience::End => {
                tracing::error!(tool = name, error = error.chain(), "a tool ended the run");
                Self::failed(name, CallOutcome::Fatal).because(error.into_source())
            }
        }
    }
}
