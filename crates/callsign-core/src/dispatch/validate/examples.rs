//! The examples in a tool's schema, which have to keep to it.

use boon::{Compiler, Schemas};
use serde_json::Value;

use super::RESOURCE;
use super::collect::Collect;

/// The keywords whose value is a schema, or a list of them.
const SCHEMAS: [&str; 13] = [
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
const NAMED: [&str; 5] =
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
    find(root, &mut String::new(), &mut found);
    for (place, schema, examples) in found {
        let address = format!("{RESOURCE}#{}", encoded(&place));
        let compiled = compiler.compile(&address, schemas).map_err(|error| error.to_string())?;
        for (at, example) in examples.iter().enumerate() {
            if let Err(error) = schemas.validate(example, compiled) {
                // The addresses of what is inside begin at the root.
                let why = Collect::new(root, example).told(&error);
                let is_root = std::ptr::eq(root, schema);
                let of = if is_root { String::new() } else { format!(" of `{place}`") };
                return Err(format!("the example {example}{of} (`examples[{at}]`) breaks it: {why}"));
            }
        }
    }
    Ok(())
}

type Found<'a> = (String, &'a Value, &'a Vec<Value>);

/// Finds the schemas that have examples, each with its place as a JSON pointer.
fn find<'a>(schema: &'a Value, place: &mut String, found: &mut Vec<Found<'a>>) {
    let length = place.len();
    let mut inside = |key: &str, schema: &'a Value| {
        place.push('/');
        place.push_str(&key.replace('~', "~0").replace('/', "~1"));
        find(schema, place, found);
        place.truncate(length);
    };
    match schema {
        Value::Array(several) => {
            several.iter().enumerate().for_each(|(at, one)| inside(&at.to_string(), one));
        }
        Value::Object(fields) => {
            for (keyword, value) in fields {
                if SCHEMAS.contains(&&**keyword) {
                    inside(keyword, value);
                } else if NAMED.contains(&&**keyword)
                    && let Value::Object(named) = value
                {
                    for (name, schema) in named {
                        inside(&format!("{keyword}\u{0}{name}"), schema);
                    }
                }
            }
            if let Some(Value::Array(examples)) = fields.get("examples") {
                found.push((place.clone(), schema, examples));
            }
        }
        _ => {}
    }
}
