//! Fast path for schemas that are valid without being compiled.

use serde_json::{Map, Value};

/// The version of JSON Schema that derived schemas have.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Returns whether a schema has only the keywords of derived schemas, each with an allowed value.
/// Such a schema is valid. Other schemas may be valid, too.
///
/// The first compilation in a process reads the meta-schemas, which takes some milliseconds. That is
/// longer than anything else before the first request.
pub(super) fn is_valid(schema: &Value) -> bool {
    is_valid_in(schema, schema)
}

fn is_valid_in(schema: &Value, root: &Value) -> bool {
    match schema {
        Value::Bool(_) => true,
        Value::Object(keywords) => keywords.iter().all(|(name, value)| allows(name, value, root)),
        _ => false,
    }
}

/// Returns whether a keyword is known and may have this value.
fn allows(keyword: &str, value: &Value, root: &Value) -> bool {
    let inner = |schema: &Value| is_valid_in(schema, root);
    let named = |schemas: &Map<String, Value>| schemas.values().all(inner);
    match keyword {
        "$schema" => value == DIALECT,
        "title" | "description" | "format" | "$comment" => value.is_string(),
        "default" | "const" => true,
        "enum" => value.is_array(),
        "type" => is_type(value),
        "required" => value.as_array().is_some_and(|keys| are_unique(keys, &|_| true)),
        "properties" | "$defs" => value.as_object().is_some_and(named),
        "items" | "additionalProperties" | "not" => inner(value),
        "anyOf" | "oneOf" | "allOf" => {
            value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(inner))
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => value.is_number(),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            value.is_u64()
        }
        "uniqueItems" | "deprecated" | "readOnly" | "writeOnly" => value.is_boolean(),
        "$ref" => value.as_str().is_some_and(|reference| has_target(reference, root)),
        _ => false,
    }
}

fn is_type(value: &Value) -> bool {
    let is_known = |name: &str| TYPES.contains(&name);
    match value {
        Value::String(name) => is_known(name),
        Value::Array(names) => !names.is_empty() && are_unique(names, &is_known),
        _ => false,
    }
}

/// Returns whether the values are different strings that `is_allowed` accepts.
fn are_unique(values: &[Value], is_allowed: &dyn Fn(&str) -> bool) -> bool {
    values.iter().enumerate().all(|(index, value)| {
        value.as_str().is_some_and(is_allowed) && !values[..index].contains(value)
    })
}

/// Returns whether a reference in the notation of derived schemas has a target.
fn has_target(reference: &str, root: &Value) -> bool {
    let name = reference.strip_prefix("#/$defs/").unwrap_or_default();
    let is_simple = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.chars().all(is_simple)
        && root.get("$defs").is_some_and(|schemas| schemas.get(name).is_some())
}
