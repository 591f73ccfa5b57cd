//! The decision of the agent loop: what to do next.

use callsign_types::id::CallIndex;
use callsign_types::journal::entry::Entry;
use callsign_types::token_estimate::tokens;
use callsign_types::tool_status::ToolCallStatus;
use serde::Serialize;

use super::Journal;
use super::pending_call::{CallState, UNKNOWN_EFFECT};
use super::run_end::RunEnd;
use super::state::State;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Next {
    /// Perform these steps. They do not depend on each other, and all of them must be done before
    /// the next decision.
    Perform(Vec<Step>),
    /// Wait until a person decides about one of these calls.
    Wait(Vec<CallIndex>),
    /// Do nothing: the run has ended.
    Done(RunEnd),
}

/// One step of a run, as data. The executor performs it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Append these entries. They follow from the journal alone.
    Record {
        /// The entries.
        entries: Vec<Entry>,
    },
    /// Take the items of the inbox, beginning at this position.
    TakeInbox {
        /// The number of items that were taken before.
        from: u64,
    },
    /// Send a request to the model.
    CallModel {
        /// The number of entries that the journal has.
        length: u64,
        /// The number of the response in its request, counted from 1.
        turn: u32,
        /// Whether the model must answer without calling tools.
        answer_only: bool,
    },
    /// Have the policies decide about this call.
    AskPolicy {
        /// The call.
        call: CallIndex,
    },
    /// Check the newest output against its schema.
    CheckOutput,
    /// Compact the history.
    Compact {
        /// The tokens that the history may have afterwards.
        budget: u64,
    },
    /// Run this call.
    CallTool {
        /// The call.
        call: CallIndex,
    },
}

/// Returns what to do next.
#[must_use]
pub fn step(journal: &Journal) -> Next {
    let state = &journal.state;
    let results: Vec<_> = results_of_skipped_calls(state).collect();
    if !results.is_empty() {
        return Next::Perform(vec![Step::Record { entries: results }]);
    }
    let calls_due = |due| {
        state.pending_calls().filter(move |(_, pending)| pending.due == due).map(|(call, _)| call)
    };
    let policies: Vec<_> =
        calls_due(CallState::NeedsPolicy).map(|call| Step::AskPolicy { call }).collect();
    if !policies.is_empty() {
        return Next::Perform(policies);
    }
    // Calls that need no decision run first, so that the run pauses once for all the others.
    let run: Vec<_> = calls_due(CallState::Run).map(|call| Step::CallTool { call }).collect();
    if !run.is_empty() {
        return Next::Perform(run);
    }
    if let Some(end) = &state.run_end
        && !(state.run.output_unchecked && state.pending.is_empty())
    {
        return Next::Done(end.clone());
    }
    if !state.pending.is_empty() {
        return Next::Wait(state.pending.keys().copied().collect());
    }
    if state.run.output_unchecked {
        return Next::Perform(vec![Step::CheckOutput]);
    }
    if !state.inbox_checked {
        return Next::Perform(vec![Step::TakeInbox { from: state.inbox_taken }]);
    }
    if !state.has_input {
        return Next::Done(RunEnd::Nothing);
    }
    if let Some(limit) = state.exhausted_budget() {
        return Next::Done(RunEnd::Limit(limit));
    }
    if let Some(budget) = compaction_budget(journal) {
        return Next::Perform(vec![Step::Compact { budget }]);
    }
    Next::Perform(vec![Step::CallModel {
        length: state.length,
        turn: state.turns() + 1,
        answer_only: state.tool_limit_reached().is_some(),
    }])
}

/// Returns the tokens that the history may have; `None` if it needs no compaction.
fn compaction_budget(journal: &Journal) -> Option<u64> {
    let state = &journal.state;
    if state.run.compaction_tried {
        return None;
    }
    if state.limits.context_tokens.is_none() && !state.run.context_overflow {
        return None;
    }
    let tokens = tokens(journal.transcript.messages());
    match state.limits.context_tokens {
        // The provider rejected the conversation, so its limit is below the estimated size.
        budget if state.run.context_overflow => Some(budget.unwrap_or(u64::MAX).min(tokens / 2)),
        Some(budget) if tokens > budget => Some(budget),
        _ => None,
    }
}

/// Returns the results of pending calls that will not run.
pub(super) fn results_of_skipped_calls(state: &State) -> impl Iterator<Item = Entry> {
    state.pending_calls().filter_map(|(call, pending)| {
        let (outcome, content) = match pending.due {
            CallState::Run
            | CallState::NeedsPolicy
            | CallState::NeedsApproval
            | CallState::AwaitingChild => return None,
            CallState::Denied if pending.reason.is_empty() => {
                (ToolCallStatus::Denied, "Denied: the call was not run.".to_owned())
            }
            CallState::Denied => {
                let reason = &pending.reason;
                (ToolCallStatus::Denied, format!("Denied, and not run: {reason}"))
            }
            CallState::Superseded => {
                let text = "Not run: the user sent another message before the call was approved.";
                (ToolCallStatus::Superseded, text.to_owned())
            }
            CallState::CutOff => (
                ToolCallStatus::NotRun,
                "Not run: the response was cut off before it was complete.".to_owned(),
            ),
            CallState::Limit(limit) => (
                ToolCallStatus::NotRun,
                format!("Not run: the limit of {limit} was reached. Answer with what you have."),
            ),
            CallState::ToolLimit(limit) => {
                let tool = &pending.call.name;
                let calls = if limit == 1 { "call" } else { "calls" };
                let text = format!(
                    "Not run: the limit of {limit} {calls} of `{tool}` was reached. Continue \
                     without it."
                );
                (ToolCallStatus::NotRun, text)
            }
            CallState::Cancelled => {
                let text = "Cancelled: the run ended before this call had a result.";
                (ToolCallStatus::Cancelled, text.to_owned())
            }
            CallState::Unknown => (
                ToolCallStatus::Unknown,
                format!("The call was started and then interrupted. {UNKNOWN_EFFECT}"),
            ),
        };
        Some(Entry::result(call, outcome, content))
    })
}
