//! Pending calls: tool calls that have no result yet.

use callsign_types::approval::ApprovalRequest;
use callsign_types::journal::entry::RecordedSpending;
use callsign_types::limits::LimitKind;
use callsign_types::message::ToolCall;

/// What the model receives about a call whose effect is unknown.
pub(crate) const UNKNOWN_EFFECT: &str = "It is unknown whether it took effect. Do not assume either way, \
                                         and do not repeat the call without asking the user.";

/// A tool call that has no result yet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PendingCall {
    /// The call. Its arguments may have been repaired or changed since the model made it.
    pub call: ToolCall,
    /// The next action for the call, or its outcome if it will not run.
    pub due: CallState,
    /// Whether the journal has recorded its start.
    pub started: bool,
    /// Whether its tool was repeatable when the model made the call. The start of a repeatable
    /// call is not journaled.
    pub repeatable: bool,
    /// The attempt that is next or in progress, counted from 1.
    pub attempt: u32,
    /// Whether the policies have decided about it.
    pub judged: bool,
    /// Whether a person, or a policy instead of a person, has approved it.
    pub approved: bool,
    /// Whether a policy or a person has changed its arguments.
    pub changed: bool,
    /// Why approval is requested, or why the call was denied; empty without a reason.
    pub reason: String,
    /// What the call has spent according to the journal, before it was suspended.
    pub spent: RecordedSpending,
    /// The approval requests of a sub-agent that the call waits for.
    pub waiting: Vec<ApprovalRequest>,
}

impl PendingCall {
    /// Creates the record of a call that the model has just made.
    pub(super) fn new(call: ToolCall, due: CallState, repeatable: bool) -> Self {
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
            spent: RecordedSpending::default(),
            waiting: Vec::new(),
        }
    }
}

/// The state of a pending call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallState {
    /// It is due to run, or running.
    Run,
    /// The policies have to decide about it.
    NeedsPolicy,
    /// A person has to decide about it.
    NeedsApproval,
    /// A person has to decide about calls that its sub-agent has made.
    AwaitingChild,
    /// It was denied.
    Denied,
    /// The user sent another message before it was approved.
    Superseded,
    /// Its response was truncated, filtered or incomplete, so the call must not run.
    CutOff,
    /// A limit of the run does not allow it.
    Limit(LimitKind),
    /// The run's limit of calls of this tool does not allow it. The value is the limit.
    ToolLimit(u32),
    /// Its run was cancelled, and the call had not started or is repeatable.
    Cancelled,
    /// It was started and interrupted. Whether it took effect is unknown.
    Unknown,
}
