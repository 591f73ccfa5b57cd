use std::sync::Arc;

use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Value, json};

use super::inlined::inlined;
use super::nulls::without_nulls;
use super::strict::strict;

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
    assert_eq!(strict(&json!({ "type": "object" })), Some(none));
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
    ] {
        assert_eq!(strict(&within(property.clone())), None, "{property}");
    }
}

#[test]
fn references_are_replaced_and_a_type_within_itself_is_some_object() {
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
}

#[test]
fn nulls_for_what_was_left_out_are_taken_out_again() {
    let tool =
        ToolDefinition { name: "f".into(), description: "".into(), parameters: Arc::new(schema()) };
    let tools: Arc<[ToolDefinition]> = [tool].into();
    let check = |arguments: &str, expected: &str| {
        let mut call = ToolCall::new("id", "f", arguments);
        without_nulls(&mut call, &tools);
        assert_eq!(call.arguments, expected);
    };
    check(
        r#"{"city": null, "days": null, "unit": null, "note": null, "at": [{"x": null}], "odd": null}"#,
        r#"{"city":null,"note":null,"at":[{}],"odd":null}"#,
    );
    check(r#"{ "city": "x" }"#, r#"{ "city": "x" }"#);
    check("no JSON", "no JSON");
}
