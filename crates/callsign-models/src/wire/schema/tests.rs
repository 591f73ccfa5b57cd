use std::sync::Arc;

use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Value, json};

use super::inlined::inlined;
use super::nulls::without_nulls;
use super::strict::strict;
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
fn the_strict_form_requires_everything_and_allows_null_for_what_was_optional() {
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
    let mut made = strict(&schema()).expect("it can be said");
    let mut names: Vec<_> = made["required"].as_array().expect("a list").clone();
    names.sort_by_key(|name| {
        expected["required"].as_array().expect("a list").iter().position(|known| known == name)
    });
    made["required"] = names.into();
    assert_eq!(made, expected);
    let none = json!({ "type": "object", "properties": {}, "required": [], "additionalProperties": false });
    assert_eq!(strict(&json!({ "type": "object" })), Ok(none));
    // A root that refers to a type is that type, and what is beside it stays.
    let tree = json!({ "type": "object", "properties": { "left": { "$ref": "#/$defs/Tree" } } });
    let root = json!({ "$ref": "#/$defs/Tree", "title": "T", "$defs": { "Tree": tree } });
    let closed = json!({ "type": "object",
        "properties": { "left": { "anyOf": [{ "$ref": "#/$defs/Tree" }, { "type": "null" }] } },
        "required": ["left"], "additionalProperties": false });
    let mut expected = closed.clone();
    expected["title"] = "T".into();
    expected["$defs"] = json!({ "Tree": closed });
    assert_eq!(strict(&root), Ok(expected));
}

#[test]
fn what_the_strict_form_cannot_say_stays_as_it_is() {
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
        assert!(strict(&within(property.clone())).is_err(), "{property}");
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
        assert!(strict(&root).is_err(), "{root}");
    }
    for format in
        ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
    {
        let known = within(json!({ "type": "string", "format": format }));
        assert!(strict(&known).is_ok(), "{format}");
    }
}

#[test]
fn references_are_replaced_and_within_itself_a_type_says_its_type_at_most() {
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
    let cut = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": {} }] });
    let kept = json!({ "$defs": { "type": "string" }, "definitions": { "type": "string" },
        "$ref": { "type": "string" } });
    let data = json!({ "enum": [{ "$ref": "#/$defs/J" }] });
    for (schema, expected) in [
        (json!({ "$ref": "#/$defs/J", "$defs": { "J": many } }), cut),
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
fn what_was_cut_short_is_not_strict() {
    for within in [
        json!({ "anyOf": [{ "type": "string" },
            { "type": "array", "items": { "$ref": "#/$defs/J" } }] }),
        json!({ "type": "object", "properties": { "j": { "$ref": "#/$defs/J" } } }),
        json!({ "type": "array", "items": { "$ref": "#/$defs/J" } }),
    ] {
        let schema = json!({ "type": "object", "properties": { "j": { "$ref": "#/$defs/J" } },
            "$defs": { "J": within } });
        assert!(strict(&schema).is_ok(), "{schema}");
        assert!(strict(&inlined(&schema)).is_err(), "{schema}");
    }
}

#[test]
fn types_that_all_hold_one_another_are_not_written_out_to_the_end() {
    let names: Vec<String> = (0..12).map(|n| format!("T{n}")).collect();
    let all: serde_json::Map<_, _> = names
        .iter()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") })))
        .collect();
    let each = json!({ "type": "object", "properties": all });
    let defs: serde_json::Map<_, _> =
        names.iter().map(|name| (name.clone(), each.clone())).collect();
    let made = inlined(&json!({ "$ref": "#/$defs/T0", "$defs": defs })).to_string();
    assert!(!made.contains("$ref"));
    assert!(made.len() < 1_000_000, "{}", made.len());
}

#[test]
fn nulls_for_what_was_left_out_are_taken_out_again() {
    let tool = ToolDefinition {
        name: "f".into(),
        description: "".into(),
        parameters: Arc::new(schema()),
        strict: None,
    };
    let tools: Arc<[ToolDefinition]> = [tool].into();
    let check = |arguments: &str, expected: &str| {
        let mut call = ToolCall::new("id", "f", arguments);
        without_nulls(&mut call, &tools, &strict_profile());
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
fn nulls_are_taken_out_of_the_member_of_a_union_that_fits() {
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
        // A union of nothing but itself ends, with nothing removed.
        (json!({ "$ref": "#/$defs/Round" }), r#"{"n":null}"#, r#"{"n":null}"#),
    ] {
        let parameters = json!({ "type": "object", "required": ["x"], "properties": { "x": x },
            "$defs": { "N": n, "Maybe": { "anyOf": [{ "$ref": "#/$defs/N" }, { "type": "null" }] },
                "Round": { "anyOf": [{ "$ref": "#/$defs/Round" }, { "$ref": "#/$defs/Round" }] } } });
        let tool = ToolDefinition {
            name: "f".into(),
            description: "".into(),
            parameters: parameters.into(),
            strict: None,
        };
        let mut call = ToolCall::new("id", "f", format!(r#"{{"x":{given}}}"#));
        without_nulls(&mut call, &[tool].into(), &strict_profile());
        assert_eq!(call.arguments, format!(r#"{{"x":{expected}}}"#), "{x}");
    }
}
