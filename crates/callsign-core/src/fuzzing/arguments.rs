//! Invariants of the repair of malformed JSON.

use serde_json::{Map, Value};

use callsign_json::repair::repair;

/// The bytes up to which every prefix of a text is checked.
const MAX_EXHAUSTIVE: usize = 1024;

/// The number of prefixes of a longer text that are checked, and as many again at its end. A
/// constant number keeps the time proportional to the length of the text.
const SAMPLED_PREFIXES: usize = 16;

/// Checks the repair of arguments.
///
/// - A repaired text is an object and needs no further repair.
/// - An object keeps its value, whatever models write around it.
/// - A truncated text is repaired to the same value as the whole text, or not at all.
///
/// # Panics
/// Panics if one of these does not hold.
pub fn arguments(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(read) = check(&text) {
        check_prefixes(&text, Some(&read));
    }
    let Some(object) = object(&text) else { return };
    for wrapped in wrappings(&text) {
        if let Some(read) = check(&wrapped) {
            assert_eq!(self::object(&read), Some(object.clone()), "{wrapped}");
        }
        check_prefixes(&wrapped, None);
    }
}

/// Repairs a text and checks the result; `None` if it is not repaired.
fn check(text: &str) -> Option<String> {
    let read = repair(text)?;
    assert!(object(text).is_none(), "a valid object was repaired: {text}");
    assert!(object(&read).is_some(), "{text} was repaired to {read}");
    assert_eq!(repair(&read), None, "{text}");
    Some(read)
}

/// Returns the ways in which models write an object, the plain object first.
fn wrappings(text: &str) -> [String; 3] {
    let twice = Value::from(text).to_string();
    [text.to_owned(), twice, format!("```json\n{text}\n```")]
}

/// Checks that every prefix of a text is repaired to `whole` or not at all.
fn check_prefixes(text: &str, whole: Option<&str>) {
    let stride = if text.len() > MAX_EXHAUSTIVE { text.len() / SAMPLED_PREFIXES } else { 1 };
    let is_checked = |at: usize| at.is_multiple_of(stride) || text.len() - at <= SAMPLED_PREFIXES;
    for (at, _) in text.char_indices().filter(|(at, _)| is_checked(*at)) {
        let prefix = &text[..at];
        if let Some(read) = repair(prefix) {
            assert_eq!(Some(&*read), whole, "{prefix}");
        }
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}
