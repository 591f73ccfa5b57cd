use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use callsign_core::words::request::{Options, Request, ToolDefinition};
use serde_json::{Value, json};

use super::*;
use crate::endpoint::address::Endpoint;
use crate::wire::encode::Body;

#[track_caller]
fn recognised(address: &str) -> Profile {
    Endpoint::parse(address).expect("a good address").profile().clone()
}

#[test]
fn services_are_known_by_their_hosts() {
    for (address, profile) in [
        ("https://api.mistral.ai/v1", Profile::mistral()),
        ("https://API.Mistral.ai/v1/chat/completions", Profile::mistral()),
        ("https://api.deepseek.com", Profile::deepseek()),
        ("https://api.deepseek.com/v1", Profile::deepseek()),
        ("https://api.x.ai/v1", Profile::xai()),
        ("https://openrouter.ai/api/v1", Profile::openrouter()),
        ("https://api.groq.com/openai/v1", Profile::openai_compatible()),
        ("https://mistral.example.com/v1", Profile::openai_compatible()),
        ("https://api.x.ai.example.com/v1", Profile::openai_compatible()),
    ] {
        assert_eq!(recognised(address), profile, "{address}");
    }
    let beta = Profile { takes_strict: true, ..Profile::deepseek() };
    assert_eq!(recognised("https://api.deepseek.com/beta/"), beta);
}

/// The body of a streamed request with a call and its result.
fn body(profile: &Profile) -> Value {
    let mut said = AssistantMessage {
        reasoning: "Hm.".to_owned(),
        tool_calls: vec![ToolCall::new("call_1", "find", "{}")],
        ..AssistantMessage::default()
    };
    said.extra.insert("extra_content".to_owned(), json!(1));
    said.extra.insert("reasoning_details".to_owned(), json!([2]));
    let messages =
        vec![Message::user("hi"), Message::Assistant(said), Message::tool("call_1", "ok")];
    let tool = ToolDefinition {
        name: "find".into(),
        description: "".into(),
        parameters: json!({ "type": "object", "properties": {} }).into(),
        strict: Some(true),
    };
    let options = Options::new().max_tokens(9).seed(7);
    let request = Request::new(messages).tools([tool]).options(options);
    let stream_options = profile.stream_options;
    let body = Body { request: &request, profile, model: None, streaming: true, stream_options };
    serde_json::to_value(&body).expect("JSON")
}

/// What two bodies have otherwise: where, and what the second one has there.
fn otherwise(plain: &Value, other: &Value, at: &str, out: &mut Vec<String>) {
    match (plain, other) {
        (Value::Object(plain), Value::Object(other)) => {
            let added = other.keys().filter(|name| !plain.contains_key(*name));
            for name in plain.keys().chain(added) {
                let (plain, other) = (plain.get(name), other.get(name));
                let (plain, other) = (plain.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
                otherwise(plain, other, &format!("{at}.{name}"), out);
            }
        }
        (Value::Array(plain), Value::Array(other)) if plain.len() == other.len() => {
            for (index, (plain, other)) in plain.iter().zip(other).enumerate() {
                otherwise(plain, other, &format!("{at}.{index}"), out);
            }
        }
        _ if plain == other => {}
        _ => out.push(format!("{at}: {other}")),
    }
}

#[test]
fn each_service_gets_what_it_wants_and_is_otherwise_like_the_rest() {
    let plain = body(&Profile::openai_compatible());
    let strict = "{\"additionalProperties\":false,\"properties\":{},\"required\":[]";
    assert!(!plain.to_string().contains(strict));
    let check = |profile: Profile, expected: &[&str]| {
        let mut found = Vec::new();
        otherwise(&plain, &body(&profile), "", &mut found);
        found.sort_unstable();
        assert_eq!(found, expected, "{}", profile.name);
    };
    let id = body(&Profile::mistral())["messages"][2]["tool_call_id"].to_string();
    check(
        Profile::mistral(),
        &[
            ".messages.1.extra_content: null",
            &format!(".messages.1.tool_calls.0.id: {id}"),
            &format!(".messages.2.tool_call_id: {id}"),
            ".random_seed: 7",
            ".seed: null",
            ".stream_options: null",
            ".tools.0.function.parameters.additionalProperties: false",
            ".tools.0.function.parameters.required: []",
            ".tools.0.function.strict: true",
        ],
    );
    assert_eq!(id.trim_matches('"').len(), 9);
    check(
        Profile::deepseek(),
        &[".messages.1.reasoning_content: \"Hm.\"", ".messages.1.reasoning_details: [2]"],
    );
    check(Profile::xai(), &[".max_completion_tokens: 9", ".max_tokens: null"]);
    check(
        Profile::openrouter(),
        &[
            ".messages.1.reasoning_content: \"Hm.\"",
            ".messages.1.reasoning_details: [2]",
            ".tools.0.function.parameters.additionalProperties: false",
            ".tools.0.function.parameters.required: []",
            ".tools.0.function.strict: true",
        ],
    );
    assert_eq!(Profile::deepseek().answer_format, AnswerFormat::Json);
}

#[test]
fn a_seed_of_another_name_is_an_extra_field_where_that_is_told() {
    let profile = Profile { seed: SeedField::RandomSeed, ..Profile::model_inference() };
    let request = Request::user("hi").options(Options::new().seed(7));
    let has_extras = |profile: &Profile| {
        Body { request: &request, profile, model: None, streaming: false, stream_options: false }
            .has_extras()
    };
    assert!(has_extras(&profile) && !has_extras(&Profile::model_inference()));
}
