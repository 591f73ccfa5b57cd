//! A call that has no result yet, and what has to be done about it.

use crate::words::approval::ApprovalRequest;
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
    /// Which try comes next, or is under way, counted from 1.
    pub attempt: u32,
    /// Whether the policies were asked about it.
    pub judged: bool,
    /// Whether a person has approved it, or a policy in a person's place.
    pub approved: bool,
    /// Whether its arguments are others than the model's, by a policy or a person.
    pub changed: bool,
    /// Why a person is asked, or why it was denied; empty for no reason.
    pub reason: String,
    /// The approvals that it waits for: those of an agent that is a tool.
    pub waiting: Vec<ApprovalRequest>,
}

impl OpenCall {
    /// A call that was just made.
    pub(super) fn new(call: ToolCall, due: Due, repeatable: bool) -> Self {
        Self {
            call,
            due,
            started: false,
            repeatable,
            attempt: 1,
            judged: false,
            approved: false,
            changed: false,
            reason: String::new(),
            waiting: Vec::new(),
        }
    }
}

/// What has to be done about an open call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It is to be run.
    Run,
    /// The policies are to be asked about it.
    Judge,
    /// A person is to be asked about it.
    Ask,
    /// A person is to be asked about calls that were made under it.
    Wait,
    /// It was denied.
    Denied,
    /// The user said something else before it was approved.
    Withdrawn,
    /// Its reply was cut off: it is not to be run.
    CutOff,
    /// The run's limit does not allow it.
    Limit(LimitKind),
    /// It was not begun, or can be begun again, when its run was cancelled.
    Cancelled,
    /// It was begun, and nobody knows whether it did its work.
    Unknown,
}
