//! Arguments of one part of a message over those of another.

use serde_json::{Map, Value};

/// Whether two values can't be of one call; objects clash where a field of theirs does.
pub(super) fn clash(known: &Value, value: &Value) -> bool {
    match (known, value) {
        (Value::Object(known), Value::Object(more)) => {
            more.iter().any(|(key, value)| known.get(key).is_some_and(|known| clash(known, value)))
        }
        _ => known != value,
    }
}

/// Puts arguments over others, field by field.
pub(super) fn merge(args: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (args.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (_, value) => {
                args.insert(key, value);
            }
        }
    }
}
