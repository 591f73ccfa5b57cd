//! Recursive argument types in each form of schema.
use callsign::model::Profile;
use callsign::testing::{ScriptedModel, ScriptedReply};
use callsign::tool::ToolDefinition;
use callsign::{Agent, ChatModel, Message, Request, data, tool, tools};
use serde_json::{Value, json};

/// A task and its parts.
#[data]
struct Task {
    name: String,
    parts: Option<Vec<Task>>,
}

/// Lists the names of a task and its parts.
#[tool]
fn names(task: Task) -> Vec<String> {
    let mut all = vec![task.name];
    all.extend(task.parts.into_iter().flatten().flat_map(names));
    all
}

fn definition(strict: Option<bool>) -> ToolDefinition {
    let mut definition = tools![names][0].spec().definition.clone();
    definition.strict = strict;
    definition
}

fn model(profile: Profile) -> ChatModel {
    ChatModel::builder("http://127.0.0.1:9/v1").model("m").profile(profile).build().unwrap()
}

/// Returns the function in the request body.
fn sent(profile: Profile, strict: Option<bool>) -> Value {
    let request = Request::user("hi").tools([definition(strict)]);
    model(profile).preview(&request).unwrap().body["tools"][0]["function"].clone()
}

#[tokio::test]
async fn recursive_arguments_are_validated_at_every_depth() {
    let leaf = |name: &str| json!({ "name": name });
    let right = json!({ "task": { "name": "a", "parts": [
        { "name": "b", "parts": [leaf("c")] }, { "name": "d", "parts": null }] } });
    let wrong = json!({ "task": { "name": "a", "parts": [{ "name": "b", "parts": [{}] }] } });
    let model = ScriptedModel::new([
        ScriptedReply::call("names", wrong),
        ScriptedReply::call("names", right),
        ScriptedReply::text("Done."),
    ]);
    let agent = Agent::builder(model).tools(tools![names]).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let results = reply.messages().iter().filter(|message| matches!(message, Message::Tool(_)));
    let results: Vec<_> = results.map(|message| message.text().into_owned()).collect();
    let reason = "`task.parts[0].parts[0].name` is missing";
    assert!(results[0].contains(reason), "{}", results[0]);
    assert_eq!(results[1], r#"["a","b","c","d"]"#);
}

#[test]
fn plain_schemas_keep_the_reference() {
    let function = sent(Profile::openai(), None);
    assert_eq!(function.get("strict"), None);
    assert_eq!(function["parameters"], *definition(None).parameters);
    assert!(function["parameters"].to_string().contains("\"$ref\""));
}

#[test]
fn strict_schemas_keep_the_reference_and_require_everything() {
    let function = sent(Profile::openai(), Some(true));
    assert_eq!(function["strict"], true);
    let parameters = &function["parameters"];
    let task = &parameters["$defs"]["Task"];
    assert_eq!(task["required"].as_array().unwrap().len(), 2, "{parameters}");
    assert_eq!(task["additionalProperties"], false);
    assert!(task["properties"]["parts"].to_string().contains("\"$ref\""), "{parameters}");
    let all = tools![names];
    assert!(Agent::builder(model(Profile::openai())).tools(all).build().is_ok());
}

#[test]
fn recursive_types_need_references() {
    let mut profile = Profile::openai_compatible();
    profile.inlined_schemas = true;
    let error = Agent::builder(model(profile)).tools(tools![names]).build().unwrap_err();
    assert!(error.is_configuration());
    let message = error.to_string();
    assert!(message.contains("tool `names` has a recursive argument type"), "{message}");
}
