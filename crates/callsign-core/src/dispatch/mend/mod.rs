//! Malformed JSON, read where it has one reading and no other.
//!
//! A model that writes `{'city': 'Porto', nights: 3,}` has said what it means; one whose text has
//! no end has perhaps not. So text is read by a grammar that is wider than JSON's and as exact:
//! quotes and brackets all have to be there, and nothing is added but what the writer's own
//! notation says. Libraries for this close what is open and drop what they do not understand.

mod reader;

use self::reader::Reader;
use crate::journal::strict::is_object;

#[cfg(test)]
mod tests;

/// The text of the JSON object that was meant, where what arrived is none and only one can have
/// been meant; `None` where it is one already, or where nobody can tell.
///
/// Read are: white space and a byte order mark around the object, a markdown code fence around it,
/// the object written as a JSON string, one brace too many at its end, trailing commas, comments,
/// keys without quotes, strings in single quotes, line breaks and tabs inside strings, and Python's
/// `True`, `False` and `None`.
///
/// Not read is whatever lacks an end, since it may have been cut off; values without quotes, since
/// nobody knows where they end; a missing comma, since more may be missing with it; anything
/// beside the object, a second one above all; and a key that stands there twice with two values.
pub(crate) fn mended(text: &str) -> Option<String> {
    let inside = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if inside.len() == text.trim().len() && is_object(inside) {
        return None;
    }
    let inside = without_fence(inside)?;
    let object = if inside.starts_with('"') {
        let written: String = serde_json::from_str(inside).ok()?;
        Reader::new(written.trim()).only_object()
    } else {
        Reader::new(inside).only_object()
    };
    // A number can be too large for anybody to read.
    object.filter(|object| is_object(object))
}

/// What stands in the code fence, where there is one. A fence that was opened has to be closed;
/// one that only closes says no less.
fn without_fence(text: &str) -> Option<&str> {
    const FENCE: &str = "```";
    let Some(opened) = text.strip_prefix(FENCE) else {
        return Some(text.strip_suffix(FENCE).unwrap_or(text).trim());
    };
    let inside = opened.strip_suffix(FENCE)?;
    // The language may be named behind the opening.
    Some(inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim())
}
