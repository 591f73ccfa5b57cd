//! A journal as it lies in memory: with room for what most entries have, and for nothing else.

use std::ops::Range;

use super::texts::{Place, Texts};
use crate::journal::entry::{Entry, RecordedReply, RunStarted};
use crate::words::content::Content;
use crate::words::finish::FinishReason;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, ToolCall, UserMessage};
use crate::words::result::CallOutcome;
use crate::words::usage::Usage;

/// A journal, in a fraction of the room that its entries would take beside their texts.
#[derive(Debug, Default)]
pub(super) struct PackedJournal {
    entries: Vec<Packed>,
    texts: Texts,
    /// What replies say beside their texts.
    replies: Vec<PackedReply>,
    calls: Vec<PackedCall>,
    /// The names of the models that have replied: most conversations have one.
    models: Vec<Box<str>>,
}

/// An entry, but for what lies with its like.
#[derive(Debug)]
enum Packed {
    /// A run like the one before.
    Run { at: u64 },
    /// A text of the user's.
    Said(Place),
    /// A reply of text and calls.
    Reply(u32),
    /// The start of a call.
    Started(CallNumber),
    /// A result that is a text.
    Answer { call: u32, outcome: CallOutcome, text: Place },
    /// Any other, as it is.
    Other(Box<Entry>),
}

#[derive(Debug)]
struct PackedReply {
    /// The text, and behind it the service's id.
    said: Place,
    /// How long the text is.
    text: u32,
    has_id: bool,
    /// Which of [`REASONS`].
    reason: u8,
    model: Option<u16>,
    usage: Option<[u32; 4]>,
    calls: Range<u32>,
}

#[derive(Debug)]
struct PackedCall {
    /// The call's id, the tool's name and the arguments, one behind the other.
    all: Place,
    id: u32,
    name: u32,
}

/// Why most replies end.
const REASONS: [FinishReason; 5] = [
    FinishReason::Stop,
    FinishReason::ToolCalls,
    FinishReason::Length,
    FinishReason::ContentFilter,
    FinishReason::Missing,
];

impl PackedJournal {
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Adds these entries at the end.
    pub(super) fn extend(&mut self, entries: &[Entry]) {
        make_room(&mut self.entries, entries.len());
        for entry in entries {
            let packed = self.packed(entry);
            self.entries.push(packed.unwrap_or_else(|| Packed::Other(Box::new(entry.clone()))));
        }
    }

    /// The entries at these positions, as they were.
    pub(super) fn get(&self, range: Range<u64>) -> Vec<Entry> {
        let entries = super::slice(&self.entries, range);
        entries.iter().map(|packed| self.unpacked(packed)).collect()
    }

    fn packed(&mut self, entry: &Entry) -> Option<Packed> {
        match entry {
            Entry::RunStarted(run) => packed_run(run),
            Entry::User { message: UserMessage { content: Content::Text(text) } } => {
                self.texts.push(&[text]).map(Packed::Said)
            }
            Entry::Assistant(reply) => self.packed_reply(reply),
            Entry::Started { call } => Some(Packed::Started(*call)),
            Entry::Result {
                call,
                outcome,
                content: Content::Text(text),
                shown: None,
                private: None,
                spent: None,
            } => {
                let call = u32::try_from(call.0).ok()?;
                let text = self.texts.push(&[text])?;
                Some(Packed::Answer { call, outcome: *outcome, text })
            }
            _ => None,
        }
    }

    fn packed_reply(&mut self, reply: &RecordedReply) -> Option<Packed> {
        let RecordedReply { message, finish_reason, usage, response_id, model, .. } = reply;
        let AssistantMessage { text, tool_calls, .. } = message;
        if !is_plain(reply) {
            return None;
        }
        let reason = REASONS.iter().position(|reason| reason == finish_reason)?;
        let number = u32::try_from(self.replies.len()).ok()?;
        let before = u32::try_from(self.calls.len()).ok()?;
        let id = response_id.as_deref().unwrap_or_default();
        let packed = PackedReply {
            said: self.texts.push(&[text, id])?,
            text: u32::try_from(text.len()).ok()?,
            has_id: response_id.is_some(),
            reason: u8::try_from(reason).ok()?,
            model: match model {
                Some(name) => Some(self.model(name)?),
                None => None,
            },
            usage: match usage {
                Some(usage) => Some(narrow(usage)?),
                None => None,
            },
            calls: before..before.checked_add(u32::try_from(tool_calls.len()).ok()?)?,
        };
        make_room(&mut self.calls, tool_calls.len());
        for call in tool_calls {
            self.calls.push(PackedCall::new(call, &mut self.texts)?);
        }
        make_room(&mut self.replies, 1);
        self.replies.push(packed);
        Some(Packed::Reply(number))
    }

    /// The number of a model's name.
    fn model(&mut self, name: &str) -> Option<u16> {
        let known = self.models.iter().rposition(|known| **known == *name);
        if known.is_none() {
            self.models.push(name.into());
        }
        u16::try_from(known.unwrap_or(self.models.len() - 1)).ok()
    }

    fn unpacked(&self, packed: &Packed) -> Entry {
        match packed {
            Packed::Run { at } => Entry::RunStarted(RunStarted {
                at: *at,
                limits: None,
                instructions: None,
                tools: None,
                policy: false,
                answer: None,
            }),
            Packed::Said(text) => {
                Entry::User { message: UserMessage { content: self.texts.get(*text).into() } }
            }
            Packed::Reply(reply) => Entry::Assistant(self.unpacked_reply(*reply)),
            Packed::Started(call) => Entry::Started { call: *call },
            Packed::Answer { call, outcome, text } => {
                Entry::result(CallNumber((*call).into()), *outcome, self.texts.get(*text))
            }
            Packed::Other(entry) => (**entry).clone(),
        }
    }

    fn unpacked_reply(&self, reply: u32) -> RecordedReply {
        let packed = &self.replies[reply as usize];
        let (text, id) = self.texts.get(packed.said).split_at(packed.text as usize);
        let calls = packed.calls.start as usize..packed.calls.end as usize;
        let message = AssistantMessage {
            text: text.to_owned(),
            tool_calls: self.calls[calls].iter().map(|call| call.unpacked(&self.texts)).collect(),
            ..AssistantMessage::default()
        };
        let reason = REASONS[usize::from(packed.reason)].clone();
        let mut reply = RecordedReply::new(message, reason);
        reply.usage = packed.usage.map(|[input, output, cached, reasoning]| Usage {
            cached_input_tokens: cached.into(),
            reasoning_tokens: reasoning.into(),
            ..Usage::new(input.into(), output.into())
        });
        reply.response_id = packed.has_id.then(|| id.to_owned());
        reply.model = packed.model.map(|model| self.models[usize::from(model)].to_string());
        reply
    }
}

fn packed_run(run: &RunStarted) -> Option<Packed> {
    match run {
        RunStarted {
            at,
            limits: None,
            instructions: None,
            tools: None,
            policy: false,
            answer: None,
        } => Some(Packed::Run { at: *at }),
        _ => None,
    }
}

/// Whether a reply says nothing that would be lost.
fn is_plain(reply: &RecordedReply) -> bool {
    let RecordedReply {
        message: AssistantMessage { text: _, reasoning, refusal, tool_calls, extra },
        finish_reason: _,
        usage: _,
        is_estimated,
        cost,
        response_id: _,
        model: _,
    } = reply;
    let has_extras = |call: &ToolCall| !call.extra.is_empty();
    reasoning.is_empty()
        && refusal.is_none()
        && extra.is_empty()
        && !tool_calls.iter().any(has_extras)
        && !is_estimated
        && cost.is_none()
}

/// The counts, where they are as small as those of all models there are.
fn narrow(usage: &Usage) -> Option<[u32; 4]> {
    let Usage { input_tokens, output_tokens, cached_input_tokens, reasoning_tokens } = *usage;
    let narrow = |count: u64| u32::try_from(count).ok();
    Some([
        narrow(input_tokens)?,
        narrow(output_tokens)?,
        narrow(cached_input_tokens)?,
        narrow(reasoning_tokens)?,
    ])
}

impl PackedCall {
    fn new(call: &ToolCall, texts: &mut Texts) -> Option<Self> {
        let ToolCall { id, name, arguments, extra: _ } = call;
        let all = texts.push(&[id, name, arguments])?;
        let length = |text: &String| u32::try_from(text.len()).ok();
        Some(Self { all, id: length(id)?, name: length(name)? })
    }

    fn unpacked(&self, texts: &Texts) -> ToolCall {
        let (id, rest) = texts.get(self.all).split_at(self.id as usize);
        let (name, arguments) = rest.split_at(self.name as usize);
        ToolCall::new(id, name, arguments)
    }
}

/// Has a list grow by an eighth where it is full: conversations lie about for longer than they
/// grow.
pub(super) fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(list.len() / 8).max(4));
    }
}

#[cfg(test)]
mod tests;
