//! The transcript: the messages of a journal that the model sees. It can always be sent.

use std::ops::Range;

use callsign_types::error::ErrorKind;
use callsign_types::id::CallIndex;
use callsign_types::journal::compaction::Compaction;
#[cfg(doc)]
use callsign_types::journal::entry::RULES;
use callsign_types::journal::entry::{Entry, OUTPUT_TOOL, RecordedReply};
use callsign_types::message::{AssistantMessage, Message, ToolCall, ToolMessage, UserMessage};
use callsign_types::messages::Messages;
use callsign_types::sanitize::sendable;
use callsign_types::tool_status::LateToolResult;
use serde_json::Value;

use super::compaction::apply_before;
use super::markers::{NOT_FROM_USER, REJECTED};
use super::truncate::truncate_content;

/// The messages of a journal, built entry by entry.
///
/// Every call is followed by exactly one result. Results are in the order of the calls, not in the
/// order in which the calls finished. Messages that the user sent meanwhile come after the results.
/// Messages that a provider has rejected stay until the user sends another message, which replaces
/// them.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    messages: Messages,
    /// The calls of the newest response, until all of them have results.
    pending: Vec<AwaitedResult>,
    /// Messages that arrived while calls were pending.
    deferred: Vec<Message>,
    /// The text of an interrupted response. It becomes a message once the user replies to it. A
    /// new response discards it.
    partial: Option<String>,
    /// The number of messages at the end that came after the newest response.
    unanswered: usize,
    /// Whether a provider rejected these messages.
    rejected: bool,
    /// The position of the newest response; `None` if that was empty.
    newest_reply: Option<usize>,
    /// Whether the run has structured output.
    has_output: bool,
    /// The version of the rules of the run, see [`RULES`].
    rules: u32,
    /// Whether the model has responded in this run.
    has_responded: bool,
    /// Where a rejected output and the reason are, if they are the last messages.
    rejected_output: Option<Range<usize>>,
    /// The message that replaces all others for the next agent once no call is pending.
    handoff: Option<Option<UserMessage>>,
    /// The history before the compactions since the newest response; `None` if there were none.
    uncompacted: Option<Uncompacted>,
    next_call: u64,
    run: RunMessages,
}

/// Where the messages of the newest run begin.
#[derive(Clone, Debug, Default)]
struct RunMessages {
    /// The position of its first message. A run that only resumes the one before it continues its
    /// messages.
    from: usize,
    /// Whether the run has started and no input of its own has come yet.
    awaits_input: bool,
    /// The position of its first message among the deferred ones.
    deferred: Option<usize>,
}

/// A history before it was compacted.
#[derive(Clone, Debug)]
struct Uncompacted {
    messages: Messages,
    newest_reply: Option<usize>,
    run_from: usize,
    /// The length of the compacted history. Messages from there on came later.
    compacted_length: usize,
}

/// A call of the newest response, and its result once there is one.
#[derive(Clone, Debug)]
struct AwaitedResult {
    index: CallIndex,
    id: String,
    result: Option<ToolMessage>,
}

impl Transcript {
    /// Returns the messages that the next request would send. Calls that are still pending have no
    /// results yet, see [`Journal::messages`](super::Journal::messages).
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// Returns the position of the model's newest response; `None` if that was empty.
    #[must_use]
    pub fn newest_reply(&self) -> Option<usize> {
        self.newest_reply
    }

    /// Returns the position of the first message of the newest run. Runs that resume it without new
    /// input continue it.
    #[must_use]
    pub fn run_from(&self) -> usize {
        self.run.from.min(self.messages.len())
    }

    pub(super) fn apply(&mut self, entry: Entry) {
        self.find_run(&entry);
        match entry {
            Entry::History { messages } => {
                self.next_call += count_calls(&messages);
                self.messages.extend(messages);
            }
            Entry::RunStarted(run) => {
                (self.has_output, self.rules) = (run.output.is_some(), run.rules);
                self.has_responded = false;
            }
            Entry::User { message } => self.push_input(Message::User(message)),
            Entry::InboxDrained { messages, late, .. } => {
                // The user wrote the messages without knowing the late results, so the messages
                // precede them.
                messages.into_iter().for_each(|message| self.push_input(Message::User(message)));
                late.iter().for_each(|late| self.push_input(late_result_message(late)));
            }
            Entry::Assistant(reply) => self.push_response(reply),
            Entry::ArgumentsRepaired { call, arguments } => self.set_arguments(call, arguments),
            Entry::Result { call, status, content, shown, .. } => {
                let awaited = self.pending.iter_mut().find(|awaited| awaited.index == call);
                if let Some(awaited) = awaited.filter(|awaited| awaited.result.is_none()) {
                    let content = shown
                        .and_then(|bytes| truncate_content(&content, bytes))
                        .unwrap_or(content);
                    let call_id = std::mem::take(&mut awaited.id);
                    awaited.result = Some(ToolMessage::new(call_id, content).with_status(status));
                }
                self.push_results_if_complete();
            }
            Entry::HandedOff(handed_off) => {
                self.handoff.get_or_insert(handed_off.message);
                self.complete_handoff();
            }
            Entry::Compacted { compaction, .. } => self.compact(&compaction),
            Entry::OutputRejected { reason } => {
                let text = format!("{REJECTED}{reason}. Fix it and answer again.");
                self.push_input(Message::user(text));
                self.note_rejected_output();
            }
            Entry::Failed { kind, .. } => {
                if kind == ErrorKind::ContextLength && self.rules >= 1 {
                    self.undo_compaction();
                }
                self.rejected = rejects_input(kind);
            }
            Entry::Cancelled { partial_text } | Entry::TimedOut { partial_text }
                if !partial_text.is_empty() =>
            {
                self.partial = Some(partial_text);
            }
            _ => {}
        }
    }

    /// Finds out where the messages of a run begin: with its first input.
    fn find_run(&mut self, entry: &Entry) {
        let is_input = match entry {
            Entry::RunStarted(_) => {
                self.run.awaits_input = true;
                return;
            }
            Entry::User { .. } => true,
            // Messages that come along with a decision do not end the run that waits for it.
            Entry::InboxDrained { messages, .. }
                if messages.is_empty() || !self.pending.is_empty() =>
            {
                return;
            }
            Entry::InboxDrained { .. } => true,
            _ => false,
        };
        if !std::mem::take(&mut self.run.awaits_input) || !is_input {
            return;
        }
        let partial = usize::from(self.partial.is_some());
        if !self.pending.is_empty() {
            self.run.deferred = Some(self.deferred.len() + partial);
            return;
        }
        let replaced = if self.rejected { self.unanswered } else { 0 };
        self.run.from = self.messages.len().saturating_sub(replaced) + partial;
    }

    fn push_input(&mut self, message: Message) {
        let partial = self.partial.take().map(Message::assistant);
        let input = partial.into_iter().chain([message]);
        if self.pending.is_empty() {
            if std::mem::take(&mut self.rejected) {
                // The provider would reject every later request that contains these messages.
                self.messages.truncate(self.messages.len().saturating_sub(self.unanswered));
                (self.unanswered, self.uncompacted) = (0, None);
            }
            self.unanswered += input.clone().count();
            self.messages.extend(input);
        } else {
            self.deferred.extend(input);
        }
    }

    fn push_response(&mut self, reply: RecordedReply) {
        let message = reply.message;
        (self.partial, self.uncompacted) = (None, None);
        self.remove_corrected_output(&message);
        (self.rejected, self.has_responded) = (false, true);
        let is_empty = self.is_empty(&message);
        self.newest_reply = (!is_empty).then_some(self.messages.len());
        if is_empty && self.rules >= 1 {
            // The messages before it are still unanswered.
            return;
        }
        self.unanswered = 0;
        if is_empty {
            return;
        }
        let indexes = (self.next_call..).map(CallIndex);
        self.pending = message.tool_calls.iter().zip(indexes).map(AwaitedResult::new).collect();
        self.next_call += message.tool_calls.len() as u64;
        self.messages.push(Message::Assistant(sendable(message)));
    }

    fn push_results_if_complete(&mut self) {
        if self.pending.iter().any(|awaited| awaited.result.is_none()) {
            return;
        }
        let results = std::mem::take(&mut self.pending);
        let results = results.into_iter().filter_map(|awaited| awaited.result);
        self.messages.extend(results.map(Message::Tool));
        self.note_rejected_output();
        self.complete_handoff();
        if let Some(at) = self.run.deferred.take() {
            self.run.from = self.messages.len() + at;
        }
        self.unanswered = self.deferred.len();
        self.messages.extend(std::mem::take(&mut self.deferred));
    }

    /// Remembers the newest response and what follows it, if that is an output and its rejection.
    fn note_rejected_output(&mut self) {
        if !self.has_output || !self.has_responded || self.rules == 0 {
            return;
        }
        let Some(at) = self.newest_reply else {
            // The output was empty, so that only the reason is there.
            let last = self.messages.len();
            self.rejected_output = Some(last.saturating_sub(1)..last);
            return;
        };
        let is_rejection = |message: &Message| match message {
            Message::User(message) => message.content.text().starts_with(REJECTED),
            Message::Tool(result) => result.status.is_failure(),
            _ => false,
        };
        let is_output = matches!(self.messages.get(at), Some(Message::Assistant(message))
            if only_gives_output(message));
        let mut rest = self.messages.iter().skip(at + 1);
        if is_output && rest.all(is_rejection) {
            self.rejected_output = Some(at..self.messages.len());
        }
    }

    /// Removes a rejected output if the response corrects it: the model needs only its last
    /// attempt. A response that calls other tools first still needs the reason.
    fn remove_corrected_output(&mut self, response: &AssistantMessage) {
        let Some(rejected) = self.rejected_output.take() else { return };
        if rejected.end == self.messages.len() && only_gives_output(response) {
            self.messages.truncate(rejected.start);
        }
    }

    /// Returns whether a response is left out, by the rules of its run.
    fn is_empty(&self, message: &AssistantMessage) -> bool {
        let has_audio = message.extra.get("audio").is_some_and(|audio| !audio.is_null());
        match self.rules {
            0 => {
                message.text.is_empty()
                    && message.tool_calls.is_empty()
                    && message.refusal.is_none()
                    && !has_audio
            }
            _ => message.is_empty(),
        }
    }

    /// Replaces the arguments of a call of the newest response, so that the model sees the repaired
    /// ones as its own.
    fn set_arguments(&mut self, index: CallIndex, arguments: String) {
        let Some(position) = self.pending.iter().position(|awaited| awaited.index == index) else {
            return;
        };
        let changed = match self.newest_reply.and_then(|at| self.messages.get(at)) {
            Some(Message::Assistant(message)) => {
                let mut message = message.clone();
                if let Some(call) = message.tool_calls.get_mut(position) {
                    call.arguments = arguments;
                }
                message
            }
            _ => return,
        };
        self.messages.truncate(self.messages.len().saturating_sub(1));
        self.messages.push(Message::Assistant(changed));
    }

    /// Applies a compaction. Messages after the newest response stay.
    pub(crate) fn compact(&mut self, compaction: &Compaction) {
        let (messages, newest_reply, run_from) = self.without_compaction();
        let reply = self.newest_reply.map(|at| self.messages.len().saturating_sub(at));
        let keep_from = self.messages.len().saturating_sub(self.unanswered);
        let compacted = apply_before(compaction, &self.messages, keep_from);
        self.run.from = position_after(&self.messages, self.run_from(), &compacted);
        self.messages = compacted;
        self.rejected_output = None;
        // Compaction removes messages before the response, so its distance from the end is stable.
        let reply = reply.and_then(|from_end| self.messages.len().checked_sub(from_end));
        let is_response =
            |at: &usize| matches!(self.messages.get(*at), Some(Message::Assistant(_)));
        self.newest_reply = reply.filter(is_response);
        let compacted_length = self.messages.len();
        self.uncompacted = Some(Uncompacted { messages, newest_reply, run_from, compacted_length });
    }

    /// Returns whether the history was compacted since the newest response.
    pub(crate) fn is_compacted(&self) -> bool {
        self.uncompacted.is_some()
    }

    /// Restores the history that was compacted since the newest response: the provider rejected
    /// the compacted one as too long, so that compaction only lost information.
    fn undo_compaction(&mut self) {
        (self.messages, self.newest_reply, self.run.from) = self.without_compaction();
        (self.uncompacted, self.rejected_output) = (None, None);
    }

    /// Returns the messages, and the positions of the newest response and of the run's first
    /// message, without the compactions since that response.
    fn without_compaction(&self) -> (Messages, Option<usize>, usize) {
        let Some(before) = &self.uncompacted else {
            return (self.messages.clone(), self.newest_reply, self.run.from);
        };
        let mut messages = before.messages.clone();
        messages.extend(self.messages.iter().skip(before.compacted_length).cloned());
        (messages, before.newest_reply, before.run_from)
    }

    /// Replaces the messages by those for the next agent, once no call is pending.
    fn complete_handoff(&mut self) {
        if !self.pending.is_empty() {
            return;
        }
        if let Some(Some(message)) = self.handoff.take() {
            self.messages = Messages::new();
            self.messages.push(Message::User(message));
            (self.unanswered, self.newest_reply, self.uncompacted) = (1, None, None);
            self.run.from = 0;
        }
    }
}

/// Returns whether a response consists of text, or of calls that give the output.
fn only_gives_output(message: &AssistantMessage) -> bool {
    !message.is_empty() && message.tool_calls.iter().all(|call| call.name == OUTPUT_TOOL)
}

/// Returns the position that the message at `from` has after a compaction. If it was removed, that
/// is the position of the note that replaces it.
fn position_after(messages: &Messages, from: usize, compacted: &Messages) -> usize {
    let same =
        (messages.len().checked_sub(from)).and_then(|rest| compacted.len().checked_sub(rest));
    if let Some(at) = same.filter(|&at| compacted.get(at) == messages.get(from)) {
        return at;
    }
    let is_instruction =
        |message: &Message| matches!(message, Message::System(_) | Message::Developer(_));
    compacted.iter().take_while(|message| is_instruction(message)).count()
}

/// Returns the message that reports the result of a call that was given up before.
fn late_result_message(late: &LateToolResult) -> Message {
    let LateToolResult { call, tool, content, shown, .. } = late;
    let truncated = shown.and_then(|bytes| truncate_content(content, bytes));
    // A JSON string cannot contain text that looks like the end of the message.
    let result = Value::from(truncated.as_ref().unwrap_or(content).text());
    Message::user(format!(
        "{NOT_FROM_USER}the call {} of `{tool}`, whose outcome was unknown, has finished. Its \
         result, as a JSON string: {result}]",
        call.wire_id(),
    ))
}

/// Returns whether an error is caused by the messages, so that sending them again fails again.
fn rejects_input(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidRequest | ErrorKind::ContentFiltered | ErrorKind::ContextLength
    )
}

impl AwaitedResult {
    fn new((call, index): (&ToolCall, CallIndex)) -> Self {
        Self { index, id: call.id.clone(), result: None }
    }
}

pub(super) fn count_calls(messages: &[Message]) -> u64 {
    let calls = messages.iter().map(|message| match message {
        Message::Assistant(message) => message.tool_calls.len(),
        _ => 0,
    });
    calls.sum::<usize>() as u64
}
