//! The schema of a typed answer, as services want it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::run::answer::{AnswerSchema, VALUE};

#[cfg(test)]
mod tests;

/// What the keys of a schema mean that says what an answer is, where OpenAI's strict form knows
/// them; it refuses others.
const STRICT: [&str; 19] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "required",
];

/// The values of `format` that it knows.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The schema of an answer of this name: in an object, where it is none by itself.
pub(super) fn answer_schema(name: &str, schema: Value) -> AnswerSchema {
    let described = schema.get("description").and_then(Value::as_str);
    let description = described.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let is_wrapped = !is_object(&schema);
    let schema = if is_wrapped { wrapped(schema) } else { schema };
    let mut strict = schema.clone();
    let strict = strictly(&mut strict, true).then(|| Arc::new(strict));
    let schema = Arc::new(schema);
    AnswerSchema { name: wire_name(name), description, schema, strict, is_wrapped }
}

/// Whether it is the schema of objects and says so itself.
fn is_object(schema: &Value) -> bool {
    let other = ["$ref", "anyOf", "oneOf", "enum", "const"];
    schema.get("type").is_some_and(|kind| kind == "object")
        && other.iter().all(|name| schema.get(*name).is_none())
}

/// The schema of an object whose one member is this.
fn wrapped(mut schema: Value) -> Value {
    let mut around = json!({
        "type": "object",
        "properties": {},
        "required": [VALUE],
        "additionalProperties": false,
    });
    let mut named = Map::new();
    if points_elsewhere(&schema) {
        // What points to the root, or to a place in it, is to find it still.
        point_to(&mut schema, "#/$defs/answer");
        named.insert("answer".to_owned(), schema);
        schema = json!({ "$ref": "#/$defs/answer" });
    } else if let Value::Object(fields) = &mut schema {
        for place in ["$defs", "definitions"] {
            if let Some(definitions) = fields.remove(place) {
                around[place] = definitions;
            }
        }
    }
    if !named.is_empty() {
        around["$defs"] = Value::Object(named);
    }
    around["properties"][VALUE] = schema;
    around
}

/// Whether it points to a place in itself that would be elsewhere once it is inside another.
fn points_elsewhere(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(points_elsewhere),
        Value::Object(fields) => fields.iter().any(|(name, field)| match field {
            Value::String(to) if name == "$ref" => {
                to.starts_with('#')
                    && !to.starts_with("#/$defs/")
                    && !to.starts_with("#/definitions/")
            }
            field => points_elsewhere(field),
        }),
        _ => false,
    }
}

fn point_to(schema: &mut Value, root: &str) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| point_to(item, root)),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(to) if name == "$ref" => {
                        if let Some(place) = to.strip_prefix('#') {
                            *to = format!("{root}{place}");
                        }
                    }
                    field => point_to(field, root),
                }
            }
        }
        _ => {}
    }
}

/// Puts a schema into OpenAI's strict form, as far as nothing is meant otherwise by it: what may
/// be left out and may be null as well is always there. Whether it could be.
fn strictly(schema: &mut Value, is_root: bool) -> bool {
    let Value::Object(fields) = schema else { return false };
    fields.remove("default");
    // The answer is checked against the schema as it is, so that one of them is enough here.
    if let Some(one_of) = fields.remove("oneOf")
        && fields.insert("anyOf".to_owned(), one_of).is_some()
    {
        return false;
    }
    let known = |name: &&String| STRICT.contains(&name.as_str()) || *name == "type";
    let format = fields.get("format").map(|format| format.as_str().unwrap_or_default());
    if fields.keys().any(|name| !known(&name))
        || format.is_some_and(|format| !FORMATS.contains(&format))
        || (fields.contains_key("$ref") && (fields.len() > 1 || is_root))
    {
        return false;
    }
    let telling = ["type", "enum", "const", "anyOf", "$ref"];
    let has_type = |name: &str| says_type(fields.get("type"), name);
    let is_object = has_type("object") || fields.contains_key("properties");
    if !telling.iter().any(|name| fields.contains_key(*name))
        || (has_type("array") && !fields.contains_key("items"))
        || (is_object && fields.contains_key("anyOf"))
    {
        return false;
    }
    let inside = fields.iter_mut().all(|(name, field)| match (name.as_str(), field) {
        ("items", items) => strictly(items, false),
        ("anyOf", Value::Array(all)) => all.iter_mut().all(|schema| strictly(schema, false)),
        ("$defs" | "properties", Value::Object(named)) => {
            named.values_mut().all(|schema| strictly(schema, false))
        }
        _ => true,
    });
    inside && (!is_object || require_all(fields))
}

/// Has an object require all that it may have, where what was optional may be null.
fn require_all(fields: &mut Map<String, Value>) -> bool {
    if fields.get("additionalProperties") != Some(&Value::Bool(false)) {
        return false;
    }
    let required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = fields.get("properties").and_then(Value::as_object) else {
        return false;
    };
    let is_fine = |(name, schema): (&String, &Value)| {
        required.iter().any(|known| *known == **name) || is_nullable(schema)
    };
    if !properties.iter().all(is_fine) {
        return false;
    }
    let names: Vec<Value> = properties.keys().map(|name| Value::from(&**name)).collect();
    fields.insert("required".to_owned(), names.into());
    true
}

fn is_nullable(schema: &Value) -> bool {
    let any_of = schema.get("anyOf").and_then(Value::as_array);
    says_type(schema.get("type"), "null") || any_of.into_iter().flatten().any(is_nullable)
}

fn says_type(said: Option<&Value>, name: &str) -> bool {
    match said {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// The name, as the wire takes it: 1 to 64 of `A-Za-z0-9_-`.
fn wire_name(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).take(64).collect();
    if name.is_empty() { "answer".to_owned() } else { name }
}
