#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::{close_all, close_root};

fn root(mut schema: Value) -> Value {
    close_root(&mut schema);
    schema
}

fn all(mut schema: Value) -> Value {
    close_all(&mut schema);
    schema
}

fn closed(mut schema: Value) -> Value {
    let fields = schema.as_object_mut().unwrap();
    fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    schema
}

#[test]
fn object_with_properties_is_closed() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    assert_eq!(root(schema.clone()), closed(schema.clone()));
    assert_eq!(all(schema.clone()), closed(schema));
}

#[test]
fn schemas_that_say_themselves_what_they_allow_stay_as_they_are() {
    let object = json!({ "type": "object", "properties": {} });
    for (keyword, value) in [
        ("additionalProperties", json!(true)),
        ("additionalProperties", json!(false)),
        ("additionalProperties", json!({ "type": "string" })),
        ("unevaluatedProperties", json!({ "type": "string" })),
        ("allOf", json!([{ "properties": { "a": {} } }])),
        ("anyOf", json!([{ "properties": { "a": {} } }])),
        ("oneOf", json!([{ "properties": { "a": {} } }])),
        ("$ref", json!("#/$defs/A")),
    ] {
        let mut schema = object.clone();
        schema[keyword] = value;
        assert_eq!(root(schema.clone()), schema);
        assert_eq!(all(schema.clone()), schema);
    }
    for schema in [json!(true), json!({}), json!({ "type": "object" }), json!({ "$ref": "#/x" })] {
        assert_eq!(root(schema.clone()), schema);
        assert_eq!(all(schema.clone()), schema);
    }
}

#[test]
fn schemas_inside_are_closed_too() {
    let open = || json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let within = |inner: Value| {
        json!({
            "type": "object",
            "properties": {
                "one": inner,
                "list": { "type": "array", "items": inner, "prefixItems": [inner] },
                "union": { "anyOf": [inner, { "type": "null" }] },
                "choice": { "oneOf": [inner] },
                "map": { "type": "object", "additionalProperties": inner },
                // Each part of it knows only some of the keys.
                "composed": { "properties": { "b": open() }, "allOf": [open()] },
                "const": { "const": { "properties": {} } },
            },
            "$defs": { "Named": inner },
        })
    };
    assert_eq!(all(within(open())), closed(within(closed(open()))));
    assert_eq!(root(within(open())), closed(within(open())));
}
