//! What is due next: the one decision of the loop.

use serde::Serialize;

use super::Journal;
use super::ending::Ending;
use super::entry::Entry;
use super::open_call::Due;
use super::state::State;
use crate::words::estimate::tokens;
use crate::words::id::CallNumber;
use crate::words::result::CallOutcome;

/// What has to be done next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Next {
    /// These steps. They do not depend on each other, and all of them come before the next.
    Perform(Vec<Step>),
    /// Wait until a person has decided about one of these calls.
    Wait(Vec<CallNumber>),
    /// Nothing: the run has ended.
    Done(Ending),
}

/// Something to be done. It is data: whoever performs it knows how.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Add these entries, which were decided without anybody's help.
    Record {
        /// The entries.
        entries: Vec<Entry>,
    },
    /// Take what the inbox holds from this position on.
    TakeInbox {
        /// How many items were taken before.
        from: u64,
    },
    /// Ask the model for a reply to the journal of this length.
    CallModel {
        /// How many entries the journal has.
        length: u64,
        /// Which reply of the run this will be, counted from 1.
        turn: u32,
        /// Whether the model has to answer without calling tools.
        answer_only: bool,
    },
    /// Ask the policies about this call.
    AskPolicy {
        /// The call.
        call: CallNumber,
    },
    /// Look whether the newest answer is what was asked for.
    CheckAnswer,
    /// Make what the model sees shorter.
    Compact {
        /// The tokens that it may take.
        budget: u64,
    },
    /// Run this call.
    CallTool {
        /// The call.
        call: CallNumber,
    },
}

/// What is due after these entries.
#[must_use]
pub fn step(journal: &Journal) -> Next {
    let state = &journal.state;
    let settled: Vec<_> = settlements(state).collect();
    if !settled.is_empty() {
        return Next::Perform(vec![Step::Record { entries: settled }]);
    }
    let due =
        |due| state.open.iter().filter(move |(_, open)| open.due == due).map(|(&call, _)| call);
    let judge: Vec<_> = due(Due::Judge).map(|call| Step::AskPolicy { call }).collect();
    if !judge.is_empty() {
        return Next::Perform(judge);
    }
    // What needs nobody comes first; then there is one wait, for all that is left.
    let run: Vec<_> = due(Due::Run).map(|call| Step::CallTool { call }).collect();
    if !run.is_empty() {
        return Next::Perform(run);
    }
    if let Some(ending) = &state.ending
        && !(state.run.unchecked && state.open.is_empty())
    {
        return Next::Done(ending.clone());
    }
    if !state.open.is_empty() {
        return Next::Wait(state.open.keys().copied().collect());
    }
    if state.run.unchecked {
        return Next::Perform(vec![Step::CheckAnswer]);
    }
    if !state.inbox_checked {
        return Next::Perform(vec![Step::TakeInbox { from: state.inbox_taken }]);
    }
    if !state.said_anything {
        return Next::Done(Ending::Nothing);
    }
    if let Some(limit) = state.spent_up() {
        return Next::Done(Ending::Limit(limit));
    }
    if let Some(budget) = too_long(journal) {
        return Next::Perform(vec![Step::Compact { budget }]);
    }
    Next::Perform(vec![Step::CallModel {
        length: state.length,
        turn: state.run.turns + 1,
        answer_only: state.forbidden().is_some(),
    }])
}

/// The tokens that the history may take, where it takes more and was not made shorter yet.
fn too_long(journal: &Journal) -> Option<u64> {
    let state = &journal.state;
    if state.run.compacted {
        return None;
    }
    if state.limits.context_tokens.is_none() && !state.run.too_long {
        return None;
    }
    let tokens = tokens(journal.transcript.messages());
    match state.limits.context_tokens {
        // What a service says about its own limit counts more than an estimate.
        budget if state.run.too_long => Some(budget.unwrap_or(u64::MAX).min(tokens / 2)),
        Some(budget) if tokens > budget => Some(budget),
        _ => None,
    }
}

/// The results of open calls that are not to be run.
pub(super) fn settlements(state: &State) -> impl Iterator<Item = Entry> {
    state.open.iter().filter_map(|(&call, open)| {
        let (outcome, content) = match open.due {
            Due::Run | Due::Judge | Due::Ask | Due::Wait => return None,
            Due::Denied if open.reason.is_empty() => {
                (CallOutcome::Denied, "Denied: this call was not allowed, and was not run.".to_owned())
            }
            Due::Denied => {
                let reason = &open.reason;
                (CallOutcome::Denied, format!("Denied, and not run: {reason}"))
            }
            Due::Withdrawn => {
                let text = "Withdrawn, and not run: the user said something else before the call was \
                            approved.";
                (CallOutcome::Withdrawn, text.to_owned())
            }
            Due::CutOff => (
                CallOutcome::NotRun,
                "Not run: the reply was cut off before it was finished.".to_owned(),
            ),
            Due::Limit(limit) => (
                CallOutcome::NotRun,
                format!("Not run: the limit of {limit} is reached. Answer with what you have."),
            ),
            Due::Cancelled => {
                let text = "Cancelled: the run ended before this call had a result.";
                (CallOutcome::Cancelled, text.to_owned())
            }
            Due::Unknown => (
                CallOutcome::Unknown,
                "The call was begun and then interrupted. Whether it took effect is not known: \
                 do not assume either, and do not repeat it without asking the user."
                    .to_owned(),
            ),
        };
        Some(Entry::result(call, outcome, content))
    })
}
