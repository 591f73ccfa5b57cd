//! A call that has no result yet, and what has to be done about it.

use crate::words::limits::LimitKind;
use crate::words::message::ToolCall;

/// A call that has no result yet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OpenCall {
    /// The call, as the model made it.
    pub call: ToolCall,
    /// What has to be done about it.
    pub due: Due,
    /// Whether the journal says that it was begun.
    pub started: bool,
    /// Whether its tool was declared to be repeatable when the model called it: then the journal
    /// says nothing of its begin.
    pub repeatable: bool,
}

/// What has to be done about an open call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It is to be run.
    Run,
    /// Its reply was cut off: it is not to be run.
    CutOff,
    /// The run's limit does not allow it.
    Limit(LimitKind),
    /// It was not begun, or can be begun again, when its run was cancelled.
    Cancelled,
    /// It was begun, and nobody knows whether it did its work.
    Unknown,
}
