//! A compact representation of a journal in memory, optimized for the fields that most entries
//! have.

use std::ops::Range;

use callsign_types::content::Content;
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{Entry, RecordedReply, RunStarted};
use callsign_types::message::{AssistantMessage, ToolCall, UserMessage};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::usage::Usage;

use super::text_arena::{TextArena, TextRange};

/// A journal whose entries take, apart from their texts, a fraction of the memory of [`Entry`]
/// values.
#[derive(Debug, Default)]
pub(super) struct PackedJournal {
    entries: Vec<PackedEntry>,
    texts: TextArena,
    /// The responses, without their texts.
    replies: Vec<PackedReply>,
    calls: Vec<PackedCall>,
    /// The names of the models that have responded. Most conversations have one.
    models: Vec<Box<str>>,
}

/// An entry, without the data that is kept in the journal's lists.
#[derive(Debug)]
enum PackedEntry {
    /// A run with the settings of the run before.
    Run { at: u64 },
    /// A text message of the user.
    User(TextRange),
    /// A response of text and calls, by its position in the list.
    Assistant(u32),
    /// The start of a call.
    Started(CallIndex),
    /// A result that is a text.
    Result { call: u32, outcome: ToolCallStatus, text: TextRange },
    /// Any other entry, unchanged.
    Other(Box<Entry>),
}

#[derive(Debug)]
struct PackedReply {
    /// The text, followed by the provider's id of the response.
    text_and_id: TextRange,
    /// The length of the text in bytes.
    text: u32,
    has_id: bool,
    /// The position in [`REASONS`].
    reason: u8,
    model: Option<u16>,
    usage: Option<[u32; 4]>,
    calls: Range<u32>,
}

#[derive(Debug)]
struct PackedCall {
    /// The call's id, followed by the tool's name and the arguments.
    all: TextRange,
    /// The length of the id in bytes.
    id: u32,
    /// The length of the name in bytes.
    name: u32,
}

/// The finish reasons of most responses.
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

    /// Appends these entries.
    pub(super) fn extend(&mut self, entries: &[Entry]) {
        reserve(&mut self.entries, entries.len());
        for entry in entries {
            let packed = self.packed(entry);
            self.entries
                .push(packed.unwrap_or_else(|| PackedEntry::Other(Box::new(entry.clone()))));
        }
    }

    /// Returns the entries at these positions.
    pub(super) fn get(&self, range: Range<u64>) -> Vec<Entry> {
        let entries = super::slice(&self.entries, range);
        entries.iter().map(|packed| self.unpacked(packed)).collect()
    }

    /// Packs an entry; `None` if it has a field that has no packed form.
    fn packed(&mut self, entry: &Entry) -> Option<PackedEntry> {
        match entry {
            Entry::RunStarted(run) => packed_run(run),
            Entry::User { message } => {
                self.texts.push(&[message.packable_text()?]).map(PackedEntry::User)
            }
            Entry::Assistant(reply) => self.packed_reply(reply),
            Entry::Started { call } => Some(PackedEntry::Started(*call)),
            Entry::Result {
                call,
                status,
                content: Content::Text(text),
                shown: None,
                metadata: None,
                spent: None,
            } => {
                let call = u32::try_from(call.0).ok()?;
                let text = self.texts.push(&[text])?;
                Some(PackedEntry::Result { call, outcome: *status, text })
            }
            _ => None,
        }
    }

    fn packed_reply(&mut self, reply: &RecordedReply) -> Option<PackedEntry> {
        let RecordedReply { message, finish_reason, usage, response_id, model, .. } = reply;
        let AssistantMessage { text, tool_calls, .. } = message;
        if !reply.is_packable() {
            return None;
        }
        let reason = REASONS.iter().position(|reason| reason == finish_reason)?;
        let position = u32::try_from(self.replies.len()).ok()?;
        let first_call = u32::try_from(self.calls.len()).ok()?;
        let id = response_id.as_deref().unwrap_or_default();
        let packed = PackedReply {
            text_and_id: self.texts.push(&[text, id])?,
            text: u32::try_from(text.len()).ok()?,
            has_id: response_id.is_some(),
            reason: u8::try_from(reason).ok()?,
            model: match model {
                Some(name) => Some(self.model_position(name)?),
                None => None,
            },
            usage: match usage {
                Some(usage) => Some(narrow(usage)?),
                None => None,
            },
            calls: first_call..first_call.checked_add(u32::try_from(tool_calls.len()).ok()?)?,
        };
        reserve(&mut self.calls, tool_calls.len());
        for call in tool_calls {
            self.calls.push(PackedCall::new(call, &mut self.texts)?);
        }
        reserve(&mut self.replies, 1);
        self.replies.push(packed);
        Some(PackedEntry::Assistant(position))
    }

    /// Returns the position of a model's name in the list, and adds the name if it is new.
    fn model_position(&mut self, name: &str) -> Option<u16> {
        let known = self.models.iter().rposition(|known| **known == *name);
        if known.is_none() {
            self.models.push(name.into());
        }
        u16::try_from(known.unwrap_or(self.models.len() - 1)).ok()
    }

    fn unpacked(&self, packed: &PackedEntry) -> Entry {
        match packed {
            PackedEntry::Run { at } => Entry::RunStarted(RunStarted::unchanged(*at)),
            PackedEntry::User(text) => {
                Entry::User { message: UserMessage::new(self.texts.get(*text)) }
            }
            PackedEntry::Assistant(reply) => Entry::Assistant(self.unpacked_reply(*reply)),
            PackedEntry::Started(call) => Entry::Started { call: *call },
            PackedEntry::Result { call, outcome, text } => {
                Entry::result(CallIndex((*call).into()), *outcome, self.texts.get(*text))
            }
            PackedEntry::Other(entry) => (**entry).clone(),
        }
    }

    fn unpacked_reply(&self, reply: u32) -> RecordedReply {
        let packed = &self.replies[reply as usize];
        let (text, id) = self.texts.get(packed.text_and_id).split_at(packed.text as usize);
        let calls = packed.calls.start as usize..packed.calls.end as usize;
        let calls = self.calls[calls].iter().map(|call| call.unpacked(&self.texts));
        let message = AssistantMessage::new(text).with_tool_calls(calls);
        let reason = REASONS[usize::from(packed.reason)].clone();
        let mut reply = RecordedReply::new(message, reason);
        reply.usage = packed.usage.map(|counts| Usage::from_counts(counts.map(u64::from)));
        reply.response_id = packed.has_id.then(|| id.to_owned());
        reply.model = packed.model.map(|model| self.models[usize::from(model)].to_string());
        reply
    }
}

fn packed_run(run: &RunStarted) -> Option<PackedEntry> {
    run.is_unchanged().then_some(PackedEntry::Run { at: run.at })
}

/// Returns the counts as 32-bit integers; `None` if one is too large. No model reaches that today.
fn narrow(usage: &Usage) -> Option<[u32; 4]> {
    let [input, output, cached, reasoning] = usage.counts();
    let narrow = |count: u64| u32::try_from(count).ok();
    Some([narrow(input)?, narrow(output)?, narrow(cached)?, narrow(reasoning)?])
}

impl PackedCall {
    fn new(call: &ToolCall, texts: &mut TextArena) -> Option<Self> {
        let ToolCall { id, name, arguments, .. } = call;
        let all = texts.push(&[id, name, arguments])?;
        let length = |text: &String| u32::try_from(text.len()).ok();
        Some(Self { all, id: length(id)?, name: length(name)? })
    }

    fn unpacked(&self, texts: &TextArena) -> ToolCall {
        let (id, rest) = texts.get(self.all).split_at(self.id as usize);
        let (name, arguments) = rest.split_at(self.name as usize);
        ToolCall::new(id, name, arguments)
    }
}

/// Reserves space for `more` items. A full list grows by an eighth instead of doubling, because
/// most conversations stay in memory unchanged for longer than they grow.
pub(super) fn reserve<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(list.len() / 8).max(4));
    }
}

#[cfg(test)]
mod tests;
