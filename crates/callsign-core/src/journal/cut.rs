//! What the model sees of a tool's result that is too large for it.

mod json;
#[cfg(test)]
mod tests;

use crate::words::content::{Content, Part};

/// The bytes that one note takes at most, with what joins it to the rest.
const NOTE: usize = 100;

/// What is shown of a content whose text has more than so many bytes; `None` where it fits.
///
/// The notes that say what was cut come on top of the bytes, and take at most 200. A text that is
/// a JSON object or array is one still, see [`json::cut`]; any other keeps its beginning. Of parts,
/// the first that does not fit is cut, and those after it are left out. Images and audio stay and
/// count for nothing: half of one is of no use, and what they cost a model does not depend on their
/// bytes. A part that is not known counts with its JSON, and stays whole or not at all.
pub(crate) fn cut(content: &Content, bytes: u64) -> Option<Content> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    match content {
        Content::Text(text) => cut_text(text, bytes).map(Content::Text),
        Content::Parts(parts) => cut_parts(parts, bytes).map(Content::Parts),
    }
}

fn cut_text(text: &str, bytes: usize) -> Option<String> {
    if text.len() <= bytes {
        return None;
    }
    Some(json::cut(text, bytes).unwrap_or_else(|| {
        let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        format!("{}\n{}", &text[..end], note(end, text.len(), "bytes"))
    }))
}

fn cut_parts(parts: &[Part], bytes: usize) -> Option<Vec<Part>> {
    let sizes: Vec<_> = parts.iter().map(size).collect();
    if sizes.iter().sum::<usize>() <= bytes {
        return None;
    }
    let mut left = Some(bytes);
    let mut left_out = 0;
    let mut shown = Vec::new();
    for (part, size) in parts.iter().zip(sizes) {
        match (left, part.as_text()) {
            _ if size == 0 => shown.push(part.clone()),
            (Some(room), _) if size <= room => {
                shown.push(part.clone());
                left = Some(room - size);
            }
            (Some(room), Some(text)) => {
                shown.push(Part::text(cut_text(text, room).unwrap_or_else(|| text.to_owned())));
                left = None;
            }
            _ => {
                left_out += 1;
                left = None;
            }
        }
    }
    if left_out > 0 {
        let note = note(parts.len() - left_out, parts.len(), "parts");
        shown.push(Part::text(note));
    }
    Some(shown)
}

/// The bytes with which a part counts.
fn size(part: &Part) -> usize {
    match part {
        Part::Text { text } => text.len(),
        Part::Other(value) => value.to_string().len(),
        Part::ImageUrl { .. } | Part::InputAudio { .. } | Part::AudioUrl { .. } => 0,
    }
}

/// Says how much of something is shown.
fn note(shown: usize, all: usize, of: &str) -> String {
    format!("[cut: {} of {} {of} shown; ask for less]", grouped(shown), grouped(all))
}

/// A number with its digits in threes: `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
