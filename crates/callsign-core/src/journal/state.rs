//! The state of a conversation: a fold over its journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ending::Ending;
use super::entry::{Entry, HandedOff, RecordedReply, RecordedSpending, RecordedTool, RunStarted};
use super::open_call::{Due, OpenCall};
use super::run_state::RunState;
use super::transcript::count_calls;
use crate::words::content::Content;
use crate::words::finish::FinishReason;
use crate::words::id::{CallNumber, JournalKey};
use crate::words::limits::{LimitKind, Limits};
use crate::words::message::Message;
use crate::words::money::Money;
use crate::words::result::CallOutcome;
use crate::words::usage::Usage;

/// What of a journal decides what is due next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(super) length: u64,
    pub(super) format: u32,
    pub(super) key: Option<JournalKey>,
    pub(super) limits: Limits,
    has_run: bool,
    pub(super) instructions: Option<Arc<str>>,
    pub(super) tools: Vec<RecordedTool>,
    pub(super) said_anything: bool,
    pub(super) inbox_taken: u64,
    pub(super) inbox_checked: bool,
    /// Boxed, because the tree sets aside room for eleven where most replies have one.
    pub(super) open: BTreeMap<CallNumber, Box<OpenCall>>,
    pub(super) ending: Option<Ending>,
    pub(super) agent: Option<Arc<str>>,
    handed_off: Option<HandedOff>,
    finish_reason: Option<FinishReason>,
    pub(super) run: RunState,
    pub(super) next_call: u64,
    pub(super) used_ids: BTreeSet<String>,
}

impl State {
    /// How many entries were read.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The version of the journal's format; 0 where it has no entry yet.
    #[must_use]
    pub fn format(&self) -> u32 {
        self.format
    }

    /// The journal's identity; `None` where it has no entry yet.
    #[must_use]
    pub fn key(&self) -> Option<&JournalKey> {
        self.key.as_ref()
    }

    /// Whether a run has begun, so that the next one may be like it.
    pub(crate) fn has_run(&self) -> bool {
        self.has_run
    }

    /// The bounds of the newest run.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The standing instructions of the newest run.
    #[must_use]
    pub fn instructions(&self) -> Option<&Arc<str>> {
        self.instructions.as_ref()
    }

    /// The tools of the newest run.
    #[must_use]
    pub fn tools(&self) -> &[RecordedTool] {
        &self.tools
    }

    /// The replies of the newest run.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.run.turns
    }

    /// The calls that were asked for in the newest run.
    #[must_use]
    pub fn tool_calls(&self) -> u32 {
        self.run.tool_calls
    }

    /// The tokens used by the newest run.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.run.usage
    }

    /// What the newest run has cost so far, by the agent's prices.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.run.cost
    }

    /// Whether some of the tokens are estimated, because the service did not count them.
    #[must_use]
    pub fn is_usage_estimated(&self) -> bool {
        self.run.is_estimated
    }

    /// The agent that the conversation was handed to; `None` where it was handed to nobody.
    #[must_use]
    pub fn agent(&self) -> Option<&Arc<str>> {
        self.agent.as_ref()
    }

    /// Whether a call of the newest reply has handed the conversation over; it is the other
    /// agent's once the others have their answers.
    #[must_use]
    pub fn is_being_handed_off(&self) -> bool {
        self.handed_off.is_some()
    }

    /// Why the newest reply ended.
    #[must_use]
    pub fn finish_reason(&self) -> &FinishReason {
        self.finish_reason.as_ref().unwrap_or(&FinishReason::Missing)
    }

    /// The limit that the newest run came to, if it did.
    #[must_use]
    pub fn limit_reached(&self) -> Option<LimitKind> {
        if self.run.turns > self.limits.turns {
            Some(LimitKind::Turns)
        } else if self.run.refused_calls {
            Some(LimitKind::ToolCalls)
        } else {
            None
        }
    }

    /// The limit of tokens or money that the newest run has used up.
    #[must_use]
    pub fn spent_up(&self) -> Option<LimitKind> {
        let tokens = self.run.usage.total_tokens();
        if self.limits.tokens.is_some_and(|limit| tokens >= limit) {
            Some(LimitKind::Tokens)
        } else {
            self.limits
                .money
                .is_some_and(|limit| self.run.cost >= limit)
                .then_some(LimitKind::Money)
        }
    }

    /// An open call.
    #[must_use]
    pub fn open_call(&self, number: CallNumber) -> Option<&OpenCall> {
        self.open.get(&number).map(|open| &**open)
    }

    /// Whether policies are asked before each call.
    pub(crate) fn asks_policies(&self) -> bool {
        self.run.policy
    }

    /// The open calls, in their order.
    pub(crate) fn open_calls(&self) -> impl Iterator<Item = (CallNumber, &OpenCall)> {
        self.open.iter().map(|(&number, open)| (number, &**open))
    }

    /// How many items of the inbox were taken.
    #[must_use]
    pub fn inbox_taken(&self) -> u64 {
        self.inbox_taken
    }

    /// The ending that stands until something new is said; `None` where there is more to do.
    #[must_use]
    pub fn standing(&self) -> Option<&Ending> {
        if self.open.values().any(|open| !matches!(open.due, Due::Ask | Due::Wait)) {
            return None;
        }
        if !self.open.is_empty() {
            return Some(&Ending::Paused);
        }
        if !self.said_anything {
            return Some(&Ending::Nothing);
        }
        self.ending.as_ref().filter(|ending| ending.stays())
    }

    /// What the journal knows of a tool.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&RecordedTool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// What a reply's calls would be due for, with their numbers.
    pub fn judge(&self, reply: &RecordedReply) -> impl Iterator<Item = (CallNumber, Due)> {
        let cut = reply.finish_reason.is_cut();
        let forbidden = self.forbidden();
        let left = self.limits.tool_calls.saturating_sub(self.run.tool_calls) as usize;
        let numbers = (self.next_call..).map(CallNumber);
        numbers.take(reply.message.tool_calls.len()).enumerate().map(move |(index, number)| {
            let tool = self.tool(&reply.message.tool_calls[index].name);
            let due = match forbidden {
                _ if cut => Due::CutOff,
                // That is what the limit asks for.
                _ if self.run.is_answer(&reply.message.tool_calls[index].name) => Due::Run,
                Some(limit) => Due::Limit(limit),
                None if index >= left => Due::Limit(LimitKind::ToolCalls),
                None if tool.is_some() && self.run.policy => Due::Judge,
                None if tool.is_some_and(|tool| tool.approval) => Due::Ask,
                None => Due::Run,
            };
            (number, due)
        })
    }

    /// The limit because of which the model is to answer without calling tools.
    #[must_use]
    pub fn forbidden(&self) -> Option<LimitKind> {
        if self.run.turns >= self.limits.turns {
            Some(LimitKind::Turns)
        } else {
            self.run.refused_calls.then_some(LimitKind::ToolCalls)
        }
    }

    /// Notes that the inbox was looked at, where that found nothing and left no entry.
    pub(crate) fn inbox_was_empty(&mut self) {
        self.inbox_checked = true;
    }

    /// Notes that the history was made shorter, or could not be, before the next request.
    pub(crate) fn compaction_was_tried(&mut self) {
        (self.run.compacted, self.run.too_long) = (true, false);
    }

    /// Whether the history was made shorter since the newest reply, or could not be.
    #[must_use]
    pub fn is_compacted(&self) -> bool {
        self.run.compacted
    }

    /// Notes that the answer was looked at, where that found nothing wrong and left no entry.
    pub(crate) fn answer_was_accepted(&mut self) {
        self.run.unchecked = false;
    }

    pub(crate) fn apply(&mut self, entry: &Entry) {
        self.length += 1;
        match entry {
            Entry::Created { format, key } => {
                self.format = *format;
                self.key = Some(key.clone());
            }
            Entry::History { messages } => self.history(messages),
            Entry::RunStarted(run) => self.begin(run),
            Entry::User { .. } => {
                self.withdraw();
                self.said();
            }
            Entry::Taken { upto, messages, decisions, late } => {
                self.inbox_taken = *upto;
                self.inbox_checked = true;
                decisions.iter().for_each(|decision| self.decide(decision));
                if !messages.is_empty() || !late.is_empty() {
                    self.said();
                }
            }
            Entry::Assistant(reply) => self.replied(reply),
            Entry::Started { call } => {
                if let Some(open) = self.open.get_mut(call) {
                    open.started = true;
                }
            }
            Entry::Mended { call, arguments } => {
                if let Some(open) = self.open.get_mut(call) {
                    open.call.arguments.clone_from(arguments);
                }
            }
            Entry::Judged { call, verdict, arguments, spent } => {
                self.run.spent(spent.unwrap_or_default());
                self.judged(*call, verdict, arguments.as_ref());
            }
            Entry::Waiting { call, requests, spent } => {
                self.run.spent(spent.unwrap_or_default());
                if let Some(open) = self.open.get_mut(call) {
                    open.due = Due::Wait;
                    open.waiting.clone_from(requests);
                }
            }
            Entry::Result { call, outcome, content, spent, .. } => {
                self.run.spent(spent.unwrap_or_default());
                self.answered(*call, *outcome, content);
            }
            Entry::HandedOff(handed_off) => {
                // The first of a reply counts.
                self.handed_off.get_or_insert_with(|| handed_off.clone());
                self.hand_off();
            }
            Entry::LimitReached { limit } => self.ending = Some(Ending::Limit(*limit)),
            Entry::TooLong => self.run.too_long = true,
            Entry::Compacted { spent, .. } => {
                self.run.spent(spent.unwrap_or_default());
                self.compaction_was_tried();
            }
            Entry::Spent { spent } => self.run.spent(*spent),
            Entry::AnswerFormat { format } => self.run.answer = Some(*format),
            Entry::Rejected { reason } => self.reject(reason),
            Entry::OutOfTime { partial_text } => {
                self.settle_open();
                if !matches!(self.ending, Some(Ending::Fatal { .. })) {
                    let partial_text = partial_text.clone();
                    self.ending = Some(Ending::OutOfTime { partial_text });
                }
            }
            Entry::Failed { kind, message, partial_text } => {
                self.failed(*kind, message, partial_text);
            }
            Entry::Cancelled { .. } => self.settle_open(),
        }
    }

    fn history(&mut self, messages: &[Message]) {
        self.next_call += count_calls(messages);
        let assistants = messages.iter().filter_map(|message| match message {
            Message::Assistant(message) => Some(&message.tool_calls),
            _ => None,
        });
        self.used_ids.extend(assistants.flatten().map(|call| call.id.clone()));
        self.said_anything |= !messages.is_empty();
    }

    fn begin(&mut self, run: &RunStarted) {
        self.has_run = true;
        if let Some(limits) = &run.limits {
            self.limits.clone_from(limits);
        }
        if let Some(instructions) = &run.instructions {
            // An empty text stands for none, so that instructions can be taken back.
            self.instructions =
                Some(instructions.as_str()).filter(|text| !text.is_empty()).map(Into::into);
        }
        if let Some(tools) = &run.tools {
            self.tools.clone_from(tools);
        }
        let stood = self.run.stood.take();
        self.run.begun(run);
        self.inbox_checked = false;
        // Whoever had begun a call is gone: the holder of a conversation is alone with it.
        for open in self.open.values_mut().filter(|open| open.due == Due::Run) {
            let is_repeatable =
                self.tools.iter().any(|tool| tool.name == open.call.name && tool.repeatable);
            // A call that could be repeated has no begin in the journal, and may have had one.
            if open.started || (open.repeatable && !is_repeatable) {
                open.due = Due::Unknown;
            }
            open.attempt = open.attempt.saturating_add(1);
        }
        // What was not begun goes by the tools and policies that there are now.
        let again = |(number, open): (CallNumber, &OpenCall)| {
            let is_due = matches!(open.due, Due::Run | Due::Judge) && open.waiting.is_empty();
            (is_due && !open.started).then(|| (number, self.due_again(open)))
        };
        let again: Vec<_> = self.open_calls().filter_map(again).collect();
        for (number, due) in again {
            if let Some(open) = self.open.get_mut(&number) {
                open.due = due;
            }
        }
        // An ending that a model's reply made stays, until something new is said. Where calls are
        // open, `standing` does not tell it, and settling them does not change it.
        if !self.ending.as_ref().is_some_and(Ending::stays) {
            self.ending = stood;
        }
        self.run.unchecked = run.answer.is_some() && self.ending == Some(Ending::Answered);
    }

    fn said(&mut self) {
        self.said_anything = true;
        self.ending = None;
        self.run.said();
    }

    fn replied(&mut self, reply: &RecordedReply) {
        let calls = &reply.message.tool_calls;
        let forbidden = self.forbidden();
        let judged: Vec<_> = self.judge(reply).collect();
        self.run.turns = self.run.turns.saturating_add(1);
        self.run.tool_calls = self.run.tool_calls.saturating_add(calls.len() as u32);
        self.finish_reason = Some(reply.finish_reason.clone());
        let (usage, cost) = (reply.usage.unwrap_or_default(), reply.cost.unwrap_or_default());
        self.run.spent(RecordedSpending { usage, cost, is_estimated: reply.is_estimated });
        self.run.refused_calls |= judged.iter().any(|(_, due)| matches!(due, Due::Limit(_)));
        self.run.replied();
        self.run.compacted = false;
        self.next_call += calls.len() as u64;
        self.inbox_checked = false;
        for (call, (number, due)) in calls.iter().zip(judged) {
            self.used_ids.insert(call.id.clone());
            let repeatable = self.tool(&call.name).is_some_and(|tool| tool.repeatable);
            let open = OpenCall::new(call.clone(), due, repeatable);
            self.open.insert(number, Box::new(open));
        }
        self.ending = match (&reply.finish_reason, forbidden) {
            (FinishReason::Length, _) => Some(Ending::Length),
            (FinishReason::ContentFilter, _) => Some(Ending::ContentFiltered),
            (FinishReason::Missing, _) => Some(Ending::Unfinished),
            _ if calls.is_empty() => Some(Ending::Answered),
            (_, limit) => limit.map(Ending::Limit),
        };
        self.run.unchecked = self.run.answer.is_some() && self.ending == Some(Ending::Answered);
    }

    fn answered(&mut self, number: CallNumber, outcome: CallOutcome, content: &Content) {
        let Some(open) = self.open.remove(&number) else {
            return;
        };
        let unknown = outcome == CallOutcome::UnknownTool;
        let call = open.call;
        let name = if unknown { String::new() } else { call.name };
        if outcome == CallOutcome::Fatal && !self.is_fatal_before(number) {
            self.ending = Some(Ending::Fatal { call: number, tool: name.clone() });
        }
        if self.run.is_answer(&name) || outcome == CallOutcome::Accepted {
            self.run.gave_answer(call.arguments, outcome, &content.text());
        } else {
            self.run.answered(&name, outcome, self.open.is_empty());
        }
        if self.open.is_empty() {
            let over = self.run.settled(self.limits.tool_faults);
            let ending = self.run.settled_answer(self.ending.take(), &self.limits);
            self.ending = ending.or(over.map(Ending::Faults));
            self.hand_off();
        }
    }

    /// Gives the conversation to another agent, once all the calls have their answers.
    fn hand_off(&mut self) {
        if !self.open.is_empty() {
            return;
        }
        if let Some(HandedOff { to, instructions, tools, policy, .. }) = self.handed_off.take() {
            self.run.policy = policy;
            self.agent = Some(to).filter(|to| !to.is_empty()).map(Into::into);
            self.instructions = Some(instructions).filter(|text| !text.is_empty()).map(Into::into);
            self.tools = tools;
        }
    }

    fn reject(&mut self, reason: &str) {
        let over = self.run.rejected_answer(&self.limits);
        self.ending = over.then(|| Ending::InvalidAnswer { reason: reason.to_owned() });
    }

    /// Whether a call before this one has ended the run: results come in any order.
    fn is_fatal_before(&self, number: CallNumber) -> bool {
        matches!(self.ending, Some(Ending::Fatal { call, .. }) if call < number)
    }

    fn settle_open(&mut self) {
        for open in self.open.values_mut().filter(|open| open.due == Due::Run) {
            open.due = if open.started { Due::Unknown } else { Due::Cancelled };
        }
    }
}
