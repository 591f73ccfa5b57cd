#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::{Keywords, StrictRules, to_strict};

/// Rules that close objects and make optional properties nullable.
const CHANGING: StrictRules = StrictRules {
    keywords: Keywords::Except(&["not", "allOf", "unevaluatedProperties"]),
    formats: &["date"],
    same_values: false,
    absent_as_null: true,
};

/// Rules that allow no other values than the schema.
const SAME_VALUES: StrictRules = StrictRules {
    keywords: Keywords::Only(&[
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "format",
        "items",
        "properties",
        "required",
        "type",
    ]),
    formats: &["date"],
    same_values: true,
    absent_as_null: false,
};

fn object(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[test]
fn strict_schema_has_a_strict_form_without_changes() {
    let schema = object(
        json!({
            "a": { "type": "string", "format": "date" },
            "b": { "anyOf": [{ "$ref": "#/$defs/B" }, { "type": "null" }] },
            "c": { "type": "array", "items": { "enum": [1, 2] } },
        }),
        &["a", "b", "c"],
    );
    let mut schema = schema;
    schema["$defs"] = json!({ "B": object(json!({}), &[]) });
    assert_eq!(to_strict(&schema, &CHANGING), Ok(schema.clone()));
    assert_eq!(to_strict(&schema, &SAME_VALUES), Ok(schema));
}

#[test]
fn optional_properties_become_required_if_they_are_nullable() {
    let optional = |property: Value| object(json!({ "a": property }), &[]);
    for nullable in [
        json!({ "type": ["string", "null"] }),
        json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
        json!({ "oneOf": [{ "type": "null" }, { "const": 1 }], "default": null }),
    ] {
        for rules in [&CHANGING, &SAME_VALUES] {
            let strict = to_strict(&optional(nullable.clone()), rules).unwrap();
            assert_eq!(strict["required"], json!(["a"]));
            assert_eq!(strict.to_string().matches("null").count(), 1, "{strict}");
            assert_eq!(strict["properties"]["a"].get("oneOf"), None);
            assert_eq!(strict["properties"]["a"].get("default"), None);
        }
    }
    let schema = optional(json!({ "type": "string" }));
    let strict = to_strict(&schema, &CHANGING).unwrap();
    assert_eq!(strict["properties"]["a"]["type"], json!(["string", "null"]));
    assert_eq!(
        to_strict(&schema, &SAME_VALUES).unwrap_err().to_string(),
        "`type` at `/properties/a` of an optional property does not allow null"
    );
}

#[test]
fn schemas_that_would_allow_other_values_keep_their_form() {
    let required = |property: Value| object(json!({ "a": property }), &["a"]);
    for property in [
        json!({ "type": "object", "properties": {} }),
        json!({ "properties": {}, "additionalProperties": false }),
        json!({ "$ref": "#/$defs/A", "description": "next to a reference" }),
        object(json!({ "b": { "type": "string" } }), &[]),
        object(json!({ "b": { "type": "string", "enum": ["x", null] } }), &[]),
    ] {
        let mut schema = required(property);
        schema["$defs"] = json!({ "A": { "type": "string" } });
        assert!(to_strict(&schema, &CHANGING).is_ok(), "{schema}");
        assert!(to_strict(&schema, &SAME_VALUES).is_err(), "{schema}");
    }
    let closed = object(json!({}), &[]);
    for root in [
        json!({ "type": "object" }),
        json!({ "properties": {}, "additionalProperties": false }),
        json!({ "$ref": "#/$defs/A", "$defs": { "A": closed } }),
    ] {
        assert!(to_strict(&root, &CHANGING).is_ok(), "{root}");
        assert!(to_strict(&root, &SAME_VALUES).is_err(), "{root}");
    }
}

#[test]
fn schemas_without_a_strict_form_are_refused() {
    let required = |property: Value| object(json!({ "a": property }), &["a"]);
    for property in [
        json!(true),
        json!({}),
        json!({ "type": "array" }),
        json!({ "type": "object" }),
        json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        json!({ "type": "string", "format": "color" }),
        json!({ "type": "string", "not": { "const": "a" } }),
        json!({ "anyOf": [{ "type": "string" }], "oneOf": [{ "type": "string" }] }),
        json!({ "type": "object", "properties": {}, "additionalProperties": false, "anyOf": [] }),
    ] {
        for rules in [&CHANGING, &SAME_VALUES] {
            assert!(to_strict(&required(property.clone()), rules).is_err(), "{property}");
        }
    }
    for root in [json!(true), json!({ "type": "string" }), json!({ "type": "object", "anyOf": [] })]
    {
        for rules in [&CHANGING, &SAME_VALUES] {
            assert!(to_strict(&root, rules).is_err(), "{root}");
        }
    }
    let other = required(json!({ "type": "string", "minLength": 1 }));
    assert!(to_strict(&other, &CHANGING).is_ok());
    assert_eq!(
        to_strict(&other, &SAME_VALUES).unwrap_err().to_string(),
        "`minLength` at `/properties/a` is not supported"
    );
}

#[test]
fn absent_properties_may_be_null_if_other_values_stay() {
    let rules = StrictRules { absent_as_null: true, ..SAME_VALUES };
    let schema = object(
        json!({ "a": { "type": "string", "default": "x" }, "b": { "$ref": "#/$defs/B" } }),
        &[],
    );
    let with_b = |mut schema: Value| {
        schema["$defs"] = json!({ "B": object(json!({}), &[]) });
        schema
    };
    let strict = to_strict(&with_b(schema.clone()), &rules).unwrap();
    let expected = object(
        json!({ "a": { "type": ["string", "null"] },
            "b": { "anyOf": [{ "$ref": "#/$defs/B" }, { "type": "null" }] } }),
        &["a", "b"],
    );
    assert_eq!(strict, with_b(expected));
    // Objects are not closed.
    let mut open = with_b(schema.clone());
    open.as_object_mut().unwrap().remove("additionalProperties");
    assert!(to_strict(&open, &rules).is_err());
    // A reference into a property that moves would have no target.
    let mut moved = schema;
    moved["properties"]["b"] = json!({ "$ref": "#/properties/c/items" });
    moved["properties"]["c"] =
        json!({ "type": "array", "items": { "type": "null" }, "enum": [[]] });
    assert!(to_strict(&moved, &rules).is_err());
}
