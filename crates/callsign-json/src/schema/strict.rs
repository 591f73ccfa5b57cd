//! Strict form of schemas, in which providers can enforce them.

mod unsupported;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub use self::unsupported::UnsupportedKeyword;
use super::close::{close_object, composing_keyword};
use super::reference::resolve;

/// The maximum number of chained references at the root. A longer chain is taken for a cycle.
const MAX_ROOT_REFERENCES: usize = 16;

/// What a provider supports in strict form, and what the conversion may change.
#[derive(Clone, Copy, Debug)]
pub struct StrictRules {
    /// The keywords that the provider supports.
    pub keywords: Keywords,
    /// The values of `format` that the provider supports.
    pub formats: &'static [&'static str],
    /// Whether the strict schema must allow no other values than the schema.
    ///
    /// If not, the conversion closes open objects and makes optional properties nullable. A null
    /// then stands for an absent property, and the caller has to remove it from the values.
    pub same_values: bool,
    /// Whether optional properties become nullable even if `same_values` is set. The caller has to
    /// remove these nulls from the values, see [`remove_absent`](super::nulls::remove_absent).
    pub absent_as_null: bool,
}

impl StrictRules {
    fn keep_absent(&self) -> bool {
        self.same_values && !self.absent_as_null
    }
}

/// A set of keywords.
#[derive(Clone, Copy, Debug)]
pub enum Keywords {
    /// These keywords. `oneOf` does not count, because it becomes `anyOf`.
    Only(&'static [&'static str]),
    /// All keywords except these.
    Except(&'static [&'static str]),
}

/// Converts the schema of an object to strict form.
///
/// All properties become required, and properties that were optional are nullable. `oneOf` becomes
/// `anyOf`. Defaults are removed.
///
/// # Errors
/// Returns the keyword that has no strict form, such as a map with arbitrary keys, a union at the
/// root, or an unsupported `format`.
pub fn to_strict(schema: &Value, rules: &StrictRules) -> Result<Value, UnsupportedKeyword> {
    let mut converted = root(schema, rules)?;
    convert(&mut converted, rules)?;
    if !rules.keep_absent() {
        // The conversion moves subschemas, so a reference into one may have lost its target.
        let had_target = |to: &str| !rules.same_values || resolve(schema, to).is_some();
        check_references(&converted, &converted, &had_target)?;
    }
    Ok(converted)
}

/// Returns the root, which must be an object, with its reference resolved.
fn root(schema: &Value, rules: &StrictRules) -> Result<Value, UnsupportedKeyword> {
    let not_an_object = || UnsupportedKeyword::new("type", "is not \"object\"");
    let mut fields = schema.as_object().ok_or_else(not_an_object)?.clone();
    if !rules.same_values {
        fields = resolve_root(fields, schema)?;
    }
    let rejected = ["$ref", "anyOf", "oneOf", "allOf", "enum", "const"];
    if let Some(keyword) = rejected.into_iter().find(|name| fields.contains_key(*name)) {
        return Err(UnsupportedKeyword::new(keyword, "is not supported"));
    }
    if !rules.same_values {
        // A tool without arguments is often described by an object schema without `properties`.
        fields.entry("properties").or_insert_with(|| json!({}));
        fields.entry("type").or_insert_with(|| "object".into());
    }
    let is_object = fields.get("type").is_some_and(|root_type| root_type == "object");
    if is_object { Ok(Value::Object(fields)) } else { Err(not_an_object()) }
}

/// Replaces a reference at the root by its target.
fn resolve_root(
    mut fields: Map<String, Value>,
    schema: &Value,
) -> Result<Map<String, Value>, UnsupportedKeyword> {
    let unresolved = || UnsupportedKeyword::new("$ref", "does not refer to an object schema");
    for _ in 0..MAX_ROOT_REFERENCES {
        let Some(reference) = fields.remove("$ref") else { break };
        let target = reference.as_str().and_then(|reference| resolve(schema, reference));
        let mut target = target.and_then(Value::as_object).ok_or_else(unresolved)?.clone();
        for (name, field) in fields {
            // Other keywords would have to be merged with the target.
            let allowed = ["$defs", "definitions", "$schema", "$id", "$comment", "title"];
            if name != "description" && !allowed.contains(&&*name) {
                return Err(UnsupportedKeyword::new(&name, "cannot be combined with `$ref`"));
            }
            target.insert(name, field);
        }
        fields = target;
    }
    Ok(fields)
}

/// Converts a schema to strict form in place.
fn convert(schema: &mut Value, rules: &StrictRules) -> Result<(), UnsupportedKeyword> {
    let Value::Object(fields) = schema else {
        // `true` allows every value, which has no strict form.
        return Err(UnsupportedKeyword::new("type", "is missing"));
    };
    fields.remove("default");
    if let Some(one_of) = fields.remove("oneOf") {
        insert_any_of(fields, one_of, "oneOf")?;
    }
    let is_object = fields.contains_key("properties") || has_type(fields.get("type"), "object");
    check_keywords(fields, rules)?;
    check_additional_properties(fields, is_object, rules)?;
    // Strict mode allows no keywords next to `$ref`, so the reference moves into an `anyOf`.
    if fields.len() > 1
        && let Some(reference) = fields.remove("$ref")
    {
        if rules.same_values {
            return Err(UnsupportedKeyword::new("$ref", "cannot be combined with other keywords"));
        }
        insert_any_of(fields, json!([{ "$ref": reference }]), "$ref")?;
    }
    // An array without `items` allows every item, which has no strict form.
    if has_type(fields.get("type"), "array") && !fields.contains_key("items") {
        return Err(UnsupportedKeyword::new("items", "is missing"));
    }
    if let Some(items) = fields.get_mut("items") {
        convert(items, rules).map_err(|it| it.under("items"))?;
    }
    let members = fields.get_mut("anyOf").and_then(Value::as_array_mut);
    for (index, member) in members.into_iter().flatten().enumerate() {
        convert(member, rules).map_err(|it| it.under(&index.to_string()).under("anyOf"))?;
    }
    for keyword in ["$defs", "definitions"] {
        let schemas = fields.get_mut(keyword).and_then(Value::as_object_mut);
        for (name, schema) in schemas.into_iter().flatten() {
            convert(schema, rules).map_err(|it| it.under(name).under(keyword))?;
        }
    }
    if is_object && !rules.same_values {
        fields.entry("type").or_insert_with(|| "object".into());
    }
    check_constrained(fields)?;
    if is_object { convert_object(fields, rules) } else { Ok(()) }
}

/// Checks that the provider supports all keywords.
fn check_keywords(
    fields: &Map<String, Value>,
    rules: &StrictRules,
) -> Result<(), UnsupportedKeyword> {
    let is_supported = |name: &str| match rules.keywords {
        Keywords::Only(supported) => supported.contains(&name),
        Keywords::Except(unsupported) => !unsupported.contains(&name),
    };
    if let Some(keyword) = fields.keys().find(|name| !is_supported(name)) {
        return Err(UnsupportedKeyword::new(keyword, "is not supported"));
    }
    let format = fields.get("format").map(|format| format.as_str().unwrap_or_default());
    match format {
        Some(format) if !rules.formats.contains(&format) => {
            Err(UnsupportedKeyword::new("format", "has an unsupported value"))
        }
        _ => Ok(()),
    }
}

fn check_additional_properties(
    fields: &Map<String, Value>,
    is_object: bool,
    rules: &StrictRules,
) -> Result<(), UnsupportedKeyword> {
    let is_open = match fields.get("additionalProperties") {
        None => is_object && rules.same_values,
        Some(additional) => *additional != false && (is_object || !rules.same_values),
    };
    if is_open {
        return Err(UnsupportedKeyword::new("additionalProperties", "allows arbitrary keys"));
    }
    Ok(())
}

/// Adds an `anyOf`. Strict mode cannot express two unions that both apply.
fn insert_any_of(
    fields: &mut Map<String, Value>,
    union: Value,
    keyword: &str,
) -> Result<(), UnsupportedKeyword> {
    match fields.insert("anyOf".to_owned(), union) {
        None => Ok(()),
        Some(_) => Err(UnsupportedKeyword::new(keyword, "cannot be combined with `anyOf`")),
    }
}

/// Checks that every reference that `had_target` accepts has a target.
fn check_references(
    value: &Value,
    root: &Value,
    had_target: &dyn Fn(&str) -> bool,
) -> Result<(), UnsupportedKeyword> {
    match value {
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            check_references(item, root, had_target).map_err(|it| it.under(&index.to_string()))
        }),
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| match field {
            Value::String(to)
                if name == "$ref" && resolve(root, to).is_none() && had_target(to) =>
            {
                Err(UnsupportedKeyword::new("$ref", "has no target in the converted schema"))
            }
            field => check_references(field, root, had_target).map_err(|it| it.under(name)),
        }),
        _ => Ok(()),
    }
}

fn has_type(types: Option<&Value>, name: &str) -> bool {
    match types {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(all)) => all.iter().any(|one| one == name),
        _ => false,
    }
}

/// Rejects a schema that allows every value, because it has no strict form.
fn check_constrained(fields: &Map<String, Value>) -> Result<(), UnsupportedKeyword> {
    let constraints = ["type", "enum", "const", "anyOf", "$ref"];
    if constraints.iter().any(|name| fields.contains_key(*name)) {
        return Ok(());
    }
    Err(UnsupportedKeyword::new("type", "is missing"))
}

/// Closes an object schema, and makes all its properties required.
fn convert_object(
    fields: &mut Map<String, Value>,
    rules: &StrictRules,
) -> Result<(), UnsupportedKeyword> {
    // Once closed, the object and the members of the union would reject each other's properties.
    if let Some(keyword) = composing_keyword(fields) {
        return Err(UnsupportedKeyword::new(keyword, "cannot be combined with `properties`"));
    }
    let required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    // An object without `properties` allows arbitrary keys, which has no strict form.
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    let properties =
        properties.ok_or_else(|| UnsupportedKeyword::new("properties", "is missing"))?;
    for (name, property) in properties.iter_mut() {
        let mut converted = convert(property, rules);
        if converted.is_ok() && !required.iter().any(|known| known == name) {
            converted = convert_optional(property, rules);
        }
        converted.map_err(|it| it.under(name).under("properties"))?;
    }
    let names: Vec<Value> = properties.keys().map(|name| Value::from(&**name)).collect();
    fields.insert("required".to_owned(), names.into());
    close_object(fields);
    Ok(())
}

/// Makes an optional property nullable, so that it can be required.
fn convert_optional(schema: &mut Value, rules: &StrictRules) -> Result<(), UnsupportedKeyword> {
    if is_nullable(schema, rules) {
        return Ok(());
    }
    if rules.keep_absent() {
        return Err(UnsupportedKeyword::new("type", "of an optional property does not allow null"));
    }
    allow_null(schema);
    Ok(())
}

/// Returns whether the schema itself allows null. References are not followed.
fn is_nullable(schema: &Value, rules: &StrictRules) -> bool {
    let any_of = schema.get("anyOf").and_then(Value::as_array);
    let in_enum = |all: &Vec<Value>| all.contains(&Value::Null);
    has_type(schema.get("type"), "null")
        // A `type` next to the `enum` may still exclude null.
        || (!rules.same_values && schema.get("enum").and_then(Value::as_array).is_some_and(in_enum))
        || any_of.into_iter().flatten().any(|member| is_nullable(member, rules))
}

fn allow_null(schema: &mut Value) {
    let is_simple =
        !["anyOf", "$ref", "const", "enum"].iter().any(|name| schema.get(*name).is_some());
    match schema.get_mut("type") {
        Some(Value::Array(types)) if is_simple => types.push("null".into()),
        Some(one) if is_simple => *one = json!([one.take(), "null"]),
        _ => {
            let mut union = Map::new();
            let description = schema.as_object_mut().and_then(|it| it.remove("description"));
            union.extend(description.map(|text| ("description".to_owned(), text)));
            union.insert("anyOf".to_owned(), json!([schema.take(), { "type": "null" }]));
            *schema = Value::Object(union);
        }
    }
}
