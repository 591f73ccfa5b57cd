//! The result of a call, as the model receives it.

use std::sync::Arc;
use std::time::Duration;

use callsign_types::approval::ApprovalRequest;
use callsign_types::content::{Content, Part};
use callsign_types::error::{BoxError, error_chain};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::tool::{Effect, ToolOutput};
use callsign_types::traits::tool_error::{ErrorRoute, ToolError};
use serde_json::Value;

use crate::journal::pending_call::UNKNOWN_EFFECT;

/// The result of a call: what the journal records, and what only the caller or the log receives.
#[derive(Debug)]
pub(crate) struct CallResult {
    pub(crate) status: ToolCallStatus,
    pub(crate) content: Content,
    /// The part that only the caller receives.
    pub(crate) metadata: Option<Value>,
    /// The effect of the result on the run.
    pub(crate) effect: Effect,
    /// The approvals that suspend the call. If there are any, there is no result yet.
    pub(crate) suspended_on: Vec<ApprovalRequest>,
    /// The error that the model does not receive: a private or fatal error, or a panic.
    pub(crate) error: Option<BoxError>,
}

impl CallResult {
    pub(crate) fn new(status: ToolCallStatus, content: impl Into<Content>) -> Self {
        Self {
            status,
            content: content.into(),
            metadata: None,
            effect: Effect::None,
            suspended_on: Vec::new(),
            error: None,
        }
    }

    /// Returns the result of a tool that returned `output`.
    pub(crate) fn output(output: ToolOutput) -> Self {
        let ToolOutput { content, metadata, effect, .. } = output;
        let mut result = Self::new(ToolCallStatus::Success, content);
        result.metadata = metadata;
        match effect {
            Effect::Suspend(requests) => result.suspended_on = requests,
            Effect::Output => result.status = ToolCallStatus::OutputAccepted,
            effect => result.effect = effect,
        }
        result
    }

    /// Returns the result of a tool that returned `error`.
    pub(crate) fn error(name: &str, error: ToolError) -> Self {
        match error.route() {
            ErrorRoute::Model => Self::new(ToolCallStatus::Error, error.message()),
            ErrorRoute::Retry => Self::new(ToolCallStatus::RetryRequested, error.message()),
            ErrorRoute::Arguments => Self::invalid_arguments(name, error.message()),
            ErrorRoute::Log => {
                tracing::warn!(tool = name, error = error.chain(), "a tool failed");
                Self::failed(name, ToolCallStatus::Failed).with_error(error.into_source())
            }
            ErrorRoute::End => {
                tracing::error!(tool = name, error = error.chain(), "a tool ended the run");
                Self::failed(name, ToolCallStatus::Fatal).with_error(error.into_source())
            }
        }
    }

    /// Adds that the call ran with other arguments than the model's.
    pub(crate) fn with_changed(mut self, arguments: &str) -> Self {
        let note = format!("This call was run with other arguments than yours: {arguments}");
        match &mut self.content {
            Content::Text(text) => *text = format!("{note}\n\n{text}"),
            Content::Parts(parts) => parts.insert(0, Part::text(note)),
        }
        self
    }

    /// Adds the error that the model does not receive.
    fn with_error(self, error: Option<BoxError>) -> Self {
        Self { error, ..self }
    }

    /// Returns the error and its sources, joined for the caller.
    pub(crate) fn error_chain(&self) -> Option<Arc<str>> {
        Some(error_chain(self.error.as_deref()?).into())
    }

    pub(crate) fn already_handed_off() -> Self {
        let text = "Not transferred: another call of this response has already transferred the \
                    conversation.";
        Self::new(ToolCallStatus::NotRun, text)
    }

    pub(crate) fn unknown_tool<'a>(name: &str, tools: impl Iterator<Item = &'a str>) -> Self {
        let tools: Vec<_> = tools.map(|tool| format!("`{tool}`")).collect();
        let text = if tools.is_empty() {
            format!(
                "There is no tool `{name}`, and there are no other tools. Answer without tools."
            )
        } else {
            format!("There is no tool `{name}`. The tools are: {}.", tools.join(", "))
        };
        Self::new(ToolCallStatus::UnknownTool, text)
    }

    pub(crate) fn invalid_arguments(name: &str, reason: &str) -> Self {
        let text = format!(
            "The arguments of `{name}` are not valid: {reason}. Fix the arguments and call the \
             tool again."
        );
        Self::new(ToolCallStatus::InvalidArguments, text)
    }

    pub(crate) fn failed(name: &str, status: ToolCallStatus) -> Self {
        Self::new(status, format!("The tool `{name}` failed. The reason is not known here."))
    }

    /// Returns the result of a tool that panicked.
    pub(crate) fn panicked(name: &str, message: &str) -> Self {
        tracing::error!(tool = name, panic = message, "a tool panicked");
        let error = format!("the tool panicked: {message}").into();
        Self::failed(name, ToolCallStatus::Panicked).with_error(Some(error))
    }

    /// Returns the result of a call that took longer than `limit`.
    pub(crate) fn timed_out(name: &str, limit: Duration, repeatable: bool) -> Self {
        let limit = limit.as_secs_f64();
        if repeatable {
            let text = format!("The tool `{name}` gave no result within {limit} seconds.");
            return Self::new(ToolCallStatus::TimedOut, text);
        }
        let text =
            format!("The tool `{name}` gave no result within {limit} seconds. {UNKNOWN_EFFECT}");
        Self::new(ToolCallStatus::Unknown, text)
    }

    /// Returns the result of a call during which the run timed out.
    pub(crate) fn run_timed_out(name: &str, repeatable: bool) -> Self {
        if repeatable {
            let text = format!("Cancelled: the run timed out before `{name}` had a result.");
            return Self::new(ToolCallStatus::Cancelled, text);
        }
        let text = format!("The run timed out before `{name}` had a result. {UNKNOWN_EFFECT}");
        Self::new(ToolCallStatus::Unknown, text)
    }
}
