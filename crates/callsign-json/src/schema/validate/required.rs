//! Check for keys that a schema requires but does not allow.

use serde_json::Value;

use super::examples::{NAMED_SCHEMAS, SCHEMAS, append};
use super::violation::list_keys;

/// Checks that no subschema requires a key that it does not allow. No value would be valid.
///
/// # Errors
/// Returns the first such key, and a JSON Pointer to its subschema.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    check_at(schema, "")
}

fn check_at(schema: &Value, pointer: &str) -> Result<(), String> {
    match schema {
        Value::Array(schemas) => {
            let mut schemas = schemas.iter().enumerate();
            schemas.try_for_each(|(index, schema)| {
                check_at(schema, &append(pointer, &index.to_string()))
            })
        }
        Value::Object(fields) => {
            if let Some(key) = refused_key(schema) {
                return Err(message(schema, pointer, key));
            }
            fields.iter().try_for_each(|(keyword, value)| {
                let pointer = append(pointer, keyword);
                match value {
                    // A schema that no value matches may be intended there.
                    _ if ["if", "not"].contains(&&**keyword) => Ok(()),
                    _ if SCHEMAS.contains(&&**keyword) => check_at(value, &pointer),
                    Value::Object(named) if NAMED_SCHEMAS.contains(&&**keyword) => {
                        let mut named = named.iter();
                        named.try_for_each(|(name, it)| check_at(it, &append(&pointer, name)))
                    }
                    _ => Ok(()),
                }
            })
        }
        _ => Ok(()),
    }
}

fn message(schema: &Value, pointer: &str, key: &str) -> String {
    let properties = schema.get("properties").and_then(Value::as_object);
    let keys: Vec<_> = properties.into_iter().flat_map(|all| all.keys().cloned()).collect();
    let keys = if keys.is_empty() { "none".to_owned() } else { list_keys(&keys) };
    let schema = if pointer.is_empty() { "it" } else { &format!("`{pointer}`") };
    format!(
        "{schema} requires the key `{key}`, but does not allow it: `additionalProperties` is \
         false, and the keys in `properties` are {keys}"
    )
}

/// Returns a key that a schema requires, but does not allow.
fn refused_key(schema: &Value) -> Option<&str> {
    if schema.get("additionalProperties") != Some(&Value::Bool(false))
        || schema.get("patternProperties").is_some()
    {
        return None;
    }
    let properties = schema.get("properties");
    let required = schema.get("required")?.as_array()?.iter().filter_map(Value::as_str);
    let mut refused = required.filter(|key| properties.and_then(|all| all.get(key)).is_none());
    refused.next()
}
