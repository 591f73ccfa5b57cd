//! Validation of the examples in a schema.

use std::fmt::Write as _;

use boon::{Compiler, Schemas};
use serde_json::Value;

use super::collect::Collector;
use super::{RESOURCE, invalid};

/// The keywords whose value is a schema or an array of schemas.
pub(super) const SCHEMAS: [&str; 13] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The keywords whose value is an object of named schemas.
pub(super) const NAMED_SCHEMAS: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Validates each example against its own subschema.
///
/// # Errors
/// Returns the first example that is not valid: a JSON Pointer to it and its violations.
pub(super) fn check(
    root: &Value,
    compiler: &mut Compiler,
    schemas: &mut Schemas,
) -> Result<(), String> {
    let mut found = Vec::new();
    find(root, "", &mut found);
    for (pointer, examples) in found {
        let url = format!("{RESOURCE}#{}", percent_encode(&pointer));
        let compiled =
            compiler.compile(&url, schemas).map_err(|error| invalid::reason(root, &error))?;
        for (index, example) in examples.iter().enumerate() {
            if let Err(error) = schemas.validate(example, compiled) {
                // The URLs of the errors begin at the root of the schema.
                let message = Collector::new(root, example).message(&error);
                return Err(format!(
                    "its example at `{pointer}/examples/{index}` is not valid: {message}"
                ));
            }
        }
    }
    Ok(())
}

/// A JSON Pointer to a subschema, and its examples.
type Found<'a> = (String, &'a Vec<Value>);

/// Finds the subschemas with examples.
fn find<'a>(schema: &'a Value, pointer: &str, found: &mut Vec<Found<'a>>) {
    match schema {
        Value::Array(schemas) => {
            for (index, schema) in schemas.iter().enumerate() {
                find(schema, &append(pointer, &index.to_string()), found);
            }
        }
        Value::Object(fields) => {
            for (keyword, value) in fields {
                let pointer = append(pointer, keyword);
                if SCHEMAS.contains(&&**keyword) {
                    find(value, &pointer, found);
                } else if NAMED_SCHEMAS.contains(&&**keyword)
                    && let Value::Object(named) = value
                {
                    named.iter().for_each(|(name, it)| find(it, &append(&pointer, name), found));
                }
            }
            if let Some(Value::Array(examples)) = fields.get("examples") {
                found.push((pointer.to_owned(), examples));
            }
        }
        _ => {}
    }
}

/// Appends a key to a JSON Pointer.
pub(super) fn append(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Encodes a JSON Pointer as the fragment of a URL.
fn percent_encode(pointer: &str) -> String {
    let mut fragment = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            fragment.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(fragment, "%{byte:02X}");
        }
    }
    fragment
}
