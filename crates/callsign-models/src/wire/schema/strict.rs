//! Schemas in the strict form of OpenAI's structured outputs.

use serde_json::{Map, Value, json};

/// The schema in the strict form: every object closed and all its properties required, those
/// that were optional nullable. `None` where it can't be said so, such as a map with keys of the
/// user's own.
///
/// The rules are those of OpenAI's guide to structured outputs.
pub(crate) fn strict(schema: &Value) -> Option<Value> {
    let mut schema = schema.clone();
    let fields = schema.as_object_mut()?;
    // A tool without arguments is often described by an object of which nothing is said.
    fields.entry("properties").or_insert_with(|| json!({}));
    close(&mut schema)?;
    Some(schema)
}

fn close(schema: &mut Value) -> Option<()> {
    let Value::Object(fields) = schema else {
        // `true` allows anything, which is more than the strict form can say.
        return None;
    };
    fields.remove("default");
    if let Some(one_of) = fields.remove("oneOf") {
        fields.insert("anyOf".to_owned(), one_of);
    }
    // A reference stands alone there; what is said beside it goes around it.
    if fields.len() > 1
        && let Some(reference) = fields.remove("$ref")
    {
        fields.insert("anyOf".to_owned(), json!([{ "$ref": reference }]));
    }
    for name in ["items", "not"] {
        fields.get_mut(name).map_or(Some(()), close)?;
    }
    for name in ["anyOf", "allOf", "prefixItems"] {
        let schemas = fields.get_mut(name).and_then(Value::as_array_mut);
        schemas.into_iter().flatten().try_for_each(close)?;
    }
    for name in ["$defs", "definitions"] {
        let schemas = fields.get_mut(name).and_then(Value::as_object_mut);
        schemas.into_iter().flat_map(Map::values_mut).try_for_each(close)?;
    }
    if is_object(fields) { close_object(fields) } else { says_something(fields) }
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
fn says_something(fields: &Map<String, Value>) -> Option<()> {
    let telling = ["type", "enum", "const", "anyOf", "allOf", "$ref"];
    telling.iter().any(|name| fields.contains_key(*name)).then_some(())
}

fn close_object(fields: &mut Map<String, Value>) -> Option<()> {
    let open = fields.get("additionalProperties").is_some_and(|others| *others != false);
    if open || fields.contains_key("patternProperties") {
        return None;
    }
    let required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    // An object of which no property is known could hold anything.
    let properties = fields.get_mut("properties")?.as_object_mut()?;
    for (name, property) in properties.iter_mut() {
        close(property)?;
        if !required.iter().any(|known| known == name) {
            allow_null(property);
        }
    }
    let names: Vec<Value> = properties.keys().map(|name| Value::from(&**name)).collect();
    fields.insert("required".to_owned(), names.into());
    fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    Some(())
}

/// Whether the schema allows null, as far as it says so itself.
pub(super) fn is_nullable(schema: &Value) -> bool {
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
    let plain =
        !["anyOf", "allOf", "$ref", "const", "enum"].iter().any(|name| schema.get(*name).is_some());
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
