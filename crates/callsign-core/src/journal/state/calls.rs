//! The calls of a response: how they are recorded, resumed and completed.

use std::collections::BTreeSet;

use callsign_types::approval::ApprovalRequest;
use callsign_types::content::Content;
use callsign_types::event::ModelResponse;
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{RecordedReply, RecordedSpending};
use callsign_types::limits::LimitKind;
use callsign_types::message::ToolCall;
use callsign_types::sanitize::unique_id;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::budget::Spending;

use super::State;
use crate::journal::pending_call::{CallState, PendingCall};
use crate::journal::run_end::RunEnd;

impl State {
    /// Converts a response to the form that the journal keeps, with call ids that are unique in
    /// the conversation.
    #[must_use]
    pub fn admit(&self, reply: ModelResponse) -> RecordedReply {
        let ModelResponse { mut message, finish_reason, usage, response_id, model, .. } = reply;
        assign_ids(&mut message.tool_calls, self.next_call, &self.used_ids);
        let mut reply = RecordedReply::new(message, finish_reason);
        (reply.usage, reply.response_id, reply.model) = (usage, response_id, model);
        reply
    }

    /// Returns a copy of the ids that calls have so far.
    pub(crate) fn call_ids(&self) -> CallIds {
        CallIds { next_call: self.next_call, used: self.used_ids.clone() }
    }

    /// Returns the state in which each call of `reply` would begin, with the call's index.
    pub fn initial_call_states(
        &self,
        reply: &RecordedReply,
    ) -> impl Iterator<Item = (CallIndex, CallState)> {
        let is_cut = reply.finish_reason.is_cut();
        let exhausted = self.tool_limit_reached();
        let left = self.limits.max_tool_calls.saturating_sub(self.run.request.tool_calls) as usize;
        let indexes = (self.next_call..).map(CallIndex);
        indexes.take(reply.message.tool_calls.len()).enumerate().map(move |(position, index)| {
            let name = &reply.message.tool_calls[position].name;
            let tool = self.tool(name);
            let tool_limit = self.tool_limit(&reply.message.tool_calls, position);
            let due = match exhausted {
                _ if is_cut => CallState::CutOff,
                // At a limit, the run still needs its output, and this call gives it.
                _ if self.run.is_output_tool(name) => CallState::Run,
                Some(limit) => CallState::Limit(limit),
                None if position >= left => CallState::Limit(LimitKind::ToolCalls),
                None if tool_limit.is_some() => {
                    CallState::ToolLimit(tool_limit.unwrap_or_default())
                }
                None if tool.is_some() && self.run.has_policies => CallState::NeedsPolicy,
                None if tool.is_some_and(|tool| tool.approval) => CallState::NeedsApproval,
                None => CallState::Run,
            };
            (index, due)
        })
    }

    /// Returns the limit of calls of a tool, if the call at `position` exceeds it.
    fn tool_limit(&self, calls: &[ToolCall], position: usize) -> Option<u32> {
        let name = &calls[position].name;
        let limit = *self.limits.max_calls_of.get(name)?;
        let before = calls[..position].iter().filter(|call| call.name == *name).count();
        let earlier = self.run.request.calls_of.get(name).copied().unwrap_or(0) as usize;
        (earlier + before >= limit as usize).then_some(limit)
    }

    /// Decides again about calls that an earlier run left pending.
    pub(super) fn resume_pending_calls(&mut self) {
        // A conversation has one writer at a time, so a call that was running has stopped.
        for pending in self.pending.values_mut().filter(|pending| pending.due == CallState::Run) {
            let is_repeatable =
                self.tools.iter().any(|tool| tool.name == pending.call.name && tool.repeatable);
            // The start of a repeatable call is not journaled, so it may have started.
            if pending.started || (pending.repeatable && !is_repeatable) {
                pending.due = CallState::Unknown;
            }
            if pending.attempt >= self.limits.max_call_attempts.max(1) {
                pending.due = CallState::Unknown;
            }
            pending.attempt = pending.attempt.saturating_add(1);
        }
        // A call that has not started follows the tools and policies of the new run.
        let is_due = |due| matches!(due, CallState::Run | CallState::NeedsPolicy);
        let resumed: Vec<_> = self
            .pending_calls()
            .filter(|(_, pending)| is_due(pending.due) && pending.waiting.is_empty())
            .filter(|(_, pending)| !pending.started)
            .map(|(index, pending)| (index, self.due_on_resume(pending)))
            .collect();
        for (index, due) in resumed {
            self.update_call(index, |pending| pending.due = due);
        }
    }

    /// Changes a call; does nothing if the call is not pending.
    pub(super) fn update_call(&mut self, index: CallIndex, change: impl FnOnce(&mut PendingCall)) {
        if let Some(pending) = self.pending.get_mut(&index) {
            change(pending);
        }
    }

    pub(super) fn apply_result(
        &mut self,
        index: CallIndex,
        outcome: ToolCallStatus,
        content: &Content,
    ) {
        let Some(pending) = self.pending.remove(&index) else {
            return;
        };
        let call = pending.call;
        // Unknown tools are counted together: a model may invent a new name each time.
        let is_unknown = outcome == ToolCallStatus::UnknownTool;
        let name = if is_unknown { String::new() } else { call.name };
        if outcome == ToolCallStatus::Fatal && !self.has_earlier_fatal_call(index) {
            self.run_end = Some(RunEnd::Fatal { call: index, tool: name.clone() });
        }
        if self.run.is_output_tool(&name) || outcome == ToolCallStatus::OutputAccepted {
            self.run.record_output_call(call.arguments, outcome, &content.text());
        } else {
            self.run.record_result(&name, outcome, self.pending.is_empty());
        }
        if self.pending.is_empty() {
            let failed_tool = self.run.count_failures(self.limits.max_consecutive_failures);
            let end = self.run.end_after_calls(self.run_end.take(), &self.limits);
            self.run_end = end.or(failed_tool.map(RunEnd::ToolFailures));
            self.complete_handoff();
        }
    }

    /// Returns whether a call before this one has ended the run. Results arrive in any order.
    fn has_earlier_fatal_call(&self, index: CallIndex) -> bool {
        matches!(self.run_end, Some(RunEnd::Fatal { call, .. }) if call < index)
    }

    pub(in crate::journal) fn interrupt_running_calls(&mut self) {
        for pending in self.pending.values_mut().filter(|pending| pending.due == CallState::Run) {
            pending.interrupt();
        }
    }
}

/// The ids that the calls of a conversation have so far.
#[derive(Debug)]
pub(crate) struct CallIds {
    next_call: u64,
    used: BTreeSet<String>,
}

impl CallIds {
    /// Changes the ids of a response's calls to those that the journal will have.
    pub(crate) fn assign(&self, calls: &mut [ToolCall]) {
        assign_ids(calls, self.next_call, &self.used);
    }
}

/// Changes ids of new calls that are not well-formed or not unique in the conversation.
fn assign_ids(calls: &mut [ToolCall], next_call: u64, used_ids: &BTreeSet<String>) {
    let mut fresh = BTreeSet::new();
    let is_alone = calls.len() == 1;
    for (call, index) in calls.iter_mut().zip(next_call..) {
        let is_used = used_ids.contains(call.id.trim());
        // The common case, without allocation: one call whose id is new and well-formed.
        if is_alone && !is_used && !call.id.is_empty() && call.id.trim() == call.id {
            break;
        }
        let given = if is_used { "" } else { &call.id };
        let mut id = unique_id(given, CallIndex(index), &mut fresh);
        while used_ids.contains(&id) {
            id = unique_id("", CallIndex(index), &mut fresh);
        }
        call.id = id;
    }
}

impl PendingCall {
    /// Waits for decisions about calls of the sub-agent.
    pub(super) fn await_child(&mut self, requests: &[ApprovalRequest], spent: RecordedSpending) {
        let mut total = Spending::from(self.spent);
        total += spent.into();
        self.spent = total.into();
        self.due = CallState::AwaitingChild;
        self.waiting = requests.to_vec();
    }

    /// Ends a call that was due to run.
    pub(super) fn interrupt(&mut self) {
        self.due = if self.started { CallState::Unknown } else { CallState::Cancelled };
    }
}
