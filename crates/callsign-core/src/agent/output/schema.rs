//! The schema of a structured output, in the form that providers accept.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::executor::output_spec::{OutputSchema, VALUE};

#[cfg(test)]
mod tests;

/// The path of a schema that refers to itself, after it is wrapped.
const WRAPPED_ROOT: &str = "#/$defs/answer";

/// Returns the output schema for `schema`, which is wrapped in an object if it does not describe
/// one.
pub(super) fn output_schema(name: &str, schema: Value) -> OutputSchema {
    let described = schema.get("description").and_then(Value::as_str);
    let description = described.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let is_wrapped = !is_object(&schema);
    let schema = if is_wrapped { wrapped(schema) } else { schema };
    OutputSchema { name: valid_name(name), description, schema: Arc::new(schema), is_wrapped }
}

/// Returns whether a schema describes an object at its root, without references or alternatives.
fn is_object(schema: &Value) -> bool {
    let other = ["$ref", "anyOf", "oneOf", "enum", "const"];
    schema.get("type").is_some_and(|kind| kind == "object")
        && other.iter().all(|name| schema.get(*name).is_none())
}

/// Returns the schema of an object whose one property has this schema.
fn wrapped(mut schema: Value) -> Value {
    let mut wrapper = json!({
        "type": "object",
        "properties": {},
        "required": [VALUE],
        "additionalProperties": false,
    });
    let mut definitions = Map::new();
    if refers_to_root(&schema) {
        // Moving the schema changes its path: its references to itself must follow.
        move_references(&mut schema, WRAPPED_ROOT);
        definitions.insert("answer".to_owned(), schema);
        schema = json!({ "$ref": WRAPPED_ROOT });
    } else if let Value::Object(fields) = &mut schema {
        for keyword in ["$defs", "$schema", "definitions"] {
            if let Some(definitions) = fields.remove(keyword) {
                wrapper[keyword] = definitions;
            }
        }
    }
    if !definitions.is_empty() {
        wrapper["$defs"] = Value::Object(definitions);
    }
    wrapper["properties"][VALUE] = schema;
    wrapper
}

/// Returns whether a schema has a reference into itself other than to its definitions.
fn refers_to_root(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(refers_to_root),
        Value::Object(fields) => fields.iter().any(|(name, field)| match field {
            Value::String(to) if name == "$ref" => {
                to.starts_with('#')
                    && !to.starts_with("#/$defs/")
                    && !to.starts_with("#/definitions/")
            }
            field => refers_to_root(field),
        }),
        _ => false,
    }
}

/// Rewrites the references of a schema into itself after its root has moved to `root`.
fn move_references(schema: &mut Value, root: &str) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| move_references(item, root)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(to) if name == "$ref" => {
                        if let Some(path) = to.strip_prefix('#') {
                            *to = format!("{root}{path}");
                        }
                    }
                    field => move_references(field, root),
                }
            }
        }
        _ => {}
    }
}

/// Returns the name in the form that providers accept: 1 to 64 characters of `A-Za-z0-9_-`.
fn valid_name(name: &str) -> String {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = name.chars().map(|c| if is_valid(c) { c } else { '_' }).take(64).collect();
    if name.is_empty() { "answer".to_owned() } else { name }
}
