//! The transcript: what of a journal the model gets to see. It can always be sent.

use serde_json::Value;

use super::compact::Compaction;
use super::cut::cut;
use super::entry::{Entry, RecordedReply};
use super::strict::is_object;
use super::told::{NOT_FROM_USER, REJECTED};
use crate::words::error::ErrorKind;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, Message, ToolMessage, UserMessage};
use crate::words::messages::Messages;
use crate::words::result::LateResult;
use crate::words::tool_name::stand_in;

/// The messages that a journal amounts to, read entry by entry.
///
/// Every call is followed by its one result, in the order of the calls, whatever the order in
/// which they were finished; what the user said meanwhile comes after them. What a service has
/// refused stays until the user says something else, and is left out then.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    messages: Messages,
    /// The calls of the newest reply, until all of them have results.
    open: Vec<OpenCall>,
    /// What was said while calls were open.
    held_back: Vec<Message>,
    /// The text of a reply that was not finished. It is part of the conversation once the user
    /// has said something to it; a reply in its place makes it void.
    partial: Option<String>,
    /// How many of the newest messages the user said since the model spoke.
    said: usize,
    /// Whether a service refused what the user said.
    refused: bool,
    /// Where the newest reply stands, unless it was empty.
    newest_reply: Option<usize>,
    /// What another agent is told in place of everything before, once no call is open.
    replaced_by: Option<Option<UserMessage>>,
    next_call: u64,
}

#[derive(Clone, Debug)]
struct OpenCall {
    number: CallNumber,
    id: String,
    result: Option<ToolMessage>,
}

impl Transcript {
    /// The messages that the next request would carry, once no call is open any more.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The position of the model's newest reply; `None` where that said and called nothing.
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
            Entry::User { message } => self.say(Message::User(message)),
            Entry::Taken { messages, late, .. } => {
                // What was said comes first: it was said before anybody could hear the other.
                messages.into_iter().for_each(|message| self.say(Message::User(message)));
                late.iter().for_each(|late| self.say(told_late(late)));
            }
            Entry::Assistant(reply) => self.replied(reply),
            Entry::Mended { call, arguments } => self.mend(call, arguments),
            Entry::Result { call, outcome, content, shown, .. } => {
                let open = self.open.iter_mut().find(|open| open.number == call);
                if let Some(open) = open.filter(|open| open.result.is_none()) {
                    let content = shown.and_then(|bytes| cut(&content, bytes)).unwrap_or(content);
                    let call_id = std::mem::take(&mut open.id);
                    open.result = Some(ToolMessage { call_id, content, outcome });
                }
                self.close();
            }
            Entry::HandedOff(handed_off) => {
                self.replaced_by.get_or_insert(handed_off.message);
                self.replace();
            }
            Entry::Compacted { compaction, .. } => self.compact(&compaction),
            Entry::Rejected { reason } => {
                self.say(Message::user(format!("{REJECTED}{reason}. Answer again, mended.")));
            }
            Entry::Failed { kind, .. } => self.refused = is_refusal(kind),
            Entry::Cancelled { partial_text } | Entry::OutOfTime { partial_text }
                if !partial_text.is_empty() =>
            {
                self.partial = Some(partial_text);
            }
            _ => {}
        }
    }

    fn say(&mut self, message: Message) {
        // A reply that was being written has no calls yet, so nothing of it is held back.
        let partial = self.partial.take().map(Message::assistant);
        let said = partial.into_iter().chain([message]);
        if self.open.is_empty() {
            if std::mem::take(&mut self.refused) {
                // It would be refused for ever, and everything after it with it.
                self.messages.truncate(self.messages.len().saturating_sub(self.said));
                self.said = 0;
            }
            self.said += said.clone().count();
            self.messages.extend(said);
        } else {
            self.held_back.extend(said);
        }
    }

    fn replied(&mut self, reply: RecordedReply) {
        let message = reply.message;
        self.partial = None;
        (self.said, self.refused) = (0, false);
        self.newest_reply = (!message.is_empty()).then_some(self.messages.len());
        if message.is_empty() {
            return;
        }
        let numbers = (self.next_call..).map(CallNumber);
        self.open = message.tool_calls.iter().zip(numbers).map(OpenCall::new).collect();
        self.next_call += message.tool_calls.len() as u64;
        self.messages.push(Message::Assistant(sendable(message)));
    }

    fn close(&mut self) {
        if self.open.iter().any(|call| call.result.is_none()) {
            return;
        }
        let results = std::mem::take(&mut self.open).into_iter().filter_map(|call| call.result);
        self.messages.extend(results.map(Message::Tool));
        self.replace();
        self.said = self.held_back.len();
        self.messages.extend(std::mem::take(&mut self.held_back));
    }
}

impl Transcript {
    /// What a call's arguments were meant to be, which the model may see as its own.
    fn mend(&mut self, number: CallNumber, arguments: String) {
        let Some(index) = self.open.iter().position(|open| open.number == number) else { return };
        let mended = match self.newest_reply.and_then(|at| self.messages.get(at)) {
            Some(Message::Assistant(message)) => {
                let mut message = message.clone();
                if let Some(call) = message.tool_calls.get_mut(index) {
                    call.arguments = arguments;
                }
                message
            }
            _ => return,
        };
        self.messages.truncate(self.messages.len().saturating_sub(1));
        self.messages.push(Message::Assistant(mended));
    }

    /// Makes the messages fewer or shorter. What was said since the model spoke stays.
    pub(crate) fn compact(&mut self, compaction: &Compaction) {
        let reply = self.newest_reply.map(|at| self.messages.len().saturating_sub(at));
        let said = self.messages.len().saturating_sub(self.said);
        self.messages = compaction.apply_before(&self.messages, said);
        let reply = reply.and_then(|behind| self.messages.len().checked_sub(behind));
        let replied = |at: &usize| matches!(self.messages.get(*at), Some(Message::Assistant(_)));
        self.newest_reply = reply.filter(replied);
    }

    fn replace(&mut self) {
        if !self.open.is_empty() {
            return;
        }
        if let Some(Some(message)) = self.replaced_by.take() {
            self.messages = Messages::new();
            self.messages.push(Message::User(message));
            (self.said, self.newest_reply) = (1, None);
        }
    }
}

/// What the model hears of a result that nobody waited for any longer.
fn told_late(late: &LateResult) -> Message {
    let LateResult { call, tool, content, shown, .. } = late;
    let cut = shown.and_then(|bytes| cut(content, bytes));
    // As a JSON string, so that nothing in it can pass for the end of it.
    let said = Value::from(cut.as_ref().unwrap_or(content).text());
    Message::user(format!(
        "{NOT_FROM_USER}the call {} of `{tool}`, whose outcome was not known, has finished \
         since. What the tool said, as a JSON string: {said}]",
        call.wire_id(),
    ))
}

/// Whether an error lies in what was said, so that saying it again does not help.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidRequest | ErrorKind::ContentFiltered | ErrorKind::ContextLength
    )
}

impl OpenCall {
    fn new((call, number): (&crate::words::message::ToolCall, CallNumber)) -> Self {
        Self { number, id: call.id.clone(), result: None }
    }
}

/// The message with names and arguments that a service accepts back. What the model really wrote
/// stays in the journal.
pub(super) fn sendable(mut message: AssistantMessage) -> AssistantMessage {
    for call in &mut message.tool_calls {
        if let Some(name) = stand_in(&call.name, &call.name) {
            call.name = name;
        }
        if !is_object(&call.arguments) {
            call.arguments = "{}".to_owned();
        }
    }
    message
}

pub(super) fn count_calls(messages: &[Message]) -> u64 {
    let calls = messages.iter().map(|message| match message {
        Message::Assistant(message) => message.tool_calls.len(),
        _ => 0,
    });
    calls.sum::<usize>() as u64
}
