#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{coerce, integers};

/// Returns `value` coerced as the property `x`.
fn coerced(x: &Value, value: &Value) -> Value {
    let schema = json!({ "type": "object", "properties": { "x": x }, "$defs": {
        "Leg": { "type": "object", "properties": {
            "n": { "type": "integer" }, "next": { "$ref": "#/$defs/Leg" } } } } });
    let arguments = json!({ "x": value });
    coerce(&schema, &arguments).unwrap_or(arguments)["x"].clone()
}

#[test]
fn values_are_converted_without_loss() {
    let of = |name: &str| json!({ "type": name });
    let optional = |schema: Value| json!({ "anyOf": [schema, { "type": "null" }] });
    let leg = json!({ "$ref": "#/$defs/Leg" });
    let tagged = |kind: &str, n: Value| {
        json!({ "type": "object", "properties": {
        "kind": { "const": kind }, "n": n } })
    };
    let union = json!({ "oneOf": [tagged("a", of("integer")), tagged("b", of("string"))] });
    for (schema, value, expected) in [
        (of("integer"), json!("3"), json!(3)),
        (of("integer"), json!("-3"), json!(-3)),
        (of("integer"), json!("18446744073709551615"), json!(u64::MAX)),
        (of("number"), json!("3"), json!(3)),
        (of("number"), json!("3.5"), json!(3.5)),
        (of("boolean"), json!("true"), json!(true)),
        (of("boolean"), json!("false"), json!(false)),
        (of("string"), json!(3), json!("3")),
        (of("integer"), json!(3.0), json!(3)),
        (of("array"), json!("[1, 2]"), json!([1, 2])),
        (of("object"), json!("{\"a\": 1}"), json!({"a": 1})),
        (json!({ "type": ["integer", "null"] }), json!("3"), json!(3)),
        (json!({ "type": ["integer", "null"] }), json!(""), json!(null)),
        (optional(of("boolean")), json!("null"), json!(null)),
        (json!({ "enum": [1, 2] }), json!("2"), json!(2)),
        (optional(of("integer")), json!("3"), json!(3)),
        (optional(leg.clone()), json!({"n": "3"}), json!({"n": 3})),
        (leg, json!({"next": {"next": {"n": "3"}}}), json!({"next": {"next": {"n": 3}}})),
        (json!({ "type": "array", "items": of("integer") }), json!(["1", 2]), json!([1, 2])),
        (json!({ "type": "array", "items": of("integer") }), json!("[\"1\"]"), json!([1])),
        (json!({ "allOf": [of("integer"), { "minimum": 1 }] }), json!("3"), json!(3)),
        (
            json!({ "type": "object", "additionalProperties": of("integer") }),
            json!({"a": "3"}),
            json!({"a": 3}),
        ),
        (union.clone(), json!({"kind": "a", "n": "3"}), json!({"kind": "a", "n": 3})),
        (union, json!({"kind": "b", "n": 3}), json!({"kind": "b", "n": "3"})),
    ] {
        assert_eq!(coerced(&schema, &value).to_string(), expected.to_string(), "{schema} {value}");
    }
}

#[test]
fn guesses_and_losses_are_not_made() {
    let of = |name: &str| json!({ "type": name });
    for (schema, value) in [
        (of("boolean"), json!("yes")),
        (of("boolean"), json!("True")),
        (of("boolean"), json!(1)),
        (of("integer"), json!("1e3")),
        (of("integer"), json!(" 3 ")),
        (of("integer"), json!("3.0")),
        (of("integer"), json!("+3")),
        (of("integer"), json!("03")),
        (of("integer"), json!("")),
        (of("integer"), json!(3.5)),
        (of("integer"), json!(1e300)),
        (of("integer"), json!(true)),
        (of("integer"), json!(null)),
        (of("number"), json!("3.50")),
        (of("number"), json!("1e3")),
        (of("number"), json!("NaN")),
        (of("number"), json!("123456789012345678901234567890")),
        (of("number"), json!(3.0)),
        // It may have been written as 3.50.
        (of("string"), json!(3.5)),
        (of("string"), json!(true)),
        (of("string"), json!([1])),
        (of("array"), json!(1)),
        (of("array"), json!("1")),
        (of("array"), json!("{}")),
        (of("array"), json!("[1,")),
        (of("object"), json!("{\"a\": 1, \"a\": 2}")),
        (of("object"), json!("{'a': 1}")),
        (json!({ "type": ["string", "null"] }), json!("null")),
        (json!({ "type": ["string", "null"] }), json!("")),
        (of("integer"), json!("")),
        // The schema allows the value.
        (json!({ "type": ["string", "integer"] }), json!("3")),
        (json!({ "anyOf": [of("integer"), of("string")] }), json!("3")),
        (json!({}), json!("3")),
        (json!(true), json!("3")),
        // Either member may be meant.
        (
            json!({ "anyOf": [
                { "type": "object", "properties": { "n": of("integer") } },
                { "type": "object", "properties": { "n": of("string") } }] }),
            json!({"n": "3"}),
        ),
        // The reference is endless.
        (json!({ "$ref": "#/properties/x" }), json!("3")),
        (
            json!({ "anyOf": [{ "$ref": "#/properties/x" }, { "$ref": "#/properties/x" }] }),
            json!(3),
        ),
    ] {
        assert_eq!(coerced(&schema, &value).to_string(), value.to_string(), "{schema} {value}");
    }
}

#[test]
fn number_that_changes_when_written_prevents_coercion() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
    let arguments = serde_json::from_str(r#"{"n": "3", "id": 12345678901234567890123}"#).unwrap();
    assert_eq!(coerce(&schema, &arguments), None);
}

/// Returns a schema, a value that it allows, and that value with its scalars written as strings.
fn samples() -> impl Strategy<Value = (Value, Value, Value)> {
    let texts =
        prop_oneof![Just("3"), Just("true"), Just("[1]"), Just("{}"), Just("null"), Just("x")];
    let leaf = prop_oneof![
        texts.prop_map(|text| (json!({ "type": "string" }), json!(text), json!(text))),
        any::<i64>().prop_map(|n| (json!({ "type": "integer" }), json!(n), json!(n.to_string()))),
        any::<u64>().prop_map(|n| (json!({ "type": "string" }), json!(n.to_string()), json!(n))),
        any::<bool>().prop_map(|it| (
            json!({ "type": "boolean" }),
            json!(it),
            json!(it.to_string())
        )),
        any::<i32>().prop_map(|n| {
            let half = f64::from(n) / 2.0;
            (json!({ "type": "number" }), json!(half), json!(json!(half).to_string()))
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let fields = prop::collection::btree_map("[a-c]", inner.clone(), 0..4);
        let object = fields.prop_map(|fields| {
            let part = |of: fn(&(Value, Value, Value)) -> &Value| -> Value {
                fields
                    .iter()
                    .map(|(name, all)| (name.clone(), of(all).clone()))
                    .collect::<Map<_, _>>()
                    .into()
            };
            (
                json!({ "type": "object", "properties": part(|it| &it.0) }),
                part(|it| &it.1),
                part(|it| &it.2),
            )
        });
        prop_oneof![
            object,
            inner.clone().prop_map(|(schema, value, written)| {
                let schema = json!({ "type": "array", "items": schema });
                (schema, json!([value, value]), json!([written, value]))
            }),
            inner.clone().prop_map(|(schema, value, written)| {
                let schema = json!({ "type": "array", "items": schema });
                (schema, json!([value]), Value::from(json!([written]).to_string()))
            }),
            inner.clone().prop_map(|(schema, value, written)| {
                (json!({ "anyOf": [schema, { "type": "null" }] }), value, written)
            }),
            inner.prop_map(|(schema, value, written)| {
                (json!({ "allOf": [{ "$ref": "#/$defs/Any" }, schema] }), value, written)
            }),
        ]
    })
}

fn arguments(schema: Value, value: Value, written: Value) -> (Value, Value, Value) {
    let root = json!({ "type": "object", "properties": { "x": schema }, "$defs": { "Any": {} } });
    (root, json!({ "x": value }), json!({ "x": written }))
}

proptest! {
    /// A valid value stays, even if it looks like one of another type.
    #[test]
    fn valid_value_is_unchanged((schema, value, written) in samples()) {
        let (schema, valid, _) = arguments(schema, value, written);
        #[cfg(feature = "validate")]
        {
            let schema = std::sync::Arc::new(schema.clone());
            let validator = crate::schema::validate::Validator::new(&schema).unwrap();
            prop_assert!(validator.check(&valid).is_ok());
        }
        prop_assert_eq!(coerce(&schema, &valid), None);
    }

    #[test]
    fn scalars_written_as_strings_are_restored((schema, value, written) in samples()) {
        let (schema, valid, written) = arguments(schema, value, written);
        let read = coerce(&schema, &written).unwrap_or_else(|| written.clone());
        prop_assert_eq!(read.to_string(), valid.to_string());
    }

    /// Only types change.
    #[test]
    fn characters_of_values_stay((schema, _, _) in samples(), (_, _, other) in samples()) {
        let (schema, _, other) = arguments(schema, Value::Null, other);
        let letters = |value: &Value| -> String {
            // Only `3.0`, which becomes `3`, loses characters.
            let text = value.to_string().replace(".0", "");
            text.chars().filter(|c| !matches!(c, '"' | '\\' | ' ')).collect()
        };
        if let Some(changed) = coerce(&schema, &other) {
            prop_assert_eq!(letters(&changed), letters(&other));
        }
    }
}

#[test]
fn tuples_of_older_drafts_and_nullable_are_read() {
    let tuple = json!({ "properties": { "x": { "type": "array",
        "items": [{ "type": "integer" }, { "type": "string" }],
        "additionalItems": { "type": "boolean" } } } });
    assert_eq!(
        coerce(&tuple, &json!({ "x": ["1", 2, "true"] })),
        Some(json!({ "x": [1, "2", true] }))
    );
    assert_eq!(integers(&tuple, &json!({ "x": [1.0, "a"] })), Some(json!({ "x": [1, "a"] })));
    let nullable = json!({ "properties": { "x": { "type": "integer", "nullable": true } } });
    assert_eq!(coerce(&nullable, &json!({ "x": "" })), Some(json!({ "x": null })));
    assert_eq!(coerce(&nullable, &json!({ "x": "3" })), Some(json!({ "x": 3 })));
}
