//! The mending of malformed JSON.

use serde_json::{Map, Value};

use crate::dispatch::arguments::mended;

/// Of a text of more bytes than these not every beginning is tried, but only
const MOST_TRIED: usize = 1024;

/// so many and as many at its end, that the time it takes grows as the text does.
const TRIED_OF_MORE: usize = 16;

/// Whatever is read is an object, and needs no mending any more; whatever is an object keeps its
/// value, written around as models write around it; and nothing that may have been cut off is
/// read, wherever it was cut, as something else than the whole says.
///
/// # Panics
/// Where that does not hold.
pub fn arguments(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(read) = check(&text) {
        check_beginnings(&text, Some(&read));
    }
    let Some(object) = object(&text) else { return };
    for wrapped in around(&text) {
        if let Some(read) = check(&wrapped) {
            assert_eq!(self::object(&read), Some(object.clone()), "{wrapped}");
        }
        check_beginnings(&wrapped, None);
    }
}

/// What is read of a text, where something is.
fn check(text: &str) -> Option<String> {
    let read = mended(text)?;
    assert!(object(text).is_none(), "it was an object: {text}");
    assert!(object(&read).is_some(), "{read} was read of {text}");
    assert_eq!(mended(&read), None, "{text}");
    Some(read)
}

/// The texts with an object in them that models write, the object's own first.
fn around(text: &str) -> [String; 3] {
    let twice = Value::from(text).to_string();
    [text.to_owned(), twice, format!("```json\n{text}\n```")]
}

/// Of the beginnings of a text, none is read but as this.
fn check_beginnings(text: &str, whole: Option<&str>) {
    let stride = if text.len() > MOST_TRIED { text.len() / TRIED_OF_MORE } else { 1 };
    let is_tried = |at: usize| at.is_multiple_of(stride) || text.len() - at <= TRIED_OF_MORE;
    for (at, _) in text.char_indices().filter(|(at, _)| is_tried(*at)) {
        let beginning = &text[..at];
        if let Some(read) = mended(beginning) {
            assert_eq!(Some(&*read), whole, "{beginning}");
        }
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}
