use std::sync::Arc;

use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use serde_json::{Value, json};

use super::inlined::inlined;
use super::nulls::remove_strict_nulls;
use super::strict::to_strict;
use crate::endpoint::profile::Profile;

fn strict_profile() -> Profile {
    let mut profile = Profile::openai();
    profile.strict_schemas = true;
    profile
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": { "type": "string" },
            "days": { "type": "integer", "default": 3 },
            "unit": { "$ref": "#/$defs/Unit", "description": "Of the temperature." },
            "kind": { "enum": ["a", "b"] },
            "note": { "type": ["string", "null"] },
            "at": { "type": "array", "items": { "type": "object", "properties": {
                "x": { "type": "number" } } } },
        },
        "required": ["city"],
        "$defs": { "Unit": { "type": "string", "enum": ["c", "f"] } },
    })
}

#[test]
fn strict_form_requires_all_properties_and_makes_optional_ones_nullable() {
    let expected = json!({
        "type": "object",
        "properties": {
            "city": { "type": "string" },
            "days": { "type": ["integer", "null"] },
            "unit": { "description": "Of the temperature.", "anyOf": [
                { "anyOf": [{ "$ref": "#/$defs/Unit" }] }, { "type": "null" }] },
            "kind": { "anyOf": [{ "enum": ["a", "b"] }, { "type": "null" }] },
            "note": { "type": ["string", "null"] },
            "at": { "type": ["array", "null"], "items": { "type": "object",
                "properties": { "x": { "type": ["number", "null"] } },
                "required": ["x"], "additionalProperties": false } },
        },
        "required": ["city", "days", "unit", "kind", "note", "at"],
        "additionalProperties": false,
        "$defs": { "Unit": { "type": "string", "enum": ["c", "f"] } },
    });
    let mut converted = to_strict(&schema()).expect("has a strict form");
    let mut names: Vec<_> = converted["required"].as_array().expect("a list").clone();
    names.sort_by_key(|name| {
        expected["required"].as_array().expect("a list").iter().position(|known| known == name)
    });
    converted["required"] = names.into();
    assert_eq!(converted, expected);
    let none = json!({ "type": "object", "properties": {}, "required": [], "additionalProperties": false });
    assert_eq!(to_strict(&json!({ "type": "object" })), Ok(none));
    // A reference at the root is replaced by its target, and the other fields stay.
    let tree = json!({ "type": "object", "properties": { "left": { "$ref": "#/$defs/Tree" } } });
    let root = json!({ "$ref": "#/$defs/Tree", "title": "T", "$defs": { "Tree": tree } });
    let closed = json!({ "type": "object",
        "properties": { "left": { "anyOf": [{ "$ref": "#/$defs/Tree" }, { "type": "null" }] } },
        "required": ["left"], "additionalProperties": false });
    let mut expected = closed.clone();
    expected["title"] = "T".into();
    expected["$defs"] = json!({ "Tree": closed });
    assert_eq!(to_strict(&root), Ok(expected));
}

#[test]
fn schemas_without_a_strict_form_are_rejected() {
    let within = |property: Value| json!({ "type": "object", "properties": { "p": property } });
    for property in [
        json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        json!({ "type": "object" }),
        json!({}),
        json!(true),
        json!({ "description": "anything" }),
        json!({ "type": "array", "items": true }),
        json!({ "type": "array" }),
        json!({ "type": ["array", "null"] }),
        json!({ "type": "array", "prefixItems": [{ "type": "string" }], "items": { "type": "string" } }),
        json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true }),
        json!({ "allOf": [{ "type": "string" }] }),
        json!({ "type": "string", "not": { "const": "a" } }),
        json!({ "type": "string", "if": { "const": "a" } }),
        json!({ "type": "string", "then": { "const": "a" } }),
        json!({ "type": "string", "else": { "const": "a" } }),
        json!({ "type": "object", "properties": {}, "patternProperties": {} }),
        json!({ "type": "object", "properties": {}, "additionalProperties": true }),
        json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
        json!({ "type": "object", "properties": {}, "anyOf": [{ "type": "object", "properties": {} }] }),
        json!({ "anyOf": [{ "type": "string" }], "oneOf": [{ "type": "string" }] }),
        json!({ "type": "string", "format": "uri" }),
        json!({ "type": "array", "items": { "type": "integer", "format": "uint32" } }),
        json!({ "$ref": "#/$defs/Missing" }),
    ] {
        assert!(to_strict(&within(property.clone())).is_err(), "{property}");
    }
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    for root in [
        json!({ "anyOf": [object] }),
        json!({ "oneOf": [object] }),
        json!({ "type": "object", "allOf": [object] }),
        json!({ "$ref": "#/$defs/U", "$defs": { "U": { "anyOf": [object] } } }),
        json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/A" } } }),
        json!({ "$ref": "#/$defs/A", "required": ["a"], "$defs": { "A": object } }),
        json!({ "$ref": "#" }),
        json!({ "type": "string" }),
        json!({ "type": ["object", "null"], "properties": {} }),
    ] {
        assert!(to_strict(&root).is_err(), "{root}");
    }
    for format in
        ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
    {
        let known = within(json!({ "type": "string", "format": format }));
        assert!(to_strict(&known).is_ok(), "{format}");
    }
}

#[test]
fn references_are_inlined_and_recursive_ones_keep_only_the_type() {
    let unit =
        json!({ "type": "string", "enum": ["c", "f"], "description": "Of the temperature." });
    let inlined_schema = inlined(&schema());
    assert_eq!(inlined_schema["properties"]["unit"], unit);
    assert_eq!(inlined_schema.get("$defs"), None);
    let tree = json!({ "$ref": "#/$defs/Tree", "$defs": { "Tree": { "type": "object",
        "properties": { "left": { "$ref": "#/$defs/Tree" }, "odd": { "$ref": "elsewhere" } } } } });
    assert_eq!(
        inlined(&tree),
        json!({ "type": "object", "properties": { "left": { "type": "object" },
            "odd": { "$ref": "elsewhere" } } })
    );
    let many = json!({ "anyOf": [{ "type": "string" },
        { "type": "array", "items": { "$ref": "#/$defs/J" } }] });
    let truncated = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": {} }] });
    let kept = json!({ "$defs": { "type": "string" }, "definitions": { "type": "string" },
        "$ref": { "type": "string" } });
    let data = json!({ "enum": [{ "$ref": "#/$defs/J" }] });
    for (schema, expected) in [
        (json!({ "$ref": "#/$defs/J", "$defs": { "J": many } }), truncated),
        (
            json!({ "properties": kept, "$defs": {}, "definitions": {} }),
            json!({ "properties": kept }),
        ),
        (json!({ "items": data, "$defs": { "J": {} } }), json!({ "items": data })),
        (
            json!({ "items": { "$ref": "#/$defs/N" }, "$defs": { "N": false } }),
            json!({ "items": { "not": {} } }),
        ),
    ] {
        assert_eq!(inlined(&schema), expected, "{schema}");
    }
}

#[test]
fn truncated_schema_has_no_strict_form() {
    for within in [
        json!({ "anyOf": [{ "type": "string" },
            { "type": "array", "items": { "$ref": "#/$defs/J" } }] }),
        json!({ "type": "object", "properties": { "j": { "$ref": "#/$defs/J" } } }),
        json!({ "type": "array", "items": { "$ref": "#/$defs/J" } }),
    ] {
        let schema = json!({ "type": "object", "properties": { "j": { "$ref": "#/$defs/J" } },
            "$defs": { "J": within } });
        assert!(to_strict(&schema).is_ok(), "{schema}");
        assert!(to_strict(&inlined(&schema)).is_err(), "{schema}");
    }
}

#[test]
fn mutually_recursive_types_stop_at_the_limit() {
    let names: Vec<String> = (0..12).map(|n| format!("T{n}")).collect();
    let all: serde_json::Map<_, _> = names
        .iter()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") })))
        .collect();
    let each = json!({ "type": "object", "properties": all });
    let defs: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), each.clone())).collect();
    let schema = inlined(&json!({ "$ref": "#/$defs/T0", "$defs": defs })).to_string();
    assert!(!schema.contains("$ref"));
    assert!(schema.len() < 1_000_000, "{}", schema.len());
}

#[test]
fn nulls_of_optional_properties_are_removed() {
    let tool = ToolDefinition::new("f", "", schema());
    let tools: Arc<[ToolDefinition]> = [tool].into();
    let check = |arguments: &str, expected: &str| {
        let mut call = ToolCall::new("id", "f", arguments);
        remove_strict_nulls(&mut call, &tools, &strict_profile());
        assert_eq!(call.arguments, expected);
    };
    check(
        r#"{"city": null, "days": null, "unit": null, "note": null, "at": [{"x": null}], "odd": null}"#,
        r#"{"city":null,"note":null,"at":[{}],"odd":null}"#,
    );
    check(r#"{ "city": "x" }"#, r#"{ "city": "x" }"#);
    check("no JSON", "no JSON");
}

#[test]
fn nulls_are_removed_from_the_matching_union_member() {
    let n = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
    let member = |kind: &str, of: Value| {
        json!({ "type": "object", "required": ["kind"],
            "properties": { "kind": { "const": kind }, "n": of } })
    };
    let integer = json!({ "type": "integer" });
    let nullable = json!({ "type": ["integer", "null"] });
    let kinds = json!([member("a", integer.clone()), member("b", nullable.clone())]);
    for (x, given, expected) in [
        (json!({ "anyOf": [n, { "type": "null" }] }), r#"{"n":null}"#, "{}"),
        (json!({ "oneOf": [{ "type": "null" }, n] }), r#"{"n":null}"#, "{}"),
        (json!({ "allOf": [n] }), r#"{"n":null}"#, "{}"),
        (json!({ "anyOf": [{ "$ref": "#/$defs/N" }, { "type": "null" }] }), r#"{"n":null}"#, "{}"),
        (json!({ "$ref": "#/$defs/Maybe" }), r#"{"n":null}"#, "{}"),
        (
            json!({ "type": "array", "items": { "anyOf": [n, { "type": "string" }] } }),
            r#"[{"n":null},"s",{"n":1}]"#,
            r#"[{},"s",{"n":1}]"#,
        ),
        (json!({ "anyOf": kinds }), r#"{"kind":"a","n":null}"#, r#"{"kind":"a"}"#),
        (json!({ "anyOf": kinds }), r#"{"kind":"b","n":null}"#, r#"{"kind":"b","n":null}"#),
        (
            json!({ "anyOf": [n, { "type": "object", "properties": { "n": integer, "m": integer } }] }),
            r#"{"n":1,"m":null}"#,
            r#"{"n":1}"#,
        ),
        (
            json!({ "type": "object", "properties": { "n": { "allOf": [nullable] } } }),
            r#"{"n":null}"#,
            r#"{"n":null}"#,
        ),
        (json!({ "type": "object", "properties": { "n": {} } }), r#"{"n":null}"#, r#"{"n":null}"#),
        // A union of only itself terminates without changes.
        (json!({ "$ref": "#/$defs/Loop" }), r#"{"n":null}"#, r#"{"n":null}"#),
    ] {
        let parameters = json!({ "type": "object", "required": ["x"], "properties": { "x": x },
            "$defs": { "N": n, "Maybe": { "anyOf": [{ "$ref": "#/$defs/N" }, { "type": "null" }] },
                "Loop": { "anyOf": [{ "$ref": "#/$defs/Loop" }, { "$ref": "#/$defs/Loop" }] } } });
        let tool = ToolDefinition::new("f", "", parameters);
        let mut call = ToolCall::new("id", "f", format!(r#"{{"x":{given}}}"#));
        remove_strict_nulls(&mut call, &[tool].into(), &strict_profile());
        assert_eq!(call.arguments, format!(r#"{{"x":{expected}}}"#), "{x}");
    }
}
