//! Mends messages that come from elsewhere, so that they can be sent.

use std::collections::{BTreeMap, BTreeSet};

use super::transcript::sendable;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, Message, ToolCall, ToolMessage};
use crate::words::result::CallOutcome;

/// What the model hears of a call whose result was not among the messages.
pub const NOT_CARRIED_OVER: &str = "The result of this call was not carried over.";

/// One thing that was mended in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mend {
    /// A message of the model that says and calls nothing was left out.
    EmptyMessage,
    /// The result of no call was left out: its id.
    OrphanResult {
        /// The id of the call that it names.
        id: String,
    },
    /// A call without a result got one, which says so.
    MissingResult {
        /// The id of the call, as it is now.
        id: String,
    },
    /// A result that stood elsewhere was put behind its call.
    MovedResult {
        /// The id of the call, as it is now.
        id: String,
    },
    /// A call got another id, because it had none or one that an earlier call has.
    Id {
        /// The id that it had.
        given: String,
        /// The id that it and its result have now.
        now: String,
    },
    /// A call's name has only characters now that services take.
    Name {
        /// The name that it had.
        given: String,
        /// The name that it has now.
        now: String,
    },
    /// A call's arguments were no JSON object, and are an empty one now.
    Arguments {
        /// The text that they were.
        given: String,
    },
}

/// Messages that were mended, and what was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repaired {
    /// The messages, which can be sent.
    pub messages: Vec<Message>,
    /// What was mended, with the position among the given messages, counted from 0; in the order
    /// of the positions. What concerns a call has the position of its message.
    pub mends: Vec<(usize, Mend)>,
}

/// Mends a list of messages: each call gets exactly one result, right behind its message and in
/// the order of the calls; ids are unique; names and arguments are such as services take; results
/// without a call, and messages of the model that say nothing, are left out.
///
/// A result belongs to the nearest call of its id before it, whoever has spoken in between; one
/// without an id only as long as that was nobody but the model. Mending what is mended changes
/// nothing.
#[must_use]
pub fn repair(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    repair_and_tell(messages).messages
}

/// Mends a list of messages as [`repair`] does, and tells what was mended.
#[must_use]
pub fn repair_and_tell(messages: impl IntoIterator<Item = Message>) -> Repaired {
    let mut given: Vec<Option<Message>> = messages.into_iter().map(Some).collect();
    let mut mending = Mending::default();
    for at in 0..given.len() {
        match given[at].take() {
            None => {}
            Some(Message::Tool(result)) => {
                mending.mends.push((at, Mend::OrphanResult { id: result.call_id }));
            }
            Some(Message::Assistant(message)) if message.is_empty() => {
                mending.mends.push((at, Mend::EmptyMessage));
            }
            Some(Message::Assistant(message)) => mending.with_results(at, &message, &mut given),
            Some(other) => mending.put(Some(at), other),
        }
    }
    mending.finish()
}

/// Messages that are being mended.
#[derive(Default)]
struct Mending {
    out: Vec<Message>,
    /// Where each message that is out stood among the given ones; `None` where it is new.
    origins: Vec<Option<usize>>,
    mends: Vec<(usize, Mend)>,
    used: BTreeSet<String>,
    number: u64,
}

impl Mending {
    fn put(&mut self, origin: Option<usize>, message: Message) {
        self.origins.push(origin);
        self.out.push(message);
    }

    fn with_results(
        &mut self,
        at: usize,
        given: &AssistantMessage,
        messages: &mut [Option<Message>],
    ) {
        let mut message = sendable(given.clone());
        let mut answers = Vec::new();
        for (call, was) in message.tool_calls.iter_mut().zip(&given.tool_calls) {
            let found = take_result(&was.id, at, messages);
            call.id = unique_id(&was.id, CallNumber(self.number), &mut self.used);
            self.number += 1;
            self.tell(at, was, call);
            let id = call.id.clone();
            answers.push(match found {
                Some((origin, result)) => (Some(origin), ToolMessage { call_id: id, ..result }),
                None => {
                    self.mends.push((at, Mend::MissingResult { id: id.clone() }));
                    let content = NOT_CARRIED_OVER.into();
                    (None, ToolMessage { call_id: id, content, outcome: CallOutcome::NotRun })
                }
            });
        }
        self.put(Some(at), Message::Assistant(message));
        for (origin, answer) in answers {
            self.put(origin, Message::Tool(answer));
        }
    }

    /// Tells what is different about a call.
    fn tell(&mut self, at: usize, was: &ToolCall, call: &ToolCall) {
        if was.id != call.id {
            let (given, now) = (was.id.clone(), call.id.clone());
            self.mends.push((at, Mend::Id { given, now }));
        }
        if was.name != call.name {
            let (given, now) = (was.name.clone(), call.name.clone());
            self.mends.push((at, Mend::Name { given, now }));
        }
        if was.arguments != call.arguments {
            self.mends.push((at, Mend::Arguments { given: was.arguments.clone() }));
        }
    }

    fn finish(mut self) -> Repaired {
        self.tell_what_moved();
        self.mends.sort_by_key(|(at, _)| *at);
        Repaired { messages: self.out, mends: self.mends }
    }

    /// A result was moved where another message than before stands in front of it, those not
    /// counted that were left out or added.
    fn tell_what_moved(&mut self) {
        let kept: BTreeSet<usize> = self.origins.iter().flatten().copied().collect();
        let before: BTreeMap<usize, usize> = kept
            .iter()
            .copied()
            .zip(kept.iter().copied().skip(1))
            .map(|(first, second)| (second, first))
            .collect();
        let mut last = None;
        for (message, origin) in self.out.iter().zip(&self.origins) {
            let Some(at) = *origin else { continue };
            if let Message::Tool(result) = message
                && before.get(&at).copied() != last
            {
                self.mends.push((at, Mend::MovedResult { id: result.call_id.clone() }));
            }
            last = Some(at);
        }
    }
}

/// Takes the first result of this id out of the messages behind this one, up to where another
/// call has the id. Where there is no id, the place alone tells whose result it is, and it says
/// nothing any more once somebody else has spoken.
fn take_result(
    id: &str,
    from: usize,
    messages: &mut [Option<Message>],
) -> Option<(usize, ToolMessage)> {
    for (at, slot) in messages.iter_mut().enumerate().skip(from + 1) {
        match slot {
            Some(Message::Tool(result)) if result.call_id == id => {
                return match slot.take() {
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

#[cfg(test)]
mod tests;
