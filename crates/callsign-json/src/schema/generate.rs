//! JSON schemas of Rust types, without keywords that are of no use to a model.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::close::close_all;
use super::description::join_lines;

/// Returns the JSON schema (draft 2020-12) of a type, with its subschemas inlined.
///
/// Recursive types keep a reference to themselves, because they have no other form. The schemas
/// inside are closed, see [`close_all`]. The root stays as the type declares it: a type with a
/// flattened field has to be open.
///
/// ```
/// use callsign_json::schema::generate::schema;
/// use serde_json::json;
///
/// #[derive(schemars::JsonSchema)]
/// # #[allow(dead_code)]
/// struct Trip {
///     /// The destination.
///     to: String,
///     nights: Option<u8>,
/// }
///
/// let schema = schema::<Trip>();
/// let to = json!({ "type": "string", "description": "The destination." });
/// assert_eq!(schema["properties"]["to"], to);
/// assert_eq!(schema["required"], json!(["to"]));
/// ```
#[must_use]
pub fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(strip).transform(&mut schema);
    if schema.get("type").is_some_and(|kind| kind == "object") {
        // Some providers refuse an object without `properties`, even if it has none.
        schema.ensure_object().entry("properties").or_insert_with(|| json!({}));
    }
    let mut schema = schema.to_value();
    for part in ["properties", "$defs"] {
        let named = schema.get_mut(part).and_then(Value::as_object_mut);
        named.into_iter().flat_map(|named| named.values_mut()).for_each(close_all);
    }
    schema
}

/// Removes the names of Rust types, the number formats that JSON Schema does not define, and the
/// line breaks inside paragraphs of descriptions.
fn strip(schema: &mut Schema) {
    schema.remove("title");
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = join_lines(description);
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str) {
        let digits = format.trim_start_matches("uint").trim_start_matches("int");
        let is_width = digits.is_empty() || digits.chars().all(|c| c.is_ascii_digit());
        if is_width || format == "float" || format == "double" {
            schema.remove("format");
        }
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(replace_true);
    }
    if let Some(items) = schema.get_mut("items") {
        replace_true(items);
    }
}

/// Replaces the schema `true` with an empty object, because some providers refuse `true`.
fn replace_true(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
}
