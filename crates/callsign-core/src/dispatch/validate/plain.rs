//! Schemas of which it is plain to see that they are valid.

use serde_json::{Map, Value};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Whether a schema is valid, seen without compiling it: of the keywords that functions' signatures
/// come to, each with a value that it may have. Any other may be valid as well.
///
/// The first compilation of a process reads the dialect's own schemas, which takes some
/// milliseconds: longer than all else that a process does before its first request.
pub(super) fn is_plain(schema: &Value) -> bool {
    is_plain_in(schema, schema)
}

fn is_plain_in(schema: &Value, root: &Value) -> bool {
    match schema {
        Value::Bool(_) => true,
        Value::Object(keywords) => keywords.iter().all(|(name, value)| allows(name, value, root)),
        _ => false,
    }
}

/// Whether a keyword may have this value.
fn allows(keyword: &str, value: &Value, root: &Value) -> bool {
    let inner = |schema: &Value| is_plain_in(schema, root);
    let named = |schemas: &Map<String, Value>| schemas.values().all(inner);
    match keyword {
        "$schema" => value == DIALECT,
        "title" | "description" | "format" | "$comment" => value.is_string(),
        "default" | "const" => true,
        "enum" => value.is_array(),
        "type" => is_type(value),
        "required" => value.as_array().is_some_and(|keys| are_names(keys, &|_| true)),
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
        "$ref" => value.as_str().is_some_and(|place| leads_somewhere(place, root)),
        _ => false,
    }
}

fn is_type(value: &Value) -> bool {
    let is_known = |name: &str| TYPES.contains(&name);
    match value {
        Value::String(name) => is_known(name),
        Value::Array(names) => !names.is_empty() && are_names(names, &is_known),
        _ => false,
    }
}

/// Whether these are such texts, each of them once.
fn are_names(values: &[Value], fits: &dyn Fn(&str) -> bool) -> bool {
    values
        .iter()
        .enumerate()
        .all(|(at, value)| value.as_str().is_some_and(fits) && !values[..at].contains(value))
}

/// Whether there is a schema at this place, written as schemas that are derived write it.
fn leads_somewhere(place: &str, root: &Value) -> bool {
    let name = place.strip_prefix("#/$defs/").unwrap_or_default();
    let is_simple = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.chars().all(is_simple)
        && root.get("$defs").is_some_and(|schemas| schemas.get(name).is_some())
}
