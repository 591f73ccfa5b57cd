//! Schemas in the strict form of OpenAI's structured outputs.

use serde_json::{Map, Value, json};

use super::inlined::target;
use super::unsayable::Unsayable;

/// Keywords that the strict form doesn't know, or that say what it can't.
const UNKNOWN: [&str; 22] = [
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "allOf",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "not",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// The values of `format` that the strict form knows.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// How many references the root may be away from what it stands for; more are a circle.
const MOST_HOPS: usize = 16;

/// The schema in the strict form: every object closed and all its properties required, those
/// that were optional nullable.
///
/// The rules are those of OpenAI's guide to structured outputs.
///
/// # Errors
/// What can't be said so, such as a map with keys of the user's own, a union at the root, or a
/// format that the service doesn't know.
pub(crate) fn strict(schema: &Value) -> Result<Value, Unsayable> {
    let mut schema = root(schema)?;
    close(&mut schema)?;
    // A reference into a place that the strict form has moved would point to nothing.
    all_point_somewhere(&schema, &schema)?;
    Ok(schema)
}

/// The root as the object that it has to be, with what it refers to in its place.
fn root(schema: &Value) -> Result<Value, Unsayable> {
    let no_object = || Unsayable::new("type", "is not that of an object");
    let astray = || Unsayable::new("$ref", "points to no object in the schema");
    let mut fields = schema.as_object().ok_or_else(no_object)?.clone();
    for _ in 0..MOST_HOPS {
        let Some(reference) = fields.remove("$ref") else { break };
        let to = reference.as_str().and_then(|reference| target(schema, reference));
        let mut to = to.and_then(Value::as_object).ok_or_else(astray)?.clone();
        for (name, field) in fields {
            // What narrows the type that is referred to would have to be merged with it.
            let beside = ["$defs", "definitions", "$schema", "$id", "$comment", "title"];
            if name != "description" && !beside.contains(&&*name) {
                return Err(Unsayable::new(&name, "stands beside a `$ref`"));
            }
            to.insert(name, field);
        }
        fields = to;
    }
    let other = ["$ref", "anyOf", "oneOf", "allOf", "enum", "const"];
    if let Some(keyword) = other.into_iter().find(|name| fields.contains_key(*name)) {
        return Err(Unsayable::new(keyword, "is said of the arguments as a whole"));
    }
    // A tool without arguments is often described by an object of which nothing is said.
    fields.entry("properties").or_insert_with(|| json!({}));
    let is = fields.entry("type").or_insert_with(|| "object".into());
    if is == "object" { Ok(Value::Object(fields)) } else { Err(no_object()) }
}

fn close(schema: &mut Value) -> Result<(), Unsayable> {
    let Value::Object(fields) = schema else {
        // `true` allows anything, which is more than the strict form can say.
        return Err(Unsayable::new("type", "is not said"));
    };
    fields.remove("default");
    may_be_said(fields)?;
    if let Some(one_of) = fields.remove("oneOf") {
        put_any_of(fields, one_of, "oneOf")?;
    }
    // A reference stands alone there; what is said beside it goes around it.
    if fields.len() > 1
        && let Some(reference) = fields.remove("$ref")
    {
        put_any_of(fields, json!([{ "$ref": reference }]), "$ref")?;
    }
    // A list of which nothing is said could hold anything.
    if has_type(fields.get("type"), "array") && !fields.contains_key("items") {
        return Err(Unsayable::new("items", "is not said"));
    }
    if let Some(items) = fields.get_mut("items") {
        close(items).map_err(|it| it.below("items"))?;
    }
    let members = fields.get_mut("anyOf").and_then(Value::as_array_mut);
    for (at, member) in members.into_iter().flatten().enumerate() {
        close(member).map_err(|it| it.below(&at.to_string()).below("anyOf"))?;
    }
    for keyword in ["$defs", "definitions"] {
        let schemas = fields.get_mut(keyword).and_then(Value::as_object_mut);
        for (name, schema) in schemas.into_iter().flatten() {
            close(schema).map_err(|it| it.below(name).below(keyword))?;
        }
    }
    if is_object(fields) { close_object(fields) } else { says_something(fields) }
}

/// Whether each keyword has a place in the strict form.
fn may_be_said(fields: &Map<String, Value>) -> Result<(), Unsayable> {
    if fields.get("additionalProperties").is_some_and(|others| *others != false) {
        return Err(Unsayable::new("additionalProperties", "allows keys of the model's own"));
    }
    if let Some(keyword) = UNKNOWN.into_iter().find(|name| fields.contains_key(*name)) {
        return Err(Unsayable::new(keyword, "is not known there"));
    }
    let format = fields.get("format").map(|format| format.as_str().unwrap_or_default());
    match format {
        Some(format) if !FORMATS.contains(&format) => {
            Err(Unsayable::new("format", "is one that is not known there"))
        }
        _ => Ok(()),
    }
}

/// Two unions that both hold can't be said.
fn put_any_of(
    fields: &mut Map<String, Value>,
    union: Value,
    keyword: &str,
) -> Result<(), Unsayable> {
    match fields.insert("anyOf".to_owned(), union) {
        None => Ok(()),
        Some(_) => Err(Unsayable::new(keyword, "stands beside an `anyOf`")),
    }
}

fn all_point_somewhere(value: &Value, root: &Value) -> Result<(), Unsayable> {
    match value {
        Value::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| {
            all_point_somewhere(item, root).map_err(|it| it.below(&at.to_string()))
        }),
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| match field {
            Value::String(reference) if name == "$ref" && target(root, reference).is_none() => {
                Err(Unsayable::new("$ref", "points to no place in the schema"))
            }
            field => all_point_somewhere(field, root).map_err(|it| it.below(name)),
        }),
        _ => Ok(()),
    }
}

fn is_object(fields: &Map<String, Value>) -> bool {
    fields.contains_key("properties") || has_type(fields.get("type"), "object")
}

fn has_type(said: Option<&Value>, name: &str) -> bool {
    match said {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// A schema that allows everything has no strict form.
fn says_something(fields: &Map<String, Value>) -> Result<(), Unsayable> {
    let telling = ["type", "enum", "const", "anyOf", "$ref"];
    if telling.iter().any(|name| fields.contains_key(*name)) {
        return Ok(());
    }
    Err(Unsayable::new("type", "is not said"))
}

fn close_object(fields: &mut Map<String, Value>) -> Result<(), Unsayable> {
    // Closed, the object and the members of a union beside it would shut out each other.
    if fields.contains_key("anyOf") {
        return Err(Unsayable::new("anyOf", "stands beside an object's own properties"));
    }
    let required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    // An object of which no property is known could hold anything.
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    let properties = properties.ok_or_else(|| Unsayable::new("properties", "is not said"))?;
    for (name, property) in properties.iter_mut() {
        close(property).map_err(|it| it.below(name).below("properties"))?;
        if !required.iter().any(|known| known == name) {
            allow_null(property);
        }
    }
    let names: Vec<Value> = properties.keys().map(|name| Value::from(&**name)).collect();
    fields.entry("type").or_insert_with(|| "object".into());
    fields.insert("required".to_owned(), names.into());
    fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    Ok(())
}

/// Whether the schema allows null, as far as it says so itself.
fn is_nullable(schema: &Value) -> bool {
    let any_of = ["anyOf", "oneOf"].iter().filter_map(|name| schema.get(*name)?.as_array());
    has_type(schema.get("type"), "null")
        || schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|all| all.contains(&Value::Null))
        || any_of.flatten().any(is_nullable)
}

fn allow_null(schema: &mut Value) {
    if is_nullable(schema) {
        return;
    }
    let plain = !["anyOf", "$ref", "const", "enum"].iter().any(|name| schema.get(*name).is_some());
    match schema.get_mut("type") {
        Some(Value::Array(types)) if plain => types.push("null".into()),
        Some(one) if plain => *one = json!([one.take(), "null"]),
        _ => {
            let mut around = Map::new();
            let description = schema.as_object_mut().and_then(|it| it.remove("description"));
            around.extend(description.map(|text| ("description".to_owned(), text)));
            around.insert("anyOf".to_owned(), json!([schema.take(), { "type": "null" }]));
            *schema = Value::Object(around);
        }
    }
}
