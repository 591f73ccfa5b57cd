//! The JSON schema of a tool's arguments, without what says nothing to a model.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// The JSON schema (draft 2020-12) of a type, subschemas in their places.
///
/// Recursive types keep a reference to themselves, because they cannot be written otherwise.
#[must_use]
pub fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(strip).transform(&mut schema);
    if schema.get("type").is_some_and(|kind| kind == "object") {
        // Some services refuse an object that doesn't say that it has no properties.
        schema.ensure_object().entry("properties").or_insert_with(|| json!({}));
    }
    let mut schema = schema.to_value();
    // The arguments themselves say whether they are open: those with a flattened part have to be.
    for part in ["properties", "$defs"] {
        let named = schema.get_mut(part).and_then(Value::as_object_mut);
        named.into_iter().flat_map(|named| named.values_mut()).for_each(close);
    }
    schema
}

/// Leaves out Rust's names of types and number formats, which JSON Schema does not know.
fn strip(schema: &mut Schema) {
    schema.remove("title");
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        let digits = format.trim_start_matches("uint").trim_start_matches("int");
        let is_width = digits.is_empty() || digits.chars().all(|c| c.is_ascii_digit());
        if is_width || format == "float" || format == "double" {
            schema.remove("format");
        }
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(spell_out);
    }
    if let Some(items) = schema.get_mut("items") {
        spell_out(items);
    }
}

/// Writes the schema of any value as the empty object, because some services refuse `true`.
fn spell_out(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
}

/// Has every object inside refuse keys that it does not name, as the arguments themselves do.
///
/// An object that is put together from several schemas is left as it is, because each of them
/// knows only a part of the keys.
pub(crate) fn close(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    let is_open = !schema.contains_key("additionalProperties");
    let composed = ["allOf", "anyOf", "oneOf", "$ref"];
    if schema.contains_key("properties") {
        if composed.iter().any(|part| schema.contains_key(*part)) {
            return;
        }
        if is_open {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    for (keyword, inner) in schema.iter_mut() {
        match (keyword.as_str(), inner) {
            ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(close),
            ("anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
                all.iter_mut().for_each(close);
            }
            ("items" | "additionalProperties", inner) => close(inner),
            _ => {}
        }
    }
}
