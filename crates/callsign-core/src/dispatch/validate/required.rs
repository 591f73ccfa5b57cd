//! Keys that a schema requires and refuses.

use serde_json::Value;

use super::examples::{NAMED, SCHEMAS, below};
use super::fault::names;

/// Checks that no part of the schema requires a key that it does not let through.
///
/// # Errors
/// The first such key, with the place of the part: no arguments would ever be right.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    check_at(schema, "")
}

fn check_at(schema: &Value, place: &str) -> Result<(), String> {
    match schema {
        Value::Array(several) => {
            let mut several = several.iter().enumerate();
            several.try_for_each(|(at, one)| check_at(one, &below(place, &at.to_string())))
        }
        Value::Object(fields) => {
            if let Some(key) = refused(schema) {
                let properties = schema.get("properties").and_then(Value::as_object);
                let keys: Vec<_> = properties.into_iter().flat_map(|all| all.keys()).collect();
                let keys: Vec<_> = keys.into_iter().cloned().collect();
                let has = if keys.is_empty() { "none".to_owned() } else { names(&keys) };
                let place = if place.is_empty() { "it" } else { &format!("`{place}`") };
                return Err(format!(
                    "{place} requires `{key}`, refuses keys that are not among its properties, and \
                     has no such property: its properties are {has}"
                ));
            }
            fields.iter().try_for_each(|(keyword, value)| {
                let place = below(place, keyword);
                match value {
                    // What can't be right may be meant so there.
                    _ if ["if", "not"].contains(&&**keyword) => Ok(()),
                    _ if SCHEMAS.contains(&&**keyword) => check_at(value, &place),
                    Value::Object(named) if NAMED.contains(&&**keyword) => {
                        let mut named = named.iter();
                        named.try_for_each(|(name, it)| check_at(it, &below(&place, name)))
                    }
                    _ => Ok(()),
                }
            })
        }
        _ => Ok(()),
    }
}

/// A key that is required, in a schema that refuses it.
fn refused(schema: &Value) -> Option<&str> {
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
