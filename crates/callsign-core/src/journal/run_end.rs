//! The end of a run.

use callsign_types::error::ErrorKind;
use callsign_types::id::CallIndex;
use callsign_types::limits::LimitKind;

/// The end of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RunEnd {
    /// The model has answered.
    Completed,
    /// The response was truncated at a token limit.
    MaxTokens,
    /// The provider's content filter withheld the response.
    ContentFiltered,
    /// The response ended without a finish reason, or with an unknown one.
    Incomplete,
    /// The model answered with neither text nor tool calls, and the retries are used up.
    EmptyResponse,
    /// The run reached a limit without an answer.
    Limit(LimitKind),
    /// The run exceeded [`Limits::run_timeout`](callsign_types::limits::Limits::run_timeout).
    TimedOut {
        /// The text of the unfinished response.
        partial_text: String,
    },
    /// This tool failed in too many consecutive responses; empty for tools that do not exist.
    ToolFailures(String),
    /// A tool ended the run with a fatal error. If several did, this is the first of the calls.
    Fatal {
        /// The call.
        call: CallIndex,
        /// The tool.
        tool: String,
    },
    /// A request to the model failed.
    Failed {
        /// The kind of its error.
        kind: ErrorKind,
        /// The error message, in one line.
        message: String,
        /// The text that the model generated before the error.
        partial_text: String,
    },
    /// The run waits for decisions about calls.
    Paused,
    /// The output did not match the schema, and the retries are used up.
    InvalidOutput {
        /// What was wrong with the last output.
        reason: String,
    },
    /// The conversation has no message to send to a model.
    Nothing,
}

impl RunEnd {
    /// Returns whether the end was caused by a response of the model, and so stays until there is
    /// new input.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self, Self::Completed | Self::MaxTokens | Self::ContentFiltered | Self::Incomplete)
    }
}
