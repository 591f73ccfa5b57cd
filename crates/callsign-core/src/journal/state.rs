//! The state of a conversation: a fold over its journal that decides the next step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callsign_types::finish_reason::FinishReason;
use callsign_types::id::{CallIndex, JournalKey};
use callsign_types::journal::entry::{
    Entry, HandedOff, RecordedReply, RecordedSpending, RecordedTool, RunStarted,
};
use callsign_types::limits::Limits;
use callsign_types::message::Message;

use self::run_state::RunState;
use super::pending_call::{CallState, PendingCall};
use super::run_end::RunEnd;
use super::step::Step;
use super::transcript::count_calls;

pub(crate) mod calls;
mod failures;
mod output;
mod run_state;
mod view;

/// The part of a journal that decides what to do next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(super) length: u64,
    pub(super) format: u32,
    pub(super) key: Option<JournalKey>,
    pub(super) limits: Limits,
    has_run: bool,
    pub(super) instructions: Option<Arc<str>>,
    pub(super) tools: Vec<RecordedTool>,
    /// Whether there is anything to send to a model.
    pub(super) has_input: bool,
    pub(super) inbox_taken: u64,
    pub(super) inbox_checked: bool,
    /// Boxed, because a tree node reserves space for eleven values and most responses have one
    /// call.
    pub(super) pending: BTreeMap<CallIndex, Box<PendingCall>>,
    pub(super) run_end: Option<RunEnd>,
    pub(super) agent: Option<Arc<str>>,
    /// A handoff that waits for the results of the other calls of its response.
    handed_off: Option<HandedOff>,
    finish_reason: Option<FinishReason>,
    pub(super) run: RunState,
    pub(super) next_call: u64,
    pub(super) used_ids: BTreeSet<String>,
}

impl State {
    /// Records that the inbox has been read, also if it was empty and left no entry.
    pub(crate) fn mark_inbox_read(&mut self) {
        self.inbox_checked = true;
    }

    /// Records that a step was performed, whether or not it left an entry.
    pub(crate) fn step_performed(&mut self, step: &Step) {
        match step {
            Step::TakeInbox { .. } => self.mark_inbox_read(),
            Step::CheckOutput => self.run.output_unchecked = false,
            Step::Compact { .. } => self.mark_compaction_tried(),
            Step::Record { .. }
            | Step::CallModel { .. }
            | Step::AskPolicy { .. }
            | Step::CallTool { .. } => {}
        }
    }

    fn mark_compaction_tried(&mut self) {
        (self.run.compaction_tried, self.run.context_overflow) = (true, false);
    }

    pub(crate) fn apply(&mut self, entry: &Entry) {
        self.length += 1;
        self.count_from(entry);
        match entry {
            Entry::Created { format, key } => {
                (self.format, self.key) = (*format, Some(key.clone()));
            }
            Entry::History { messages } => self.apply_history(messages),
            Entry::RunStarted(run) => self.start_run(run),
            Entry::User { .. } => {
                self.supersede_waiting_calls();
                self.input_received();
            }
            Entry::InboxDrained { upto, messages, decisions, late } => {
                (self.inbox_taken, self.inbox_checked) = (*upto, true);
                decisions.iter().for_each(|decision| self.apply_decision(decision));
                if !messages.is_empty() || !late.is_empty() {
                    self.input_received();
                }
            }
            Entry::Assistant(reply) => self.apply_response(reply),
            Entry::Started { call } => self.update_call(*call, |pending| pending.started = true),
            Entry::ArgumentsRepaired { call, arguments } => {
                self.update_call(*call, |pending| pending.call.arguments.clone_from(arguments));
            }
            Entry::PolicyDecided { call, verdict, arguments, spent } => {
                self.run.request.add_spending(spent.unwrap_or_default());
                self.apply_verdict(*call, verdict, arguments.as_ref());
            }
            Entry::AwaitingApproval { call, requests, spent } => {
                self.run.request.add_spending(spent.unwrap_or_default());
                self.update_call(*call, |pending| {
                    pending.await_child(requests, spent.unwrap_or_default());
                });
            }
            Entry::Result { call, status, content, spent, .. } => {
                self.run.request.add_spending(spent.unwrap_or_default());
                self.apply_result(*call, *status, content);
            }
            Entry::HandedOff(handed_off) => {
                // The first handoff of a response wins.
                self.handed_off.get_or_insert_with(|| handed_off.clone());
                self.complete_handoff();
            }
            Entry::LimitReached { limit } => self.run_end = Some(RunEnd::Limit(*limit)),
            Entry::ContextOverflow => self.run.context_overflow = true,
            Entry::Compacted { spent, .. } => {
                self.run.request.add_spending(spent.unwrap_or_default());
                self.mark_compaction_tried();
            }
            Entry::UsageRecorded { spent } => self.run.request.add_spending(*spent),
            Entry::OutputModeChanged { format } => self.run.output_mode = Some(*format),
            Entry::OutputRejected { reason } => self.reject_output(reason),
            Entry::TimedOut { partial_text } => self.apply_timeout(partial_text),
            Entry::Failed { kind, message, partial_text } => {
                self.apply_failure(*kind, message, partial_text);
            }
            Entry::Cancelled { .. } => self.interrupt_running_calls(),
            // `Entry` is non-exhaustive across crates: every variant of this version is above.
            _ => {}
        }
    }

    /// Returns whether these first entries of a run begin a request: with a message of the user,
    /// unless it arrived while calls of the request before it were pending.
    pub(crate) fn begins_request(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| match entry {
            Entry::User { .. } => true,
            entry => entry.has_user_message() && self.pending.is_empty(),
        })
    }

    /// Returns whether the next entry begins a request.
    pub(crate) fn starts_request(&self, next: &Entry) -> bool {
        next.has_user_message()
            && self.run.awaits_input()
            && self.begins_request(std::slice::from_ref(next))
    }

    /// Counts anew from a message that begins a request.
    fn count_from(&mut self, entry: &Entry) {
        if entry.has_user_message() {
            if self.begins_request(std::slice::from_ref(entry)) {
                self.run.message_received();
            }
        } else if !matches!(entry, Entry::RunStarted(_) | Entry::InboxDrained { .. }) {
            self.run.begin();
        }
    }

    fn apply_history(&mut self, messages: &[Message]) {
        self.next_call += count_calls(messages);
        let assistants = messages.iter().filter_map(|message| match message {
            Message::Assistant(message) => Some(&message.tool_calls),
            _ => None,
        });
        self.used_ids.extend(assistants.flatten().map(|call| call.id.clone()));
        self.has_input |= !messages.is_empty();
    }

    fn start_run(&mut self, run: &RunStarted) {
        self.has_run = true;
        if let Some(limits) = &run.limits {
            self.limits.clone_from(limits);
        }
        if let Some(instructions) = &run.instructions {
            // An empty text means no instructions, so that a run can remove them.
            self.instructions =
                Some(instructions.as_str()).filter(|text| !text.is_empty()).map(Into::into);
        }
        if let Some(tools) = &run.tools {
            self.tools.clone_from(tools);
        }
        let end_before_failure = self.run.end_before_failure.take();
        self.run.start(run, &self.limits);
        self.inbox_checked = false;
        self.resume_pending_calls();
        // An end that the model's response caused stays until there is new input. While calls are
        // pending, `standing` does not return it, and their results do not change it.
        if !self.run_end.as_ref().is_some_and(RunEnd::stays) {
            self.run_end = end_before_failure;
        }
        self.run.output_unchecked = self.is_completed_with_output();
    }

    fn input_received(&mut self) {
        self.has_input = true;
        self.run_end = None;
        self.run.input_received();
    }

    fn apply_response(&mut self, reply: &RecordedReply) {
        let calls = &reply.message.tool_calls;
        let exhausted = self.tool_limit_reached();
        let states: Vec<_> = self.initial_call_states(reply).collect();
        self.run.turns = self.run.turns.saturating_add(1);
        self.run.request.count_response(calls);
        self.finish_reason = Some(reply.finish_reason.clone());
        let (usage, cost) = (reply.usage.unwrap_or_default(), reply.cost.unwrap_or_default());
        let mut spent = RecordedSpending::new(usage, cost);
        spent.is_estimated = reply.is_estimated;
        self.run.request.add_spending(spent);
        self.run.request.refused_calls |=
            states.iter().any(|(_, due)| matches!(due, CallState::Limit(_)));
        self.run.response_received(reply.message.is_empty());
        self.run.compaction_tried = false;
        self.next_call += calls.len() as u64;
        self.inbox_checked = false;
        for (call, (index, due)) in calls.iter().zip(states) {
            self.used_ids.insert(call.id.clone());
            let repeatable = self.tool(&call.name).is_some_and(|tool| tool.repeatable);
            let pending = PendingCall::new(call.clone(), due, repeatable);
            self.pending.insert(index, Box::new(pending));
        }
        self.run_end = match (&reply.finish_reason, exhausted) {
            (FinishReason::Length, _) => Some(RunEnd::MaxTokens),
            (FinishReason::ContentFilter, _) => Some(RunEnd::ContentFiltered),
            (reason, _) if reason.is_cut() => Some(RunEnd::Incomplete),
            _ if reply.message.is_empty() && self.run.output_mode.is_none() => {
                self.run.count_empty_response(&self.limits)
            }
            _ if calls.is_empty() => Some(RunEnd::Completed),
            (_, limit) => limit.map(RunEnd::Limit),
        };
        self.run.output_unchecked = self.is_completed_with_output();
    }

    /// Passes the conversation to another agent once no call is pending.
    fn complete_handoff(&mut self) {
        if !self.pending.is_empty() {
            return;
        }
        if let Some(HandedOff { to, instructions, tools, policy, .. }) = self.handed_off.take() {
            self.run.has_policies = policy;
            self.agent = Some(to).filter(|to| !to.is_empty()).map(Into::into);
            self.instructions = Some(instructions).filter(|text| !text.is_empty()).map(Into::into);
            self.tools = tools;
        }
    }
}
