//! Schemas of other tools: older drafts, other dialects, and common deviations.

use serde_json::{Value, json};

use super::super::{Validator, Verdict};

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// Checks which values of the property `x` are valid. Nothing of the schema is unchecked.
fn check(schema: &str, x: Value, valid: &[Value], invalid: &[Value]) {
    let mut root = json!({ "type": "object", "properties": { "x": x } });
    if !schema.is_empty() {
        root["$schema"] = schema.into();
    }
    let validator = Validator::new(&root).unwrap();
    assert_eq!(validator.unchecked(), [], "{x}");
    for value in valid {
        assert_eq!(validator.check(&json!({ "x": value })), Ok(Verdict::Valid), "{x}");
    }
    for value in invalid {
        assert!(validator.check(&json!({ "x": value })).is_err(), "{value} is not valid: {x}");
    }
}

#[test]
fn tuples_of_older_drafts_are_read() {
    let tuple = json!({ "items": [{ "type": "integer" }, { "type": "string" }] });
    for schema in ["", DRAFT_4, DRAFT_7] {
        check(
            schema,
            tuple.clone(),
            &[json!([1, "a"]), json!([]), json!([1, "a", 2])],
            &[json!(["a"])],
        );
        let mut closed = tuple.clone();
        closed["additionalItems"] = false.into();
        check(schema, closed, &[json!([1, "a"]), json!([1])], &[json!([1, "a", 2])]);
        let mut rest = tuple.clone();
        rest["additionalItems"] = json!({ "type": "null" });
        check(schema, rest, &[json!([1, "a", null])], &[json!([1, "a", 2])]);
        check(schema, json!({ "items": [] }), &[json!([1, "a"]), json!([])], &[]);
        let empty = json!({ "items": [], "additionalItems": false });
        check(schema, empty, &[json!([])], &[json!([1])]);
    }
    // `additionalItems` means nothing next to one schema for all items.
    let one = json!({ "items": { "type": "integer" }, "additionalItems": false });
    check(DRAFT_7, one.clone(), &[json!([1, 2])], &[json!(["a"])]);
    check("", one, &[json!([1, 2])], &[json!(["a"])]);
}

#[test]
fn definitions_and_dependencies_of_older_drafts_are_read() {
    let x = json!({
        "definitions": { "d": { "type": "integer" } },
        "properties": { "n": { "$ref": "#/properties/x/definitions/d" } },
        "dependencies": { "a": ["b"], "c": { "required": ["d"] } },
    });
    for schema in ["", DRAFT_4, DRAFT_7] {
        let valid = [json!({ "n": 1 }), json!({ "a": 1, "b": 1 }), json!({ "c": 1, "d": 1 })];
        check(
            schema,
            x.clone(),
            &valid,
            &[json!({ "n": "" }), json!({ "a": 1 }), json!({ "c": 1 })],
        );
    }
}

#[test]
fn exclusive_bounds_of_draft_4_are_read() {
    let bounds =
        json!({ "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false });
    for schema in ["", DRAFT_4] {
        check(schema, bounds.clone(), &[json!(0.5), json!(9)], &[json!(0), json!(9.5)]);
    }
}

#[test]
fn keywords_next_to_a_reference_count_since_draft_2019() {
    let x = json!({ "$ref": "#/definitions/d", "maximum": 3 });
    for (schema, allows_5) in
        [(DRAFT_7, true), ("https://json-schema.org/draft/2019-09/schema", false), ("", false)]
    {
        let mut root =
            json!({ "properties": { "x": x }, "definitions": { "d": { "type": "integer" } } });
        if !schema.is_empty() {
            root["$schema"] = schema.into();
        }
        let validator = Validator::new(&root).unwrap();
        assert_eq!(validator.check(&json!({ "x": 5 })).is_ok(), allows_5, "{schema}");
        assert!(validator.check(&json!({ "x": "a" })).is_err());
    }
}

#[test]
fn unknown_version_is_read_as_the_newest() {
    for schema in
        ["", "https://example.com/draft", "http://json-schema.org/draft-03/schema#", "draft-07"]
    {
        let root = json!({ "$schema": schema, "properties": { "x": { "prefixItems": [{ "type": "null" }] } } });
        let validator = Validator::new(&root).unwrap();
        let [unchecked] = validator.unchecked() else { panic!("one report for {schema}") };
        assert_eq!((unchecked.pointer(), unchecked.keyword()), ("", "$schema"));
        assert!(!unchecked.is_invalid());
        assert_eq!(validator.check(&json!({ "x": [null] })), Ok(Verdict::Valid));
        assert!(validator.check(&json!({ "x": [1] })).is_err());
    }
    for schema in [
        DRAFT_7,
        "https://json-schema.org/draft-07/schema",
        "https://spec.openapis.org/oas/3.1/dialect/base",
    ] {
        let validator = Validator::new(&json!({ "$schema": schema })).unwrap();
        assert_eq!(validator.unchecked(), [], "{schema}");
    }
}

#[test]
fn type_any_allows_every_value() {
    let all = [json!(null), json!(1), json!("a"), json!([]), json!({})];
    check("", json!({ "type": "any" }), &all, &[]);
    check("", json!({ "type": ["string", "any"] }), &all, &[]);
    check("", json!({ "type": "any", "maximum": 3 }), &all, &[json!(4)]);
    // Google's schemas write types in upper case.
    check("", json!({ "type": "STRING" }), &[json!("a")], &[json!(1)]);
    let root = json!({ "type": "OBJECT", "properties": { "x": { "type": "INTEGER" } } });
    assert!(Validator::new(&root).unwrap().check(&json!({ "x": "a" })).is_err());
}

#[test]
fn nullable_allows_null() {
    check(
        "",
        json!({ "type": "string", "nullable": true }),
        &[json!("a"), json!(null)],
        &[json!(1)],
    );
    check("", json!({ "type": "string", "nullable": false }), &[json!("a")], &[json!(null)]);
    let class = json!({ "type": "string", "enum": ["a"], "nullable": true });
    check("", class, &[json!("a"), json!(null)], &[json!("b")]);
    let reference = json!({ "allOf": [{ "type": "integer" }], "nullable": true });
    check("", reference, &[json!(1), json!(null)], &[json!("b")]);
}

#[test]
fn keyword_with_the_value_null_is_absent() {
    let x = json!({ "type": "string", "enum": null, "pattern": null, "items": null, "maxLength": 1,
        "description": null, "properties": null, "required": null, "anyOf": null });
    check("", x, &[json!("a")], &[json!("ab"), json!(1)]);
    check("", json!({ "const": null }), &[json!(null)], &[json!(1)]);
}

#[test]
fn formats_are_checked_up_to_draft_7() {
    for (format, valid, invalid) in [
        ("date", "2024-02-29", "2023-02-29"),
        ("date", "2024-12-31", "2024-13-01"),
        ("date-time", "2024-02-29T12:00:00Z", "2024-02-29 12:00"),
        ("date-time", "1998-12-31T23:59:60Z", "1998-12-31T22:59:60Z"),
        ("time", "08:30:06.283185+02:00", "08:30:06"),
        ("email", "ada@example.com", "ada"),
        ("email", "ada+tag@[127.0.0.1]", "a..b@example.com"),
        ("hostname", "www.example.com", "-a.example"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "::x"),
        ("uri", "https://example.com/a?b#c", "/a"),
        ("uri-reference", "/a", "a b"),
        ("uuid", "2EB8AA08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638"),
        ("json-pointer", "/a~1b", "a"),
        ("relative-json-pointer", "1/a", "-1/a"),
        ("regex", "^a(?=b)", "("),
    ] {
        let x = json!({ "format": format });
        check(DRAFT_7, x.clone(), &[json!(valid), json!(1)], &[json!(invalid)]);
        check("", x, &[json!(valid), json!(invalid)], &[]);
    }
    check(DRAFT_7, json!({ "format": "phone" }), &[json!("x")], &[]);
}

#[test]
fn names_inside_a_schema_are_resolved() {
    let root = json!({
        "$id": "https://example.com/root.json",
        "properties": {
            "a": { "$ref": "#/$defs/a" },
            "b": { "$ref": "item.json" },
            "c": { "$ref": "item.json#/$defs/deep" },
            "d": { "$ref": "#named" },
            "e": { "$ref": "https://example.com/root.json#/$defs/a" },
        },
        "$defs": {
            "a": { "type": "integer" },
            "b": { "$id": "item.json", "type": "array", "items": { "$ref": "#/$defs/deep" },
                "$defs": { "deep": { "type": "boolean" } } },
            "c": { "$anchor": "named", "type": "null" },
        },
    });
    let validator = Validator::new(&root).unwrap();
    let valid = json!({ "a": 1, "b": [true], "c": false, "d": null, "e": 1 });
    assert_eq!(validator.check(&valid), Ok(Verdict::Valid));
    for key in ["a", "b", "c", "d", "e"] {
        let mut value = valid.clone();
        value[key] = if key == "b" { json!([1]) } else { json!("x") };
        assert!(validator.check(&value).is_err(), "{key}");
    }
}
