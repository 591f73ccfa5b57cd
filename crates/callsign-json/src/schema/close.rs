//! Closed schemas: objects that allow no keys except those they name.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// The keywords with which an object is composed of several schemas. Each of them knows only a part
/// of the keys, so that none of them can refuse the others.
const COMPOSING: [&str; 4] = ["allOf", "anyOf", "oneOf", "$ref"];

/// The keywords with which an object says itself what other keys it allows.
const DECIDING: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

/// Closes an object schema, but not the schemas inside it.
///
/// Sets `additionalProperties` to false if the schema has `properties`. It stays as it is if it is
/// composed with `allOf`, `anyOf`, `oneOf` or `$ref`, or says itself what other keys it allows.
pub fn close_root(schema: &mut Value) {
    if let Value::Object(fields) = schema
        && composing_keyword(fields).is_none()
    {
        close_object(fields);
    }
}

/// Closes an object schema like [`close_root`], and all schemas inside it.
///
/// What is inside an object that is composed of several schemas stays as it is, too.
pub fn close_all(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if fields.contains_key("properties") && composing_keyword(fields).is_some() {
        return;
    }
    close_object(fields);
    for (keyword, inner) in fields.iter_mut() {
        match (keyword.as_str(), inner) {
            ("properties" | "$defs", Value::Object(named)) => {
                named.values_mut().for_each(close_all);
            }
            ("anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
                all.iter_mut().for_each(close_all);
            }
            ("items" | "additionalProperties", inner) => close_all(inner),
            _ => {}
        }
    }
}

/// Returns the keyword with which an object is composed of several schemas, if there is one.
pub(super) fn composing_keyword(fields: &Map<String, Value>) -> Option<&'static str> {
    COMPOSING.into_iter().find(|keyword| fields.contains_key(*keyword))
}

/// Closes an object that is not composed of several schemas.
pub(super) fn close_object(fields: &mut Map<String, Value>) {
    if fields.contains_key("properties") && !DECIDING.iter().any(|key| fields.contains_key(*key)) {
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}
