//! Entries as they lie in memory: with room for what most of them have, and for nothing else.

use std::sync::Arc;

use crate::journal::entry::{Entry, RecordedReply, RunStarted};
use crate::words::content::Content;
use crate::words::finish::FinishReason;
use crate::words::id::CallNumber;
use crate::words::message::{AssistantMessage, ToolCall, UserMessage};
use crate::words::result::CallOutcome;
use crate::words::usage::Usage;

/// An entry, in a tenth of the room.
#[derive(Debug)]
pub(super) enum Packed {
    /// A run like the one before.
    Run { at: u64 },
    /// A text of the user's.
    Said(Box<str>),
    /// A reply of text and calls.
    Reply(Box<PackedReply>),
    /// The start of a call.
    Started(CallNumber),
    /// A result that is a text.
    Answer { call: CallNumber, outcome: CallOutcome, text: Box<str> },
    /// Any other, as it is.
    Other(Box<Entry>),
}

#[derive(Debug)]
pub(super) struct PackedReply {
    /// The text, and behind it the service's id of the reply.
    said: Box<str>,
    text: u32,
    has_id: bool,
    /// Which of [`REASONS`].
    reason: u8,
    usage: Option<[u32; 4]>,
    calls: Box<[PackedCall]>,
    /// Replies of one model share its name.
    model: Option<Arc<str>>,
}

#[derive(Debug)]
struct PackedCall {
    /// The call's id, the tool's name and the arguments, one behind the other.
    all: Box<str>,
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

impl Packed {
    /// Packs an entry, which shares the name of this model if it has it.
    pub(super) fn new(entry: &Entry, model: Option<&Arc<str>>) -> Self {
        let packed = match entry {
            Entry::RunStarted(run) => packed_run(run),
            Entry::User { message: UserMessage { content: Content::Text(text) } } => {
                Some(Self::Said(text.as_str().into()))
            }
            Entry::Assistant(reply) => packed_reply(reply, model).map(Self::Reply),
            Entry::Started { call } => Some(Self::Started(*call)),
            Entry::Result {
                call,
                outcome,
                content: Content::Text(text),
                shown: None,
                private: None,
                spent: None,
            } => Some(Self::Answer { call: *call, outcome: *outcome, text: text.as_str().into() }),
            _ => None,
        };
        packed.unwrap_or_else(|| Self::Other(Box::new(entry.clone())))
    }

    /// The entry as it was.
    pub(super) fn unpacked(&self) -> Entry {
        match self {
            Self::Run { at } => Entry::RunStarted(RunStarted {
                at: *at,
                limits: None,
                instructions: None,
                tools: None,
                policy: false,
                answer: None,
            }),
            Self::Said(text) => {
                Entry::User { message: UserMessage { content: text.to_string().into() } }
            }
            Self::Reply(reply) => Entry::Assistant(reply.unpacked()),
            Self::Started(call) => Entry::Started { call: *call },
            Self::Answer { call, outcome, text } => {
                Entry::result(*call, *outcome, text.to_string())
            }
            Self::Other(entry) => (**entry).clone(),
        }
    }

    /// The name of the model that replied.
    pub(super) fn model(&self) -> Option<&Arc<str>> {
        match self {
            Self::Reply(reply) => reply.model.as_ref(),
            _ => None,
        }
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

fn packed_reply(reply: &RecordedReply, known: Option<&Arc<str>>) -> Option<Box<PackedReply>> {
    let RecordedReply {
        message,
        finish_reason,
        usage,
        is_estimated: false,
        cost: None,
        response_id,
        model,
    } = reply
    else {
        return None;
    };
    let AssistantMessage { text, reasoning, refusal: None, tool_calls, extra } = message else {
        return None;
    };
    if !reasoning.is_empty() || !extra.is_empty() {
        return None;
    }
    let reason = REASONS.iter().position(|reason| reason == finish_reason)?;
    let id = response_id.as_deref().unwrap_or_default();
    let calls = tool_calls.iter().map(PackedCall::new).collect::<Option<_>>()?;
    let usage = match usage {
        Some(usage) => Some(narrow(usage)?),
        None => None,
    };
    let shared = |name: &String| match known {
        Some(known) if **known == **name => known.clone(),
        _ => name.as_str().into(),
    };
    Some(Box::new(PackedReply {
        said: [text, id].concat().into(),
        text: u32::try_from(text.len()).ok()?,
        has_id: response_id.is_some(),
        reason: u8::try_from(reason).ok()?,
        usage,
        calls,
        model: model.as_ref().map(shared),
    }))
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

impl PackedReply {
    fn unpacked(&self) -> RecordedReply {
        let (text, id) = self.said.split_at(self.text as usize);
        let message = AssistantMessage {
            text: text.to_owned(),
            tool_calls: self.calls.iter().map(PackedCall::unpacked).collect(),
            ..AssistantMessage::default()
        };
        let mut reply = RecordedReply::new(message, REASONS[usize::from(self.reason)].clone());
        reply.usage = self.usage.map(|[input, output, cached, reasoning]| Usage {
            cached_input_tokens: cached.into(),
            reasoning_tokens: reasoning.into(),
            ..Usage::new(input.into(), output.into())
        });
        reply.response_id = self.has_id.then(|| id.to_owned());
        reply.model = self.model.as_ref().map(|model| model.as_ref().to_owned());
        reply
    }
}

impl PackedCall {
    fn new(call: &ToolCall) -> Option<Self> {
        let ToolCall { id, name, arguments, extra } = call;
        let all = [id.as_str(), name, arguments].concat().into();
        let length = |text: &String| u32::try_from(text.len()).ok();
        extra.is_empty().then_some(Self { all, id: length(id)?, name: length(name)? })
    }

    fn unpacked(&self) -> ToolCall {
        let (id, rest) = self.all.split_at(self.id as usize);
        let (name, arguments) = rest.split_at(self.name as usize);
        ToolCall::new(id, name, arguments)
    }
}

#[cfg(test)]
mod tests;
