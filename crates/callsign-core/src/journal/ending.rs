//! How a run ended.

use crate::words::error::ErrorKind;
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
    /// This tool faulted in too many replies in a row; empty for tools that do not exist.
    Faults(String),
    /// This tool said that the run cannot go on.
    Fatal(String),
    /// The model failed.
    Failed {
        /// The kind of its error.
        kind: ErrorKind,
        /// Its error, in one line.
        message: String,
        /// The text that had come by then.
        partial_text: String,
    },
    /// There is nothing that a model could be asked.
    Nothing,
}
