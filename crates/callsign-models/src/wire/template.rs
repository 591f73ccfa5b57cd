//! A fast path for chunks that differ from an earlier chunk only in one text.
//!
//! Nearly all chunks of a stream are the same JSON around a different text. If a chunk shares the
//! prefix and the suffix of an earlier one whose only effect was its text, only the text is read.

use std::borrow::Cow;

use super::chunk::{Choice, Chunk, Delta, DeltaToolCall};
use super::fast_json;
use super::lenient::Lenient;

/// The JSON around the text of the last chunk that had only a text.
#[derive(Debug, Default)]
pub(super) struct ChunkTemplate {
    /// The JSON up to and including the opening quote. Empty if no chunk was learned.
    prefix: String,
    /// The JSON from the closing quote on.
    suffix: String,
    field: TextField,
}

/// The field that holds the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TextField {
    #[default]
    Content,
    Reasoning,
    /// A fragment of the arguments of the tool call with this index.
    Arguments(Option<u64>),
}

impl ChunkTemplate {
    /// Returns the text of a chunk if everything around it matches the template.
    pub(super) fn match_text<'a>(&self, json: &'a str) -> Option<(TextField, Cow<'a, str>)> {
        if self.prefix.is_empty() {
            return None;
        }
        let inside = json.strip_prefix(&*self.prefix)?.strip_suffix(&*self.suffix)?;
        let is_unescaped = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if inside.bytes().all(is_unescaped) {
            return Some((self.field, Cow::Borrowed(inside)));
        }
        // With its quotes this is one JSON string, or the chunk does not match.
        let quoted = json.get(self.prefix.len() - 1..=json.len() - self.suffix.len())?;
        match fast_json::read_fast(quoted) {
            Ok(Lenient::Text(text)) => Some((self.field, text)),
            _ => None,
        }
    }

    /// Learns the template from a chunk that has nothing but a text of the choice with this `index`.
    /// `None` is any choice.
    pub(super) fn learn(&mut self, json: &str, chunk: &Chunk<'_>, index: Option<u64>) {
        let Some((field, text)) = only_text(chunk, index) else { return };
        // A text without escapes is borrowed from `json`, which gives its position.
        let Some(start) = (text.as_ptr() as usize).checked_sub(json.as_ptr() as usize) else {
            return;
        };
        let parts = json.get(..start).zip(json.get(start + text.len()..));
        let Some((prefix, suffix)) = parts else { return };
        if prefix.ends_with('"') && suffix.starts_with('"') {
            prefix.clone_into(&mut self.prefix);
            suffix.clone_into(&mut self.suffix);
            self.field = field;
        }
    }
}

/// Returns the text of a chunk if the chunk has no other effect. Response-level fields are allowed,
/// because repeating them changes nothing.
fn only_text<'a>(
    chunk: &'a Chunk<'_>,
    expected_index: Option<u64>,
) -> Option<(TextField, &'a str)> {
    let (None, None, Some([choice])) = (&chunk.usage, &chunk.error, chunk.choices.as_deref())
    else {
        return None;
    };
    let Choice {
        index,
        delta: Some(delta),
        message: None,
        text,
        finish_reason,
        error: None,
        unknown,
    } = choice
    else {
        return None;
    };
    let has_more = !text.is_null()
        || !finish_reason.is_null()
        || !unknown.0.is_empty()
        || delta.function_call.0.is_some()
        || !delta.unknown.0.is_empty();
    let is_other = index.number().zip(expected_index).is_some_and(|(index, first)| index != first);
    if has_more || is_other || !delta.refusal.is_null() {
        return None;
    }
    let Delta { content, reasoning_content, reasoning, tool_calls, .. } = delta;
    match (content, reasoning_content, reasoning, tool_calls.as_deref()) {
        (content, Lenient::Null, Lenient::Null, None) => {
            Some((TextField::Content, borrowed(content)?))
        }
        (Lenient::Null, text, Lenient::Null, None) | (Lenient::Null, Lenient::Null, text, None) => {
            Some((TextField::Reasoning, borrowed(text)?))
        }
        (Lenient::Null, Lenient::Null, Lenient::Null, Some([Some(call)])) => only_arguments(call),
        _ => None,
    }
}

fn only_arguments<'a>(call: &'a DeltaToolCall<'_>) -> Option<(TextField, &'a str)> {
    let function = call.function.as_ref()?;
    let is_bare =
        call.custom.0.is_none() && call.unknown.0.is_empty() && function.unknown.0.is_empty();
    if !is_bare || !call.id.is_null() || !function.name.is_null() {
        return None;
    }
    let json = function.arguments.as_ref()?.json;
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    Some((TextField::Arguments(call.index.number()), text))
}

fn borrowed<'a>(text: &'a Lenient<'_>) -> Option<&'a str> {
    match text {
        Lenient::Text(Cow::Borrowed(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
