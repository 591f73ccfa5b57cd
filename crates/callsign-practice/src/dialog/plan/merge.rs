//! Merges the arguments of several clauses.

use serde_json::{Map, Value};

/// Whether two values cannot belong to one call. Objects conflict if a common field does.
pub(super) fn conflicts(known: &Value, value: &Value) -> bool {
    match (known, value) {
        (Value::Object(known), Value::Object(more)) => more
            .iter()
            .any(|(key, value)| known.get(key).is_some_and(|known| conflicts(known, value))),
        _ => known != value,
    }
}

/// Inserts `over` into `args`. Objects are merged field by field.
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
