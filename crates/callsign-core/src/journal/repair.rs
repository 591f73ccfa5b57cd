//! Mends messages that come from elsewhere, so that they can be sent.

use std::collections::BTreeSet;

use super::transcript::sendable;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, Message, ToolMessage};
use crate::words::result::CallOutcome;

/// What the model hears of a call whose result was not among the messages.
const NOT_CARRIED_OVER: &str = "The result of this call was not carried over.";

/// Mends a list of messages: each call gets exactly one result, right behind its message and in
/// the order of the calls; ids are unique; names and arguments are such as services take; results
/// without a call, and messages of the model that say nothing, are left out.
///
/// A result belongs to the nearest call of its id before it, as long as nobody but the model has
/// spoken in between. Mending what is mended changes nothing.
#[must_use]
pub fn repair(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    let mut messages: Vec<Option<Message>> = messages.into_iter().map(Some).collect();
    let mut out = Vec::new();
    let mut used = BTreeSet::new();
    let mut number = 0;
    for at in 0..messages.len() {
        match messages[at].take() {
            None | Some(Message::Tool(_)) => {}
            Some(Message::Assistant(message)) if message.is_empty() => {}
            Some(Message::Assistant(message)) => {
                let later = &mut messages[at + 1..];
                with_results(message, later, &mut used, &mut number, &mut out);
            }
            Some(other) => out.push(other),
        }
    }
    out
}

fn with_results(
    message: AssistantMessage,
    later: &mut [Option<Message>],
    used: &mut BTreeSet<String>,
    number: &mut u64,
    out: &mut Vec<Message>,
) {
    let mut message = sendable(&message);
    let mut answers = Vec::new();
    for call in &mut message.tool_calls {
        let answer = take_result(&call.id, later).unwrap_or_else(|| ToolMessage {
            call_id: String::new(),
            content: NOT_CARRIED_OVER.into(),
            outcome: CallOutcome::NotRun,
        });
        call.id = unique_id(&call.id, CallNumber(*number), used);
        *number += 1;
        answers.push(Message::Tool(ToolMessage { call_id: call.id.clone(), ..answer }));
    }
    out.push(Message::Assistant(message));
    out.extend(answers);
}

/// Takes the first result of this id out of the messages, up to where another call has the id or
/// somebody else speaks.
fn take_result(id: &str, later: &mut [Option<Message>]) -> Option<ToolMessage> {
    for slot in later {
        match slot {
            Some(Message::Tool(result)) if result.call_id == id => {
                return match slot.take() {
                    Some(Message::Tool(result)) => Some(result),
                    _ => None,
                };
            }
            Some(Message::Assistant(next)) if next.tool_calls.iter().any(|c| c.id == id) => break,
            None | Some(Message::Tool(_) | Message::Assistant(_)) => {}
            Some(_) => break,
        }
    }
    None
}

/// The id that the model gave, or one of ours where it gave none or one that was used before.
pub(crate) fn unique_id(given: &str, number: CallNumber, used: &mut BTreeSet<String>) -> String {
    let given = given.trim();
    if !given.is_empty() && used.insert(given.to_owned()) {
        return given.to_owned();
    }
    let mut candidate = number;
    loop {
        let id = candidate.wire_id();
        if used.insert(id.clone()) {
            return id;
        }
        // Somebody else's id looks like one of ours: count on from far away.
        candidate = CallNumber(candidate.0.wrapping_add(50_000_000));
    }
}
