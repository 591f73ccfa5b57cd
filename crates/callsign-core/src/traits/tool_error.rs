//! The error of a tool, which has two audiences: the model and the log.

use std::error::Error as StdError;
use std::fmt;

use super::tool::ErrorAudience;
use crate::words::approval::ApprovalRequest;
use crate::words::error::BoxError;

/// Why a tool failed, and who is to hear it.
///
/// It does not implement [`std::error::Error`] on purpose: that lets `?` turn any error into a
/// *private* one, so that nothing reaches a model that was not meant for it. A text is no error,
/// and `Err("…")?` does not compile: say who hears it, as in `return Err(ToolError::tell("…"))`.
pub struct ToolError {
    audience: Audience,
    message: String,
    source: Option<BoxError>,
    /// Whether the type of an error decided who hears it, and not the tool itself: settings of
    /// the tool and of the agent may decide otherwise.
    by_type: bool,
    /// The approvals that the call waits for.
    waiting: Vec<ApprovalRequest>,
}

/// Who hears a tool's error, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The model hears it, as an answer.
    Model,
    /// The model hears it, and is asked to mend the call.
    Retry,
    /// The same, because the arguments are not what the tool takes.
    Arguments,
    /// The log hears it; the model hears that the tool failed.
    Log,
    /// The log hears it, and the run ends.
    End,
    /// Nobody hears it: the call waits for approvals, and goes on once they are decided.
    Wait,
}

impl ToolError {
    /// An answer that happens to be an error: the model hears the message.
    pub fn tell(message: impl fmt::Display) -> Self {
        Self::new(Audience::Model, message.to_string())
    }

    /// The model hears the message and is asked to mend its call.
    pub fn retry(message: impl fmt::Display) -> Self {
        Self::new(Audience::Retry, message.to_string())
    }

    /// The arguments are not what the tool takes: the model hears where and why.
    pub fn invalid_arguments(message: impl fmt::Display) -> Self {
        Self::new(Audience::Arguments, message.to_string())
    }

    /// The model hears only that the tool failed; the log has the error and its sources.
    pub fn private(error: impl Into<BoxError>) -> Self {
        Self::with_source(Audience::Log, error.into())
    }

    /// The run ends; the caller has the error and its sources, the model hears nothing of it.
    pub fn fatal(error: impl Into<BoxError>) -> Self {
        Self::with_source(Audience::End, error.into())
    }

    /// The call can't go on before these approvals are decided, as an agent's that is a tool.
    pub(crate) fn waiting(requests: Vec<ApprovalRequest>) -> Self {
        let message = "the call waits for approvals".to_owned();
        Self { waiting: requests, ..Self::new(Audience::Wait, message) }
    }

    pub(crate) fn into_waiting(self) -> Vec<ApprovalRequest> {
        self.waiting
    }

    /// The same error, of which only its type said who hears it.
    pub(crate) fn by_type(mut self) -> Self {
        self.by_type = true;
        self
    }

    /// The same error, heard by whom these settings say, the tool's before the agent's, unless
    /// the tool said so itself.
    pub(crate) fn heard_by(mut self, settings: Option<ErrorAudience>) -> Self {
        match settings {
            Some(ErrorAudience::Told) if self.by_type && self.audience == Audience::Log => {
                self.audience = Audience::Model;
            }
            Some(ErrorAudience::Private) if self.by_type && self.audience == Audience::Model => {
                self.audience = Audience::Log;
            }
            _ => {}
        }
        self
    }

    pub(crate) fn audience(&self) -> Audience {
        self.audience
    }

    /// What is told, or logged.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the model hears the message: as an answer, or to mend its call.
    #[must_use]
    pub fn is_told(&self) -> bool {
        matches!(self.audience, Audience::Model | Audience::Retry | Audience::Arguments)
    }

    /// Whether the model is asked to mend its call.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        matches!(self.audience, Audience::Retry | Audience::Arguments)
    }

    /// Whether only the log hears the message.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.audience == Audience::Log
    }

    /// Whether the run ends.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.audience == Audience::End
    }

    /// The error and its sources, joined for the log.
    pub(crate) fn chain(&self) -> String {
        let mut line = self.message.clone();
        let mut cause = self.source.as_ref().and_then(|source| source.source());
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }

    pub(crate) fn into_source(self) -> Option<BoxError> {
        self.source
    }

    fn new(audience: Audience, message: String) -> Self {
        Self { audience, message, source: None, by_type: false, waiting: Vec::new() }
    }

    fn with_source(audience: Audience, source: BoxError) -> Self {
        let message = source.to_string();
        Self { source: Some(source), ..Self::new(audience, message) }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::private(error).by_type()
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolError")
            .field("audience", &self.audience)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}
