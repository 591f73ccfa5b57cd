//! Removal of nulls that stand for absent properties.
//!
//! In strict form all properties are required. Those that were optional are nullable there, so that
//! a model writes null for a property that it leaves out.

mod matching;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::matching::{Matcher, NullHandling, is_required, property};

/// Removes the nulls of properties that are optional and not nullable by `schema`. Returns whether
/// there were any.
///
/// In a union, the first member that the value matches without such nulls decides. If the value
/// matches a member as it is, nothing is removed from it.
///
/// ```
/// use callsign_json::schema::nulls::remove_absent;
/// use serde_json::json;
///
/// let schema = json!({ "properties": {
///     "to": { "type": "string" },
///     "nights": { "type": ["integer", "null"] },
/// } });
/// let mut trip = json!({ "to": null, "nights": null });
/// assert!(remove_absent(&mut trip, &schema));
/// assert_eq!(trip, json!({ "nights": null }));
/// ```
pub fn remove_absent(value: &mut Value, schema: &Value) -> bool {
    has_null(value) && remove(value, schema, &mut Matcher::new(schema))
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

/// Removes the nulls in `value`. Returns whether there were any.
fn remove(value: &mut Value, schema: &Value, matcher: &mut Matcher<'_>) -> bool {
    let is_nested = matches!(value, Value::Array(_) | Value::Object(_));
    if !is_nested || !matcher.enter() {
        return false;
    }
    let mut removed = false;
    if let Some(target) = matcher.target(schema) {
        removed |= remove(value, target, matcher);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        removed |= remove(value, part, matcher);
    }
    for name in ["anyOf", "oneOf"] {
        let Some(members) = schema.get(name).and_then(Value::as_array) else { continue };
        if !members.iter().any(|member| matcher.matches(value, member, NullHandling::Literal))
            && let Some(member) =
                members.iter().find(|member| matcher.matches(value, member, NullHandling::AsAbsent))
        {
            removed |= remove(value, member, matcher);
        }
    }
    removed |= match value {
        Value::Array(items) => remove_in_items(items, schema, matcher),
        Value::Object(fields) => remove_in_fields(fields, schema, matcher),
        _ => false,
    };
    matcher.leave();
    removed
}

fn remove_in_items(items: &mut [Value], schema: &Value, matcher: &mut Matcher<'_>) -> bool {
    let Some(of) = schema.get("items") else { return false };
    items.iter_mut().fold(false, |removed, item| remove(item, of, matcher) | removed)
}

fn remove_in_fields(
    fields: &mut Map<String, Value>,
    schema: &Value,
    matcher: &mut Matcher<'_>,
) -> bool {
    let before = fields.len();
    fields.retain(|name, value| {
        let is_absent = value.is_null()
            && !is_required(schema, name)
            && property(schema, name).is_some_and(|schema| matcher.forbids_null(schema));
        !is_absent
    });
    let mut removed = fields.len() < before;
    for (name, value) in fields {
        removed |= property(schema, name).is_some_and(|schema| remove(value, schema, matcher));
    }
    removed
}
