//! The examples in a tool's schema, which have to keep to it.

use std::fmt::Write as _;

use boon::{Compiler, Schemas};
use serde_json::Value;

use super::collect::Collect;
use super::{RESOURCE, invalid};

/// The keywords whose value is a schema, or a list of them.
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

/// The keywords whose value has schemas under names of the user's own.
pub(super) const NAMED: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Checks each example against the schema that it stands in.
///
/// # Errors
/// The first example that breaks its schema, with its place and what is wrong with it.
pub(super) fn check(
    root: &Value,
    compiler: &mut Compiler,
    schemas: &mut Schemas,
) -> Result<(), String> {
    let mut found = Vec::new();
    find(root, "", &mut found);
    for (place, examples) in found {
        let address = format!("{RESOURCE}#{}", encoded(&place));
        let compiled =
            compiler.compile(&address, schemas).map_err(|error| invalid::why(root, &error))?;
        for (at, example) in examples.iter().enumerate() {
            if let Err(error) = schemas.validate(example, compiled) {
                // The addresses of what is inside begin at the root.
                let why = Collect::new(root, example).told(&error);
                return Err(format!("its example `{place}/examples/{at}` breaks it: {why}"));
            }
        }
    }
    Ok(())
}

type Found<'a> = (String, &'a Vec<Value>);

/// Finds the schemas that have examples, each with its place as a JSON pointer.
fn find<'a>(schema: &'a Value, place: &str, found: &mut Vec<Found<'a>>) {
    match schema {
        Value::Array(several) => {
            for (at, one) in several.iter().enumerate() {
                find(one, &below(place, &at.to_string()), found);
            }
        }
        Value::Object(fields) => {
            for (keyword, value) in fields {
                let place = below(place, keyword);
                if SCHEMAS.contains(&&**keyword) {
                    find(value, &place, found);
                } else if NAMED.contains(&&**keyword)
                    && let Value::Object(named) = value
                {
                    named.iter().for_each(|(name, it)| find(it, &below(&place, name), found));
                }
            }
            if let Some(Value::Array(examples)) = fields.get("examples") {
                found.push((place.to_owned(), examples));
            }
        }
        _ => {}
    }
}

pub(super) fn below(place: &str, key: &str) -> String {
    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A pointer as the fragment of an address.
fn encoded(pointer: &str) -> String {
    let mut address = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}
