//! The transcript: the messages of a journal that the model sees. It can always be sent.

use callsign_types::error::ErrorKind;
use callsign_types::id::CallIndex;
use callsign_types::journal::compaction::Compaction;
use callsign_types::journal::entry::{Entry, RecordedReply};
use callsign_types::message::{Message, ToolCall, ToolMessage, UserMessage};
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
    /// The message that replaces all others for the next agent once no call is pending.
    handoff: Option<Option<UserMessage>>,
    /// The history before the compactions since the newest response; `None` if there were none.
    uncompacted: Option<Uncompacted>,
    next_call: u64,
}

/// A history before it was compacted.
#[derive(Clone, Debug)]
struct Uncompacted {
    messages: Messages,
    newest_reply: Option<usize>,
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

    pub(super) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::History { messages } => {
                self.next_call += count_calls(&messages);
                self.messages.extend(messages);
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
            }
            Entry::Failed { kind, .. } => {
                if kind == ErrorKind::ContextLength {
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
        (self.unanswered, self.rejected) = (0, false);
        self.newest_reply = (!message.is_empty()).then_some(self.messages.len());
        if message.is_empty() {
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
        self.complete_handoff();
        self.unanswered = self.deferred.len();
        self.messages.extend(std::mem::take(&mut self.deferred));
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
        let (messages, newest_reply) = self.without_compaction();
        let reply = self.newest_reply.map(|at| self.messages.len().saturating_sub(at));
        let keep_from = self.messages.len().saturating_sub(self.unanswered);
        self.messages = apply_before(compaction, &self.messages, keep_from);
        // Compaction removes messages before the response, so its distance from the end is stable.
        let reply = reply.and_then(|from_end| self.messages.len().checked_sub(from_end));
        let is_response =
            |at: &usize| matches!(self.messages.get(*at), Some(Message::Assistant(_)));
        self.newest_reply = reply.filter(is_response);
        let compacted_length = self.messages.len();
        self.uncompacted = Some(Uncompacted { messages, newest_reply, compacted_length });
    }

    /// Returns whether the history was compacted since the newest response.
    pub(crate) fn is_compacted(&self) -> bool {
        self.uncompacted.is_some()
    }

    /// Restores the history that was compacted since the newest response: the provider rejected
    /// the compacted one as too long, so that compaction only lost information.
    fn undo_compaction(&mut self) {
        (self.messages, self.newest_reply) = self.without_compaction();
        self.uncompacted = None;
    }

    /// Returns the messages, and the position of the newest response, without the compactions
    /// since that response.
    fn without_compaction(&self) -> (Messages, Option<usize>) {
        let Some(before) = &self.uncompacted else {
            return (self.messages.clone(), self.newest_reply);
        };
        let mut messages = before.messages.clone();
        messages.extend(self.messages.iter().skip(before.compacted_length).cloned());
        (messages, before.newest_reply)
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
        }
    }
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
