//! Repair of malformed JSON that has exactly one possible meaning.
//!
//! The meaning of `{'city': 'Porto', nights: 3,}` is clear. A text without its end may have been
//! cut off, and its meaning is not. The grammar is wider than JSON's and as exact: all quotes and
//! brackets have to be there, and nothing is added that the notation does not say. Other libraries
//! close what is open and drop what they do not understand, which is a guess.

mod reader;

use self::reader::Reader;
use crate::check::is_object;

#[cfg(test)]
mod tests;

/// Repairs the text of a JSON object. Returns `None` if `text` is a valid object already, or has
/// no or several possible meanings.
///
/// Repaired are:
/// - whitespace and a byte order mark around the object, and a Markdown code fence around it
/// - an object that is written as a JSON string
/// - one closing brace too many at the end
/// - trailing commas and comments
/// - keys without quotes, strings in single quotes, line breaks and tabs inside strings
/// - Python's `True`, `False` and `None`
///
/// Not repaired are:
/// - a text without its end, because it may have been cut off
/// - values without quotes, because it is unclear where they end
/// - a missing comma, because more may be missing with it
/// - text next to the object, above all a second object
/// - a key that is there twice with different values
#[must_use]
pub fn repair(text: &str) -> Option<String> {
    let inside = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if inside.len() == text.trim().len() && is_object(inside) {
        return None;
    }
    let inside = without_fence(inside)?;
    let object = if inside.starts_with('"') {
        let text: String = serde_json::from_str(inside).ok()?;
        Reader::new(text.trim()).only_object()
    } else {
        Reader::new(inside).only_object()
    };
    // A number can be out of the range that `serde_json` reads.
    object.filter(|object| is_object(object))
}

/// Returns the text inside a Markdown code fence; the whole text if it has no fence. A fence that
/// is opened has to be closed. A fence that is only closed is ignored.
fn without_fence(text: &str) -> Option<&str> {
    const FENCE: &str = "```";
    let Some(opened) = text.strip_prefix(FENCE) else {
        return Some(text.strip_suffix(FENCE).unwrap_or(text).trim());
    };
    let inside = opened.strip_suffix(FENCE)?;
    // A language may follow the opening fence.
    Some(inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim())
}
