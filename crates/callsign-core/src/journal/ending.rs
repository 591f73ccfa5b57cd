//! How a run ended.

use crate::words::error::ErrorKind;
use crate::words::id::CallNumber;
use crate::words::limits::LimitKind;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// The model answered.
    Answered,
    /// The reply was cut at a token limit.
    Length,
    /// The service withheld the reply.
    ContentFiltered,
    /// The reply ended without saying why.
    Unfinished,
    /// The run came to a limit, and there is no answer.
    Limit(LimitKind),
    /// The run's time was over.
    OutOfTime {
        /// The text that had come by then of the reply that was being written.
        partial_text: String,
    },
    /// This tool faulted in too many replies in a row; empty for tools that do not exist.
    Faults(String),
    /// A tool said that the run cannot go on; the first call that did, in the calls' order.
    Fatal {
        /// The call.
        call: CallNumber,
        /// The tool.
        tool: String,
    },
    /// The model failed.
    Failed {
        /// The kind of its error.
        kind: ErrorKind,
        /// Its error, in one line.
        message: String,
        /// The text that had come by then.
        partial_text: String,
    },
    /// It is to go on once a person has decided about calls that wait.
    Paused,
    /// The answer was not what was asked for, also when the model was asked again.
    InvalidAnswer {
        /// What was wrong with the last one.
        reason: String,
    },
    /// There is nothing that a model could be asked.
    Nothing,
}

impl Ending {
    /// Whether it is the model's last word, which stays until something new is said.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self, Self::Answered | Self::Length | Self::ContentFiltered | Self::Unfinished)
    }
}
