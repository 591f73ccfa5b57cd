//! What is kept of fields that are not known.

use serde_json::{Map, Value};

use super::loose::{Loose, Rest};

/// Keeps fields that hold for the whole reply and are resent with each piece: the last one holds.
/// They are few, so that looking through a list is quicker than any map.
pub(super) fn replace(kept: &mut Vec<(String, Value)>, rest: Rest<'_>) {
    for (name, value) in rest.0 {
        match kept.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) if value.same(old) => {}
            Some((_, old)) => *old = value.into_value(),
            None => kept.push((name.into_owned(), value.into_value())),
        }
    }
}

/// Keeps fields of which each piece brings more: log probabilities, audio, details of reasoning.
pub(super) fn append(kept: &mut Map<String, Value>, rest: Rest<'_>) {
    for (name, value) in rest.0 {
        append_one(kept, &name, value.into_value());
    }
}

/// Keeps one such field.
pub(super) fn append_one(kept: &mut Map<String, Value>, name: &str, value: Value) {
    match kept.get_mut(name) {
        Some(old) => join(name, old, value),
        None => {
            kept.insert(name.to_owned(), value);
        }
    }
}

/// Lists and objects grow, and so do texts, unless they say what the object is.
fn join(name: &str, old: &mut Value, new: Value) {
    match (old, new) {
        (_, Value::Null) => {}
        // What a filter found in an earlier piece is not taken back by a later one.
        (Value::Bool(true), Value::Bool(false)) if matches!(name, "filtered" | "detected") => {}
        (Value::Array(old), Value::Array(new)) => old.extend(new),
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                append_one(old, &name, value);
            }
        }
        (Value::String(old), Value::String(new)) if !names_something(name) => old.push_str(&new),
        (old, new) => *old = new,
    }
}

fn names_something(name: &str) -> bool {
    matches!(name, "id" | "type" | "index" | "format" | "name" | "severity")
        || name.ends_with("_reason")
}

/// The value of a field that is neither known as a text nor null.
pub(super) fn other(value: Loose<'_>) -> Option<Value> {
    match value {
        Loose::Number(number) => Some(Value::Number(number)),
        Loose::Other(value) if *value != Value::Bool(false) => Some(*value),
        _ => None,
    }
}
