//! Schemas that were written elsewhere: one of them never stops an agent with other tools.

use std::collections::BTreeMap;

use callsign_core::agent::agent::Agent;
use callsign_core::toolset::dynamic_tool::DynamicTool;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::traits::context::Context;
use callsign_types::traits::tool_error::ToolError;
use serde_json::{Value, json};

use crate::common::warnings::Warnings;

/// A tool that returns its arguments.
fn echo(name: &str, schema: Value) -> DynamicTool {
    DynamicTool::new(name, "Returns its arguments.", schema, |_: Context, arguments: Value| async {
        Ok::<_, ToolError>(arguments)
    })
}

/// Returns the tool, the path and the keyword of each warning.
fn places(warnings: &[BTreeMap<String, String>]) -> Vec<[&str; 3]> {
    let place = |fields: &'_ BTreeMap<String, String>| {
        ["tool", "path", "keyword"].map(|name| fields.get(name).cloned().unwrap_or_default())
    };
    warnings.iter().map(place).map(|place| place.map(|text| &*text.leak())).collect()
}

#[tokio::test]
async fn schema_that_cannot_be_checked_is_sent_unchanged_and_named_in_a_warning() {
    let (warnings, _guard) = Warnings::begin();
    let schemas = [
        ("memory", json!({ "pattern": r"^\p{L}{1,1000}$" }), "pattern"),
        ("dots", json!({ "pattern": "^.{0,100000}$" }), "pattern"),
        ("python", json!({ "pattern": r"\A\d+\Z" }), "pattern"),
        ("broken", json!({ "pattern": "(" }), "pattern"),
        ("dict", json!({ "type": "dict" }), "type"),
        ("missing", json!({ "$ref": "#/$defs/none" }), "$ref"),
        ("elsewhere", json!({ "$ref": "https://example.com/schema" }), "$ref"),
        ("text", json!({ "minimum": "1" }), "minimum"),
        ("flag", json!({ "required": true }), "required"),
        ("sample", json!({ "type": "integer", "examples": ["x"] }), "examples"),
    ];
    let of = |x: &Value| json!({ "type": "object", "properties": { "x": x } });
    let script = schemas.each_ref().map(|(name, ..)| (*name, json!({ "x": { "y": "!" } })));
    let script = script.into_iter().fold(ScriptedReply::empty(), |reply, (name, arguments)| {
        if name == "sample" { reply } else { reply.and_call(name, arguments) }
    });
    let model = ScriptedModel::new([script, ScriptedReply::text("Done.")]);
    let mut agent = Agent::builder(model.clone());
    for (name, x, _) in &schemas {
        agent = agent.tool(echo(name, of(x)));
    }
    let agent = agent.build().unwrap();

    let all = warnings.all();
    let expected: Vec<_> =
        schemas.iter().map(|(name, _, keyword)| [*name, "/properties/x", *keyword]).collect();
    assert_eq!(places(&all), expected);
    assert!(all.iter().all(|fields| !fields["reason"].is_empty()), "{all:?}");

    agent.run("Call all.").await.unwrap();
    let request = model.last_request().unwrap();
    for (tool, (name, x, _)) in request.tools.iter().zip(&schemas) {
        assert_eq!((&*tool.name, &*tool.parameters), (*name, &of(x)));
    }
    let results = request.messages.iter().filter(|message| message.text().contains("\"y\":\"!\""));
    assert_eq!(results.count(), schemas.len() - 1, "every value is allowed there");
}

#[tokio::test]
async fn foreign_dialects_are_checked_as_they_mean_it() {
    let (warnings, _guard) = Warnings::begin();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "word": { "type": "string", "pattern": r"^(?!admin$)[\w-.]+$" },
            "point": { "items": [{ "type": "number" }, { "type": "number" }],
                "additionalItems": false },
            "note": { "type": "string", "nullable": true },
            "anything": { "type": "any" },
            "amount": { "type": "number", "multipleOf": 0.01 },
        },
    });
    let model = ScriptedModel::new([
        ScriptedReply::call(
            "echo",
            json!({ "word": "a-b.c", "point": [1, 2.5], "note": null,
            "anything": [1], "amount": 19.99 }),
        ),
        ScriptedReply::call("echo", json!({ "word": "admin", "point": [1, 2, 3] })),
        ScriptedReply::call("echo", json!({ "amount": 19.999 })),
        ScriptedReply::text("Done."),
    ]);
    let agent = Agent::builder(model.clone()).tool(echo("echo", schema)).build().unwrap();
    assert_eq!(warnings.all(), []);
    let reply = agent.run("Call it.").await.unwrap();
    let results: Vec<_> = reply.messages().iter().map(|message| message.text()).collect();
    let rejected = |text: &str| results.iter().any(|result| result.contains(text));
    assert!(rejected("\"amount\":19.99"), "{results:?}");
    assert!(rejected("`word`: expected text that matches the pattern"), "{results:?}");
    assert!(rejected("`point`: has 1 item too many"), "{results:?}");
    assert!(rejected("expected a multiple of 0.01, got 19.999"), "{results:?}");
}

#[tokio::test]
async fn output_whose_pattern_needs_too_much_memory_is_checked_otherwise() {
    let (warnings, _guard) = Warnings::begin();
    let schema = json!({ "type": "object", "required": ["name"], "properties": {
        "name": { "type": "string", "pattern": r"^\p{L}{1,1000}$" } } });
    let model =
        ScriptedModel::new([ScriptedReply::text("{}"), ScriptedReply::text(r#"{"name": "Ada"}"#)]);
    let agent = Agent::builder(model).build().unwrap();
    let value: Value = agent.run("Who?").output_schema("person", schema).await.unwrap();
    assert_eq!(value, json!({ "name": "Ada" }));
    let all = warnings.all();
    let pattern = |fields: &&BTreeMap<String, String>| fields.get("output").is_some();
    let fields = all.iter().find(pattern).unwrap();
    assert_eq!(fields["output"], "person");
    assert_eq!((&*fields["path"], &*fields["keyword"]), ("/properties/name", "pattern"));
}
