//! Pieces of a stream that differ from an earlier one in one text alone.
//!
//! Nearly all pieces of a reply are the same JSON around another text. Where a piece begins and
//! ends as one that was read before and whose only effect was its text, what stands between is
//! the text, and nothing else has to be read.

use std::borrow::Cow;

use super::chunk::{CallPiece, Choice, Chunk, Delta};
use super::loose::Loose;
use super::plain;

/// The JSON around the text of a piece that was read.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// Up to the text and its opening quote; empty where no piece was read yet.
    head: String,
    /// From the text's closing quote on.
    tail: String,
    place: Place,
}

/// What the text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    #[default]
    Content,
    Reasoning,
    /// More arguments of the call of this index.
    Arguments(Option<u64>),
}

impl Template {
    /// The text of a piece, where all around it is as it was before.
    pub(super) fn text<'a>(&self, json: &'a str) -> Option<(Place, Cow<'a, str>)> {
        if self.head.is_empty() {
            return None;
        }
        let inside = json.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)?;
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if inside.bytes().all(is_plain) {
            return Some((self.place, Cow::Borrowed(inside)));
        }
        // With its quotes it is a JSON string, unless it is more than one.
        let quoted = json.get(self.head.len() - 1..=json.len() - self.tail.len())?;
        match plain::read_plain(quoted) {
            Ok(Loose::Text(text)) => Some((self.place, text)),
            _ => None,
        }
    }

    /// Takes a piece for an example, if its text is all that it says.
    pub(super) fn learn(&mut self, json: &str, chunk: &Chunk<'_>) {
        let Some((place, text)) = only_text(chunk) else { return };
        // The text is borrowed from the JSON, or else it was written with escapes.
        let Some(start) = (text.as_ptr() as usize).checked_sub(json.as_ptr() as usize) else {
            return;
        };
        let parts = json.get(..start).zip(json.get(start + text.len()..));
        let Some((head, tail)) = parts else { return };
        if head.ends_with('"') && tail.starts_with('"') {
            head.clone_into(&mut self.head);
            tail.clone_into(&mut self.tail);
            self.place = place;
        }
    }
}

/// The text that is all that a piece says. What holds for the whole reply may stand beside it,
/// since saying that again changes nothing.
fn only_text<'a>(chunk: &'a Chunk<'_>) -> Option<(Place, &'a str)> {
    let (None, None, Some([choice])) = (&chunk.usage, &chunk.error, chunk.choices.as_deref())
    else {
        return None;
    };
    let Choice { index, delta: Some(delta), message: None, finish_reason, error: None, rest } =
        choice
    else {
        return None;
    };
    let says_more = !finish_reason.is_null() || !rest.0.is_empty() || !delta.rest.0.is_empty();
    if says_more || index.number().unwrap_or(0) != 0 || !delta.refusal.is_null() {
        return None;
    }
    let Delta { content, reasoning_content, reasoning, tool_calls, .. } = delta;
    match (content, reasoning_content, reasoning, tool_calls.as_deref()) {
        (content, Loose::Null, Loose::Null, None) => Some((Place::Content, borrowed(content)?)),
        (Loose::Null, text, Loose::Null, None) | (Loose::Null, Loose::Null, text, None) => {
            Some((Place::Reasoning, borrowed(text)?))
        }
        (Loose::Null, Loose::Null, Loose::Null, Some([Some(piece)])) => only_arguments(piece),
        _ => None,
    }
}

fn only_arguments<'a>(piece: &'a CallPiece<'_>) -> Option<(Place, &'a str)> {
    let function = piece.function.as_ref()?;
    let is_bare = piece.rest.0.is_empty() && function.rest.0.is_empty();
    if !is_bare || !piece.id.is_null() || !function.name.is_null() {
        return None;
    }
    let json = function.arguments.as_ref()?.json;
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    Some((Place::Arguments(piece.index.number()), text))
}

fn borrowed<'a>(text: &'a Loose<'_>) -> Option<&'a str> {
    match text {
        Loose::Text(Cow::Borrowed(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
