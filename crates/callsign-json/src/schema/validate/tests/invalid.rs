//! Schemas that are not valid.

use serde_json::{Value, json};

use super::super::{Validator, Verdict};
use super::{object, validator};

#[test]
fn invalid_example_is_an_error() {
    let number = |examples: Value| {
        json!({ "type": "object", "properties": {
            "examples": { "type": "integer" },
            "a/b c": { "type": "array", "items": { "type": "integer", "examples": examples } } } })
    };
    let mut schema = number(json!([1, 2]));
    schema["examples"] = json!([{}, { "examples": 3, "a/b c": [1] }]);
    assert!(validator(schema.clone()).is_ok());
    schema["examples"][1]["examples"] = "x".into();
    assert_eq!(
        validator(schema).unwrap_err(),
        "`examples`: example 1 is not valid: `examples`: expected an integer, got \"x\""
    );
    assert_eq!(
        validator(number(json!([1, "x"]))).unwrap_err(),
        "`properties.a/b c.items.examples`: example 1 is not valid: expected an integer, got \"x\""
    );
    // A default is data, not a schema with examples.
    let data = json!({ "type": "object", "properties": {
        "x": { "default": { "type": "integer", "examples": ["x"] } } } });
    assert!(validator(data).is_ok());
}

#[test]
fn invalid_schema_is_an_error_with_a_path() {
    let of = |a: Value| json!({ "type": "object", "properties": { "a": a } });
    let regex = "`properties.a.pattern`: expected a regular expression, got \"(\": unclosed group";
    for (schema, expected) in [
        (of(json!({ "minimum": "1" })), "`properties.a.minimum`: expected a number, got \"1\""),
        (of(json!({ "$ref": "#/$defs/b" })), "`properties.a.$ref`: `#/$defs/b` does not exist"),
        (of(json!({ "type": "string", "pattern": "(" })), regex),
        (
            of(json!({ "$ref": "https://example.com/b" })),
            "`properties.a.$ref`: `https://example.com/b` is in another document: move that schema \
             into `$defs`",
        ),
    ] {
        assert_eq!(validator(schema).unwrap_err(), expected);
    }
    // All known types are listed.
    let error = validator(of(json!({ "type": "dict" }))).unwrap_err();
    assert!(error.contains("`properties.a.type`: expected one of \"array\""), "{error}");
    assert!(error.ends_with("got \"dict\""), "{error}");
}

#[test]
fn required_key_that_is_not_allowed_is_an_error() {
    let schema = object(json!({ "city": { "type": "string" } }), &["city", "country"]);
    let reason = "the key `country` is required, but not allowed: `additionalProperties` is \
                  false, and the keys in `properties` are `city`";
    assert_eq!(validator(schema.clone()).unwrap_err(), format!("`required`: {reason}"));
    let inside = json!({ "type": "object", "properties": { "a": { "items": schema } } });
    assert_eq!(validator(inside).unwrap_err(), format!("`properties.a.items.required`: {reason}"));
    for repair in [
        json!({ "additionalProperties": true }),
        json!({ "patternProperties": { "^co": {} } }),
        json!({ "required": ["city"] }),
        json!({ "properties": { "city": {}, "country": true } }),
    ] {
        let mut schema = schema.clone();
        schema.as_object_mut().unwrap().extend(repair.as_object().unwrap().clone());
        assert!(validator(schema).is_ok(), "{repair}");
    }
    let never = json!({ "type": "object", "not": schema });
    assert!(validator(never).is_ok());
}

#[test]
fn invalid_schemas_are_found_when_the_validator_is_created() {
    let of = |a: Value| json!({ "properties": { "a": a } });
    for schema in [
        of(json!({ "pattern": "(" })),
        of(json!({ "type": "strin" })),
        of(json!({ "type": 1 })),
        of(json!({ "$ref": "#/$defs/none" })),
        of(json!({ "$ref": 1 })),
        of(json!(3)),
        of(json!({ "minLength": -1 })),
        of(json!({ "minLength": 1.5 })),
        of(json!({ "maxItems": "1" })),
        of(json!({ "multipleOf": 0 })),
        of(json!({ "anyOf": [] })),
        of(json!({ "allOf": {} })),
        of(json!({ "enum": "a" })),
        of(json!({ "prefixItems": [], "items": {} })),
        of(json!({ "patternProperties": { "[": {} } })),
        of(json!({ "dependentRequired": { "a": "b" } })),
        of(json!({ "required": true })),
        json!({ "type": "object", "required": ["a", "a"] }),
        json!({ "type": "object", "$defs": { "unused": { "minimum": "1" } } }),
    ] {
        assert!(validator(schema.clone()).is_err(), "{schema}");
    }
    assert!(validator(of(json!({ "pattern": "a+" }))).is_ok());
}

#[test]
fn invalid_keyword_of_a_lenient_validator_allows_every_value() {
    let schema = json!({
        "type": "object",
        "properties": {
            "a": { "type": "dict", "minimum": "1" },
            "b": { "pattern": "(", "maxLength": 2 },
            "c": { "$ref": "#/none" },
            "d": 3,
        },
        "required": ["b", "e"],
        "additionalProperties": false,
    });
    let lenient = Validator::lenient(&schema).unwrap();
    let unchecked: Vec<_> =
        lenient.unchecked().iter().map(|it| (it.pointer(), it.keyword())).collect();
    for expected in [
        ("/properties/a", "type"),
        ("/properties/a", "minimum"),
        ("/properties/b", "pattern"),
        ("/properties/c", "$ref"),
        ("/properties/d", ""),
        ("", "required"),
    ] {
        assert!(unchecked.contains(&expected), "{expected:?}: {unchecked:?}");
    }
    assert_eq!(unchecked.len(), 6, "{unchecked:?}");
    let value = json!({ "a": [], "b": "x", "c": 1, "d": 2, "e": 3 });
    assert_eq!(lenient.check(&value), Ok(Verdict::Valid));
    // Other keywords are checked.
    let error = lenient.check(&json!({ "b": "xyz" })).unwrap_err();
    assert_eq!(error, "`b`: expected at most 2 characters, got 3");
    assert_eq!(lenient.check(&json!({})).unwrap_err(), "`b` is missing");
}
