//! The content of a message or a delta.

use std::borrow::Cow;

use callsign_types::event::ModelEvent;
use serde_json::Value;

use super::ResponseAssembler;
use crate::wire::chunk::Delta;
use crate::wire::extras;
use crate::wire::lenient::{Lenient, UnknownFields};
use crate::wire::response_error::ResponseError;

/// A text that arrives in pieces.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    Text,
    Reasoning,
    Refusal,
}

/// What has come as deltas. A complete message repeats it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeenDeltas {
    /// Text or a refusal.
    text: bool,
    reasoning: bool,
    calls: bool,
}

impl SeenDeltas {
    /// Adds what `delta` has.
    pub(super) fn add(&mut self, delta: &Delta<'_>) {
        self.text |= delta.has_text();
        self.reasoning |= delta.has_reasoning();
        self.calls |= delta.has_calls();
    }

    /// Returns `message` without what has come as deltas.
    pub(super) fn missing<'a>(self, mut message: Delta<'a>) -> Delta<'a> {
        if self.text {
            (message.content, message.refusal) = Default::default();
        }
        if self.reasoning {
            (message.reasoning_content, message.reasoning) = Default::default();
        }
        if self.text || self.reasoning {
            // They are increments of the text, such as citations.
            message.unknown = UnknownFields::default();
        }
        if self.calls {
            message.tool_calls = None;
        }
        message
    }
}

impl ResponseAssembler {
    /// Emits the next piece of a text.
    #[inline]
    pub(super) fn push_piece(
        &mut self,
        piece: Piece,
        text: Cow<'_, str>,
        out: &mut impl Extend<ModelEvent>,
    ) {
        let halves = match piece {
            Piece::Text => &mut self.halves.text,
            Piece::Reasoning => &mut self.halves.reasoning,
            Piece::Refusal => &mut self.halves.refusal,
        };
        let text = halves.join(text, self.calls.marks);
        if text.is_empty() {
            return;
        }
        self.has_text |= !matches!(piece, Piece::Reasoning);
        let text = text.into_owned();
        out.extend(Some(match piece {
            Piece::Text => ModelEvent::TextDelta(text),
            Piece::Reasoning => ModelEvent::ReasoningDelta(text),
            Piece::Refusal => ModelEvent::RefusalDelta(text),
        }));
    }

    /// Emits what replaces the surrogate halves that the last pieces ended with.
    pub(super) fn finish_pieces(&mut self, out: &mut impl Extend<ModelEvent>) {
        for (halves, event) in [
            (&mut self.halves.text, ModelEvent::TextDelta as fn(String) -> ModelEvent),
            (&mut self.halves.reasoning, ModelEvent::ReasoningDelta),
            (&mut self.halves.refusal, ModelEvent::RefusalDelta),
        ] {
            let rest = halves.finish();
            if !rest.is_empty() {
                out.extend(Some(event(rest.to_owned())));
            }
        }
    }

    /// Processes a whole message, or an increment that a stream sends as `message`. It repeats what
    /// has come as deltas: some servers send both.
    pub(super) fn push_message(
        &mut self,
        message: Delta<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        self.push_delta(self.deltas.missing(message), out)
    }

    pub(super) fn push_delta(
        &mut self,
        delta: Delta<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        // If both fields are present, they hold the same text.
        let reasoning = delta.reasoning_content.text().or_else(|| delta.reasoning.text());
        if let Some(text) = reasoning {
            self.push_piece(Piece::Reasoning, text.into(), out);
        }
        for (name, value) in
            [("reasoning_content", delta.reasoning_content), ("reasoning", delta.reasoning)]
        {
            if let Some(value) = extras::non_text(value) {
                extras::append_one(&mut self.message_extra, name, value);
            }
        }
        match delta.content {
            Lenient::Text(text) => self.push_piece(Piece::Text, text, out),
            content => match extras::non_text(content) {
                Some(Value::Array(parts)) => self.push_parts(parts, out),
                Some(part @ Value::Object(_)) if part_text(&part).is_some() => {
                    self.push_parts(vec![part], out);
                }
                Some(value) => extras::append_one(&mut self.message_extra, "content", value),
                None => {}
            },
        }
        match delta.refusal {
            Lenient::Text(text) => self.push_piece(Piece::Refusal, text, out),
            refusal => {
                if let Some(value) = extras::non_text(refusal) {
                    extras::append_one(&mut self.message_extra, "refusal", value);
                }
            }
        }
        extras::append(&mut self.message_extra, delta.unknown);
        let tool_calls = delta.tool_calls.unwrap_or_default();
        if tool_calls.is_empty() {
            return Ok(());
        }
        self.calls.push(tool_calls, out)
    }

    /// Processes content that is an array of parts. Unknown parts are kept in the extra fields.
    fn push_parts(&mut self, parts: Vec<Value>, out: &mut impl Extend<ModelEvent>) {
        for part in parts {
            let text = part_text(&part).filter(|text| !text.is_empty());
            let piece = match part.get("type").and_then(Value::as_str) {
                Some("text" | "output_text") | None => Some(Piece::Text),
                Some("thinking" | "reasoning") => Some(Piece::Reasoning),
                Some("refusal") => Some(Piece::Refusal),
                Some(_) => None,
            };
            match (piece, text) {
                (Some(piece), Some(text)) => self.push_piece(piece, text.into(), out),
                (Some(_), None) if part.get("type").is_some() => {}
                _ => {
                    let parts = Value::Array(vec![part]);
                    extras::append_one(&mut self.message_extra, "content", parts);
                }
            }
        }
    }
}

/// The fields that hold the text of a content part.
const TEXT_FIELDS: [&str; 6] = ["text", "thinking", "reasoning", "refusal", "value", "parts"];

/// Returns the text of a content part, or the concatenated text of its nested parts.
pub(super) fn part_text(part: &Value) -> Option<String> {
    match part {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(part_text).collect()),
        Value::Object(fields) => TEXT_FIELDS.iter().find_map(|name| part_text(fields.get(*name)?)),
        _ => None,
    }
}
