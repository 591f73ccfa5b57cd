//! Collection of unknown response fields.

use serde_json::{Map, Value};

use super::lenient::{Lenient, UnknownFields};

/// Stores response-level fields, which providers repeat in every chunk. The last value wins.
pub(super) fn replace(kept: &mut Vec<(String, Value)>, unknown: UnknownFields<'_>) {
    for (name, value) in unknown.0 {
        // There are few of them, so a linear search is faster than a map.
        match kept.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) if value.equals(old) => {}
            Some((_, old)) => *old = value.into_value(),
            None => kept.push((name.into_owned(), value.into_value())),
        }
    }
}

/// Merges incremental fields, such as log probabilities, audio, and reasoning details.
pub(super) fn append(kept: &mut Map<String, Value>, unknown: UnknownFields<'_>) {
    for (name, value) in unknown.0 {
        append_one(kept, &name, value.into_value());
    }
}

/// Merges one incremental field.
pub(super) fn append_one(kept: &mut Map<String, Value>, name: &str, value: Value) {
    match kept.get_mut(name) {
        Some(old) => merge(name, old, value),
        None => {
            kept.insert(name.to_owned(), value);
        }
    }
}

/// Merges `new` into `old`: arrays and strings are concatenated, objects are merged by field.
/// Strings that identify something are replaced.
fn merge(name: &str, old: &mut Value, new: Value) {
    match (old, new) {
        (_, Value::Null) => {}
        // A content filter reports per chunk: a later chunk does not clear an earlier finding.
        (Value::Bool(true), Value::Bool(false)) if matches!(name, "filtered" | "detected") => {}
        (Value::Array(old), Value::Array(new)) => old.extend(new),
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                append_one(old, &name, value);
            }
        }
        (Value::String(old), Value::String(new)) if !is_identifier(name) => old.push_str(&new),
        (old, new) => *old = new,
    }
}

fn is_identifier(name: &str) -> bool {
    matches!(name, "id" | "type" | "index" | "format" | "name" | "severity")
        || name.ends_with("_reason")
}

/// Returns the value if it is neither a string nor null nor `false`.
pub(super) fn non_text(value: Lenient<'_>) -> Option<Value> {
    match value {
        Lenient::Number(number) => Some(Value::Number(number)),
        Lenient::Other(value) if *value != Value::Bool(false) => Some(*value),
        _ => None,
    }
}
