//! Sanitizes messages from other sources, so that a provider accepts them.

use std::collections::{BTreeMap, BTreeSet};

use callsign_json::check::is_object;

use crate::id::CallIndex;
use crate::message::{AssistantMessage, Message, ToolCall, ToolMessage};
use crate::repair::Repair;
use crate::tool_name::sanitized_name;
use crate::tool_status::ToolCallStatus;

/// The result that the model receives for a call without one. Imports recognize it by its text.
pub const NOT_CARRIED_OVER: &str = "The result of this call was not carried over.";

/// Sanitized messages and a report of the repairs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Repaired {
    /// The messages, which a provider accepts.
    pub messages: Vec<Message>,
    /// The repairs, each with the position of its message among the original ones, counted from 0
    /// and in ascending order. A repair of a call has the position of the call's message.
    pub repairs: Vec<(usize, Repair)>,
}

/// Sanitizes a list of messages.
///
/// Each call gets exactly one result, after its message and in the order of the calls. Call ids
/// become unique, and names and arguments valid. Results without a call and empty assistant
/// messages are dropped.
///
/// A result belongs to the nearest call before it with the same id, regardless of the messages
/// between them. A result without an id belongs to a call without an id only if no user or system
/// message is between them. Sanitizing a sanitized list changes nothing.
#[must_use]
pub fn repair(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    repair_with_report(messages).messages
}

/// Sanitizes a list of messages as [`repair`] does, and reports the repairs.
#[must_use]
pub fn repair_with_report(messages: impl IntoIterator<Item = Message>) -> Repaired {
    let mut given: Vec<Option<Message>> = messages.into_iter().map(Some).collect();
    let mut sanitizer = Sanitizer::default();
    for at in 0..given.len() {
        match given[at].take() {
            None => {}
            Some(Message::Tool(result)) => {
                sanitizer.repairs.push((at, Repair::OrphanResult { id: result.call_id }));
            }
            Some(Message::Assistant(message)) if message.is_empty() => {
                sanitizer.repairs.push((at, Repair::EmptyMessage));
            }
            Some(Message::Assistant(message)) => {
                sanitizer.push_with_results(at, &message, &mut given);
            }
            Some(other) => sanitizer.push(Some(at), other),
        }
    }
    sanitizer.finish()
}

/// The messages that are sanitized so far.
#[derive(Default)]
struct Sanitizer {
    out: Vec<Message>,
    /// The original position of each message in `out`; `None` if it was added.
    origins: Vec<Option<usize>>,
    repairs: Vec<(usize, Repair)>,
    used_ids: BTreeSet<String>,
    next_call: u64,
}

impl Sanitizer {
    fn push(&mut self, origin: Option<usize>, message: Message) {
        self.origins.push(origin);
        self.out.push(message);
    }

    /// Appends an assistant message, followed by the results of its calls. They are taken out of
    /// the messages that follow it.
    fn push_with_results(
        &mut self,
        at: usize,
        given: &AssistantMessage,
        messages: &mut [Option<Message>],
    ) {
        let mut message = sendable(given.clone());
        let mut results = Vec::new();
        for (call, original) in message.tool_calls.iter_mut().zip(&given.tool_calls) {
            let found = take_result(&original.id, at, messages);
            call.id = unique_id(&original.id, CallIndex(self.next_call), &mut self.used_ids);
            self.next_call += 1;
            self.report_changes(at, original, call);
            let id = call.id.clone();
            results.push(match found {
                Some((origin, result)) => (Some(origin), ToolMessage { call_id: id, ..result }),
                None => {
                    self.repairs.push((at, Repair::MissingResult { id: id.clone() }));
                    let placeholder = ToolMessage::new(id, NOT_CARRIED_OVER);
                    (None, placeholder.with_status(ToolCallStatus::NotRun))
                }
            });
        }
        self.push(Some(at), Message::Assistant(message));
        for (origin, result) in results {
            self.push(origin, Message::Tool(result));
        }
    }

    /// Reports the differences between a call and its original.
    fn report_changes(&mut self, at: usize, original: &ToolCall, call: &ToolCall) {
        if original.id != call.id {
            let (given, now) = (original.id.clone(), call.id.clone());
            self.repairs.push((at, Repair::Id { given, now }));
        }
        if original.name != call.name {
            let (given, now) = (original.name.clone(), call.name.clone());
            self.repairs.push((at, Repair::Name { given, now }));
        }
        if original.arguments != call.arguments {
            self.repairs.push((at, Repair::Arguments { given: original.arguments.clone() }));
        }
    }

    fn finish(mut self) -> Repaired {
        self.report_moves();
        self.repairs.sort_by_key(|(at, _)| *at);
        Repaired { messages: self.out, repairs: self.repairs }
    }

    /// Reports each result that has another predecessor than before. Dropped and added messages
    /// do not count, because they would make unmoved results look moved.
    fn report_moves(&mut self) {
        let kept: BTreeSet<usize> = self.origins.iter().flatten().copied().collect();
        let predecessors: BTreeMap<usize, usize> = kept
            .iter()
            .copied()
            .zip(kept.iter().copied().skip(1))
            .map(|(first, second)| (second, first))
            .collect();
        let mut last = None;
        for (message, origin) in self.out.iter().zip(&self.origins) {
            let Some(at) = *origin else { continue };
            if let Message::Tool(result) = message
                && predecessors.get(&at).copied() != last
            {
                self.repairs.push((at, Repair::MovedResult { id: result.call_id.clone() }));
            }
            last = Some(at);
        }
    }
}

/// Takes the first result with this id out of the messages after position `from`. Stops at the
/// next call with the same id. If `id` is empty, the position alone identifies the result, so the
/// search also stops at the next user or system message.
fn take_result(
    id: &str,
    from: usize,
    messages: &mut [Option<Message>],
) -> Option<(usize, ToolMessage)> {
    for (at, entry) in messages.iter_mut().enumerate().skip(from + 1) {
        match entry {
            Some(Message::Tool(result)) if result.call_id == id => {
                return match entry.take() {
                    Some(Message::Tool(result)) => Some((at, result)),
                    _ => None,
                };
            }
            Some(Message::Assistant(next)) if next.tool_calls.iter().any(|c| c.id == id) => break,
            None | Some(Message::Tool(_) | Message::Assistant(_)) => {}
            Some(_) if id.trim().is_empty() => break,
            Some(_) => {}
        }
    }
    None
}

/// Replaces invalid names and arguments of calls, so that a provider accepts the message. The
/// journal keeps the original.
#[must_use]
pub fn sendable(mut message: AssistantMessage) -> AssistantMessage {
    for call in &mut message.tool_calls {
        if let Some(name) = sanitized_name(&call.name, &call.name) {
            call.name = name;
        }
        if !is_object(&call.arguments) {
            call.arguments = "{}".to_owned();
        }
    }
    message
}

/// Returns the id that the model gave, or a generated one if it is empty or in `used`. Adds the
/// returned id to `used`.
#[doc(hidden)]
pub fn unique_id(given: &str, number: CallIndex, used: &mut BTreeSet<String>) -> String {
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
        // A foreign id looks like a generated one: continue in a range that is unlikely in use.
        candidate = CallIndex(candidate.0.wrapping_add(50_000_000));
    }
}

#[cfg(test)]
mod tests;
