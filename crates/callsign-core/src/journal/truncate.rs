//! Truncation of tool results that exceed the run's limit of bytes.

#[cfg(test)]
mod tests;

use callsign_json::truncate::{note, truncate};
use callsign_types::content::{Content, Part};

/// Returns a content whose text has at most `bytes` bytes; `None` if the given one fits already.
///
/// Notes say what was truncated. They take up to 200 bytes more.
///
/// - A JSON object or array stays valid JSON, see [`truncate`]. Any other text keeps its
///   beginning.
/// - Of several parts, the first one that does not fit is truncated, and those after it are
///   dropped.
/// - Images and audio stay and count as 0 bytes: half of one is useless, and its cost in tokens
///   does not depend on its bytes.
/// - A part of an unknown type counts as its JSON. It is kept whole or dropped.
pub(crate) fn truncate_content(content: &Content, bytes: u64) -> Option<Content> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    match content {
        Content::Text(text) => truncate_text(text, bytes).map(Content::Text),
        Content::Parts(parts) => truncate_parts(parts, bytes).map(Content::Parts),
    }
}

fn truncate_text(text: &str, bytes: usize) -> Option<String> {
    if text.len() <= bytes {
        return None;
    }
    Some(truncate(text, bytes).unwrap_or_else(|| {
        let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        format!("{}\n{}", &text[..end], note(end, text.len(), "bytes"))
    }))
}

fn truncate_parts(parts: &[Part], bytes: usize) -> Option<Vec<Part>> {
    let sizes: Vec<_> = parts.iter().map(size).collect();
    if sizes.iter().sum::<usize>() <= bytes {
        return None;
    }
    let mut left = Some(bytes);
    let mut dropped = 0;
    let mut shown = Vec::new();
    for (part, size) in parts.iter().zip(sizes) {
        match (left, part.as_text()) {
            _ if size == 0 => shown.push(part.clone()),
            (Some(budget), _) if size <= budget => {
                shown.push(part.clone());
                left = Some(budget - size);
            }
            (Some(budget), Some(text)) => {
                let truncated = truncate_text(text, budget);
                shown.push(Part::text(truncated.unwrap_or_else(|| text.to_owned())));
                left = None;
            }
            _ => {
                dropped += 1;
                left = None;
            }
        }
    }
    if dropped > 0 {
        let note = note(parts.len() - dropped, parts.len(), "parts");
        shown.push(Part::text(note));
    }
    Some(shown)
}

/// Returns the bytes that a part counts as.
fn size(part: &Part) -> usize {
    match part {
        Part::Text { text } => text.len(),
        Part::Other(value) => value.to_string().len(),
        _ => 0,
    }
}
