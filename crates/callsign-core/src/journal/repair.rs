//! Mends messages that come from elsewhere, so that they can be sent.

use std::collections::{BTreeMap, BTreeSet};

use super::transcript::sendable;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, Message, ToolMessage};
use crate::words::result::CallOutcome;

/// What the model hears of a call whose result was not among the messages.
const NOT_CARRIED_OVER: &str = "The result of this call was not carried over.";

/// Mends a list of messages: each call gets exactly one result, right behind its message and in
/// the order of the calls; ids are unique; arguments are JSON objects; results without a call
/// and messages that say nothing are left out.
///
/// Mending what is mended changes nothing.
#[must_use]
pub fn repair(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    let mut out = Vec::new();
    let mut used = BTreeSet::new();
    let mut number = 0;
    let mut messages = messages.into_iter().peekable();
    while let Some(message) = messages.next() {
        match message {
            Message::Tool(_) => {}
            Message::Assistant(message) if message.is_empty() => {}
            Message::Assistant(message) => {
                let mut results = BTreeMap::<String, Vec<ToolMessage>>::new();
                while let Some(Message::Tool(result)) =
                    messages.next_if(|next| matches!(next, Message::Tool(_)))
                {
                    results.entry(result.call_id.clone()).or_default().push(result);
                }
                out.extend(with_results(message, results, &mut used, &mut number));
            }
            other => out.push(other),
        }
    }
    out
}

fn with_results(
    message: AssistantMessage,
    mut results: BTreeMap<String, Vec<ToolMessage>>,
    used: &mut BTreeSet<String>,
    number: &mut u64,
) -> Vec<Message> {
    let mut message = sendable(&message);
    let mut answers = Vec::new();
    for call in &mut message.tool_calls {
        // Where an id was given twice, the first result belongs to the first call of it.
        let found = results.get_mut(&call.id).filter(|found| !found.is_empty());
        let found = found.map(|found| found.remove(0));
        call.id = unique_id(&call.id, CallNumber(*number), used);
        *number += 1;
        let answer = found.unwrap_or_else(|| ToolMessage {
            call_id: String::new(),
            content: NOT_CARRIED_OVER.into(),
            outcome: CallOutcome::NotRun,
        });
        answers.push(Message::Tool(ToolMessage { call_id: call.id.clone(), ..answer }));
    }
    answers.insert(0, Message::Assistant(message));
    answers
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
        candidate = CallNumber(candidate.0 + 50_000_000);
    }
}
