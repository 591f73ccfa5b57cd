use std::sync::Arc;

use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use serde_json::{Value, json};

use super::{check_tools, output_schema, parameters};
use crate::endpoint::profile::Profile;
use crate::wire::schema::nulls::remove_strict_nulls;

fn tool(schema: Value, strict: Option<bool>) -> ToolDefinition {
    let mut tool = ToolDefinition::new("f", "", schema);
    tool.strict = strict;
    tool
}

fn profile(takes_strict: bool, strict_by_default: bool) -> Profile {
    let mut profile = Profile::openai();
    profile.takes_strict = takes_strict;
    profile.strict_schemas = strict_by_default;
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
fn strict_setting_of_a_tool_overrides_the_profile() {
    for (takes_strict, by_default, wanted, expected) in [
        (true, false, None, false),
        (true, false, Some(true), true),
        (true, false, Some(false), false),
        (true, true, None, true),
        (true, true, Some(false), false),
        (false, true, Some(true), true),
        // A provider that does not know `strict` receives the schema unchanged.
        (false, false, Some(true), false),
    ] {
        let (tool, profile) = (tool(optional(), wanted), profile(takes_strict, by_default));
        let (schema, is_strict) = parameters(&tool, &profile);
        assert_eq!(is_strict, expected, "{takes_strict} {by_default} {wanted:?}");
        assert_eq!(schema.get("required").is_some(), expected, "{schema}");
        assert!(check_tools(std::slice::from_ref(&tool), &profile).is_ok());
        // Nulls are removed only in strict form.
        let mut call = ToolCall::new("id", "f", r#"{"n":null}"#);
        remove_strict_nulls(&mut call, &Arc::from([tool.clone()]), &profile);
        assert_eq!(call.arguments, if expected { "{}" } else { r#"{"n":null}"# });
    }
}

#[test]
fn schema_without_a_strict_form_is_an_error_only_if_the_tool_requires_it() {
    let error = check_tools(&[tool(map(), Some(true))], &profile(true, false)).unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(
        error.to_string(),
        "the schema of tool `f` has no strict form: `additionalProperties` at \
         `/properties/tags/items` allows arbitrary keys; change the schema, or remove `strict` \
         from the tool"
    );
    for (wanted, profile) in [
        (None, profile(true, true)),
        (Some(false), profile(true, true)),
        (Some(true), profile(false, false)),
    ] {
        let tool = tool(map(), wanted);
        assert!(check_tools(std::slice::from_ref(&tool), &profile).is_ok());
        assert_eq!(parameters(&tool, &profile), (std::borrow::Cow::Borrowed(&map()), false));
    }
}

#[test]
fn strict_errors_name_the_keyword_and_its_position() {
    let within = |property: Value| json!({ "type": "object", "properties": { "a/b": property } });
    for (schema, expected) in [
        (json!({ "anyOf": [optional()] }), "`anyOf` at the root is not supported"),
        (json!({ "type": "string" }), "`type` at the root is not \"object\""),
        (within(json!({})), "`type` at `/properties/a~1b` is missing"),
        (
            within(json!({ "type": "string", "format": "uri" })),
            "`format` at `/properties/a~1b` has an unsupported value",
        ),
        (
            within(json!({ "oneOf": [{ "type": "string" }, { "type": "array" }] })),
            "`items` at `/properties/a~1b/anyOf/1` is missing",
        ),
        (
            json!({ "type": "object", "properties": {}, "$defs": { "T": { "not": {} } } }),
            "`not` at `/$defs/T` is not supported",
        ),
        (
            within(json!({ "$ref": "#/$defs/T" })),
            "`$ref` at `/properties/a~1b/anyOf/0` has no target in the converted schema",
        ),
    ] {
        let error = check_tools(&[tool(schema, Some(true))], &profile(true, false)).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn recursive_type_needs_references() {
    let plain = Profile::openai();
    for wanted in [None, Some(true)] {
        let tool = tool(tree(), wanted);
        assert!(check_tools(std::slice::from_ref(&tool), &plain).is_ok());
        let (schema, is_strict) = parameters(&tool, &plain);
        assert_eq!((schema.as_ref(), is_strict), (&tree(), wanted == Some(true)));
    }
    let mut inlined = Profile::openai();
    inlined.inlined_schemas = true;
    let error = check_tools(&[tool(optional(), None), tool(tree(), None)], &inlined).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tool `f` has a recursive argument type (`#/$defs/Tree`), but OpenAI does not accept schemas \
         with references: use a flat list whose items refer to their parents, or a type with a \
         fixed depth"
    );
    // References that are not recursive are inlined.
    let mut finite = tree();
    finite["$defs"]["Tree"] = json!({ "type": "string" });
    assert!(check_tools(&[tool(finite, Some(true))], &inlined).is_ok());
    // References that multiply beyond the limit are an error.
    let names: Vec<_> = (0..40).map(|n| format!("T{n}")).collect();
    let each: serde_json::Map<_, _> = (0..39)
        .map(|n| {
            let next = json!({ "$ref": format!("#/$defs/{}", names[n + 1]) });
            (names[n].clone(), json!({ "type": "array", "items": { "anyOf": [next, next] } }))
        })
        .collect();
    let wide = json!({ "type": "object", "properties": { "x": { "$ref": "#/$defs/T0" } },
        "$defs": each });
    let error = check_tools(&[tool(wide, None)], &inlined).unwrap_err().to_string();
    assert!(error.contains("is too large without references"), "{error}");
}

#[test]
fn schema_without_a_type_gets_one() {
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

#[test]
fn output_schema_is_strict_if_that_allows_the_same_values() {
    let note = json!({ "oneOf": [{ "type": "string" }, { "type": "null" }], "default": null });
    let schema = json!({ "type": "object", "required": ["to"], "additionalProperties": false,
        "properties": { "to": { "type": "string", "description": "Where." }, "note": note } });
    let mut strict = schema.clone();
    strict["properties"]["note"] = json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] });
    strict["required"] = json!(["to", "note"]);
    for profile in [profile(true, false), profile(false, false), profile(false, true)] {
        for preferred in [&schema, &strict] {
            let (sent, is_strict) = output_schema(preferred, None, true, &profile);
            assert_eq!((sent.as_ref(), is_strict), (&strict, Some(true)));
        }
        for other in [optional(), map()] {
            let (sent, is_strict) = output_schema(&other, None, true, &profile);
            assert_eq!((sent.as_ref(), is_strict), (&other, None), "other keys are allowed");
        }
        for (setting, prefer_strict) in [(None, false), (Some(false), false), (Some(false), true)] {
            let (sent, is_strict) = output_schema(&schema, setting, prefer_strict, &profile);
            assert_eq!((sent.as_ref(), is_strict), (&schema, setting));
        }
    }
}

#[test]
fn output_schema_with_defaults_is_strict() {
    // As derived from a type with `#[serde(default)]`.
    let stop = json!({ "type": "object", "additionalProperties": false,
        "properties": { "name": { "type": "string", "default": "" } } });
    let schema = json!({ "type": "object", "required": ["to"], "additionalProperties": false,
        "properties": {
            "to": { "type": "string" },
            "nights": { "type": "integer", "minimum": 0, "maximum": 255, "default": 2 },
            "stops": { "type": "array", "items": stop, "default": [] } } });
    let (sent, is_strict) = output_schema(&schema, None, true, &Profile::openai());
    assert_eq!(is_strict, Some(true), "{schema}");
    assert_eq!(sent["required"], json!(["to", "nights", "stops"]));
    assert_eq!(sent["properties"]["nights"]["type"], json!(["integer", "null"]));
    assert_eq!(sent["properties"]["stops"]["type"], json!(["array", "null"]));
    assert!(!sent.to_string().contains("default"), "{sent}");
}

#[test]
fn output_schema_with_strict_is_sent_as_it_is() {
    for schema in [optional(), map(), json!({ "type": "object", "title": "T" })] {
        let (sent, is_strict) = output_schema(&schema, Some(true), true, &profile(true, false));
        assert_eq!((sent.as_ref(), is_strict), (&schema, Some(true)));
    }
    // A profile may convert all schemas.
    let (schemas, profile) = ([optional(), map()], profile(true, true));
    let sent = schemas.each_ref().map(|schema| output_schema(schema, Some(true), false, &profile));
    assert_eq!((&sent[0].0["required"], sent[0].1), (&json!(["n"]), Some(true)));
    assert_eq!((sent[1].0.as_ref(), sent[1].1), (&schemas[1], Some(false)));
}

#[test]
fn output_schema_with_other_keywords_is_not_strict() {
    let with = |property: Value| {
        json!({ "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": { "a": property } })
    };
    let strict = |property: Value| output_schema(&with(property), None, true, &Profile::openai()).1;
    for property in [
        json!({ "type": "string", "pattern": "^a", "format": "uuid" }),
        json!({ "type": "integer", "minimum": 0, "maximum": 255, "multipleOf": 5 }),
        json!({ "type": "array", "items": { "const": 1 }, "minItems": 1, "maxItems": 2 }),
        json!({ "$ref": "#/$defs/A" }),
    ] {
        assert_eq!(strict(property.clone()), Some(true), "{property}");
    }
    for property in [
        json!({}),
        json!({ "type": "string", "minLength": 1 }),
        json!({ "type": "string", "format": "color" }),
        json!({ "type": "string", "title": "A" }),
        json!({ "allOf": [{ "type": "string" }] }),
        json!({ "$ref": "#/$defs/A", "description": "next to a reference" }),
    ] {
        assert_eq!(strict(property.clone()), None, "{property}");
    }
}
