use std::sync::Arc;

use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Value, json};

use super::super::nulls::without_nulls;
use super::{check, parameters};
use crate::endpoint::profile::Profile;

fn tool(schema: Value, strict: Option<bool>) -> ToolDefinition {
    let mut tool = ToolDefinition::new("f", "", schema);
    tool.strict = strict;
    tool
}

fn profile(takes: bool, does: bool) -> Profile {
    let mut profile = Profile::openai();
    profile.takes_strict = takes;
    profile.strict_schemas = does;
    profile
}

fn optional() -> Value {
    json!({ "type": "object", "properties": { "n": { "type": "integer" } } })
}

fn map() -> Value {
    json!({ "type": "object", "properties": { "tags": { "type": "array", "items": {
        "type": "object", "additionalProperties": { "type": "string" } } } } })
}

fn tree() -> Value {
    json!({ "type": "object", "required": ["tree"], "additionalProperties": false,
        "properties": { "tree": { "$ref": "#/$defs/Tree" } },
        "$defs": { "Tree": { "type": "object", "required": ["name", "children"],
            "additionalProperties": false, "properties": { "name": { "type": "string" },
                "children": { "type": "array", "items": { "$ref": "#/$defs/Tree" } } } } } })
}

#[test]
fn what_a_tool_wants_comes_before_what_the_profile_does() {
    for (takes, does, wanted, expected) in [
        (true, false, None, false),
        (true, false, Some(true), true),
        (true, false, Some(false), false),
        (true, true, None, true),
        (true, true, Some(false), false),
        (false, true, Some(true), true),
        // A service that does not know the word gets the schema as it is.
        (false, false, Some(true), false),
    ] {
        let (tool, profile) = (tool(optional(), wanted), profile(takes, does));
        let (schema, is_strict) = parameters(&tool, &profile);
        assert_eq!(is_strict, expected, "{takes} {does} {wanted:?}");
        assert_eq!(schema.get("required").is_some(), expected, "{schema}");
        assert!(check(std::slice::from_ref(&tool), &profile).is_ok());
        // What it made null of is left out again, and only that.
        let mut call = ToolCall::new("id", "f", r#"{"n":null}"#);
        without_nulls(&mut call, &Arc::from([tool.clone()]), &profile);
        assert_eq!(call.arguments, if expected { "{}" } else { r#"{"n":null}"# });
    }
}

#[test]
fn what_can_not_be_strict_is_an_error_only_where_that_is_demanded() {
    let error = check(&[tool(map(), Some(true))], &profile(true, false)).unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(
        error.to_string(),
        "the schema of the tool `f` can't be strict: the `additionalProperties` at \
         `/properties/tags/items` allows keys of the model's own; say it otherwise, or take \
         `strict` from the tool"
    );
    for (wanted, profile) in [
        (None, profile(true, true)),
        (Some(false), profile(true, true)),
        (Some(true), profile(false, false)),
    ] {
        let tool = tool(map(), wanted);
        assert!(check(std::slice::from_ref(&tool), &profile).is_ok());
        assert_eq!(parameters(&tool, &profile), (std::borrow::Cow::Borrowed(&map()), false));
    }
}

#[test]
fn what_can_not_be_strict_is_told_with_its_place() {
    let within = |property: Value| json!({ "type": "object", "properties": { "a/b": property } });
    for (schema, expected) in [
        (json!({ "anyOf": [optional()] }), "its `anyOf` is said of the arguments as a whole"),
        (json!({ "type": "string" }), "its `type` is not that of an object"),
        (within(json!({})), "the `type` at `/properties/a~1b` is not said"),
        (
            within(json!({ "type": "string", "format": "uri" })),
            "the `format` at `/properties/a~1b` is one that is not known there",
        ),
        (
            within(json!({ "oneOf": [{ "type": "string" }, { "type": "array" }] })),
            "the `items` at `/properties/a~1b/anyOf/1` is not said",
        ),
        (
            json!({ "type": "object", "properties": {}, "$defs": { "T": { "not": {} } } }),
            "the `not` at `/$defs/T` is not known there",
        ),
        (
            within(json!({ "$ref": "#/$defs/T" })),
            "the `$ref` at `/properties/a~1b/anyOf/0` points to no place in the schema",
        ),
    ] {
        let error = check(&[tool(schema, Some(true))], &profile(true, false)).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_type_that_holds_itself_needs_references() {
    let plain = Profile::openai();
    for wanted in [None, Some(true)] {
        let tool = tool(tree(), wanted);
        assert!(check(std::slice::from_ref(&tool), &plain).is_ok());
        let (schema, is_strict) = parameters(&tool, &plain);
        assert_eq!((schema.as_ref(), is_strict), (&tree(), wanted == Some(true)));
    }
    let mut inlined = Profile::openai();
    inlined.inlined_schemas = true;
    let error = check(&[tool(optional(), None), tool(tree(), None)], &inlined).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tool `f` takes a type that holds itself (`#/$defs/Tree`), and OpenAI takes no schemas \
         with references: take a list whose items name their parents, or a type that ends at some \
         depth"
    );
    // References that end are replaced.
    let mut ends = tree();
    ends["$defs"]["Tree"] = json!({ "type": "string" });
    assert!(check(&[tool(ends, Some(true))], &inlined).is_ok());
    // And those that would never end for their number are told.
    let names: Vec<_> = (0..40).map(|n| format!("T{n}")).collect();
    let each: serde_json::Map<_, _> = (0..39)
        .map(|n| {
            let next = json!({ "$ref": format!("#/$defs/{}", names[n + 1]) });
            (names[n].clone(), json!({ "type": "array", "items": { "anyOf": [next, next] } }))
        })
        .collect();
    let wide = json!({ "type": "object", "properties": { "x": { "$ref": "#/$defs/T0" } },
        "$defs": each });
    let error = check(&[tool(wide, None)], &inlined).unwrap_err().to_string();
    assert!(error.contains("is too large without references"), "{error}");
}

#[test]
fn a_schema_that_leaves_its_type_out_says_it() {
    let schema = |tool: &ToolDefinition| parameters(tool, &Profile::openai()).0.into_owned();
    let properties = json!({ "n": { "type": "integer" } });
    assert_eq!(
        schema(&tool(json!({ "properties": properties }), None)),
        json!({ "type": "object", "properties": properties })
    );
    assert_eq!(schema(&tool(json!({}), None)), json!({ "type": "object", "properties": {} }));
    for other in [optional(), tree(), json!({ "$ref": "#/$defs/T" }), json!({ "anyOf": [] })] {
        assert_eq!(schema(&tool(other.clone(), None)), other);
    }
}
