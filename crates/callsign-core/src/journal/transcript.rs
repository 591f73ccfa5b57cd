//! The transcript: what of a journal the model gets to see. It can always be sent.

use serde::de::IgnoredAny;

use super::entry::{Entry, Reply};
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, Message, ToolMessage, UserMessage};
use crate::words::messages::Messages;

/// The messages that a journal amounts to, read entry by entry.
///
/// Every call is followed by its one result, in the order of the calls, whatever the order in
/// which they were finished; what the user said meanwhile comes after them.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    messages: Messages,
    /// The calls of the newest reply, until all of them have results.
    open: Vec<OpenCall>,
    /// What was said while calls were open.
    held_back: Vec<Message>,
    next_call: u64,
}

#[derive(Clone, Debug)]
struct OpenCall {
    number: CallNumber,
    id: String,
    result: Option<ToolMessage>,
}

impl Transcript {
    /// The messages that the next request would carry.
    ///
    /// While calls are open they, and their reply, are in it already, and the model is not
    /// asked before all of them have results.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    pub(super) fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::History { messages } => {
                self.next_call += count_calls(messages);
                self.messages.extend(messages.iter().cloned());
            }
            Entry::User { message } => self.say(Message::User(message.clone())),
            Entry::Taken { messages, .. } => messages.iter().for_each(|m| self.user(m)),
            Entry::Assistant(reply) => self.assistant(reply),
            Entry::Result { call, outcome, content } => {
                if let Some(open) = self.open.iter_mut().find(|open| open.number == *call) {
                    open.result.get_or_insert_with(|| ToolMessage {
                        call_id: open.id.clone(),
                        content: content.clone(),
                        outcome: *outcome,
                    });
                }
                self.close();
            }
            Entry::Cancelled { partial_text } if !partial_text.is_empty() => {
                self.say(Message::assistant(partial_text));
            }
            _ => {}
        }
    }

    fn user(&mut self, message: &UserMessage) {
        self.say(Message::User(message.clone()));
    }

    fn say(&mut self, message: Message) {
        if self.open.is_empty() {
            self.messages.push(message);
        } else {
            self.held_back.push(message);
        }
    }

    fn assistant(&mut self, reply: &Reply) {
        let message = &reply.message;
        if message.is_empty() {
            return;
        }
        self.open.extend(message.tool_calls.iter().zip(self.next_call..).map(|(call, number)| {
            OpenCall { number: CallNumber(number), id: call.id.clone(), result: None }
        }));
        self.next_call += message.tool_calls.len() as u64;
        self.messages.push(Message::Assistant(sendable(message)));
    }

    fn close(&mut self) {
        if self.open.iter().any(|call| call.result.is_none()) {
            return;
        }
        let results = std::mem::take(&mut self.open).into_iter().filter_map(|call| call.result);
        self.messages.extend(results.map(Message::Tool));
        self.messages.extend(std::mem::take(&mut self.held_back));
    }
}

/// The message with arguments that a service accepts back: a JSON object each.
pub(super) fn sendable(message: &AssistantMessage) -> AssistantMessage {
    let mut message = message.clone();
    for call in &mut message.tool_calls {
        if !is_object(&call.arguments) {
            call.arguments = "{}".to_owned();
        }
    }
    message
}

fn is_object(json: &str) -> bool {
    json.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok()
}

pub(super) fn count_calls(messages: &[Message]) -> u64 {
    let calls = messages.iter().map(|message| match message {
        Message::Assistant(message) => message.tool_calls.len(),
        _ => 0,
    });
    calls.sum::<usize>() as u64
}
