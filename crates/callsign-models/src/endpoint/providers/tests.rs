use callsign_types::message::{AssistantMessage, Message, ToolCall};
use callsign_types::request::{Options, Request, ToolDefinition};
use serde_json::{Value, json};

use super::*;
use crate::endpoint::address::Endpoint;
use crate::wire::encode::RequestBody;

#[track_caller]
fn recognized(address: &str) -> Profile {
    Endpoint::parse(address).expect("a good address").profile().clone()
}

#[test]
fn host_selects_the_profile() {
    for (address, profile) in [
        ("https://api.mistral.ai/v1", Profile::mistral()),
        ("https://API.Mistral.ai/v1/chat/completions", Profile::mistral()),
        ("https://api.deepseek.com", Profile::deepseek()),
        ("https://api.deepseek.com/v1", Profile::deepseek()),
        ("https://api.x.ai/v1", Profile::xai()),
        ("https://openrouter.ai/api/v1", Profile::openrouter()),
        ("https://api.moonshot.ai/v1", Profile::moonshot()),
        ("https://api.moonshot.cn/v1", Profile::moonshot()),
        ("https://api.kimi.com/coding/v1", Profile::moonshot()),
        ("https://api.z.ai/api/paas/v4", Profile::zai()),
        ("https://api.z.ai/api/coding/paas/v4", Profile::zai()),
        ("https://open.bigmodel.cn/api/paas/v4", Profile::zai()),
        ("https://api.minimax.io/v1", Profile::minimax()),
        ("https://api.minimaxi.com/v1", Profile::minimax()),
        ("https://api.groq.com/openai/v1", Profile::openai_compatible()),
        ("https://mistral.example.com/v1", Profile::openai_compatible()),
        ("https://api.x.ai.example.com/v1", Profile::openai_compatible()),
    ] {
        assert_eq!(recognized(address), profile, "{address}");
    }
    let beta = Profile { takes_strict: true, ..Profile::deepseek() };
    assert_eq!(recognized("https://api.deepseek.com/beta/"), beta);
}

/// Returns the body of a streamed request with a call and its result.
fn body(profile: &Profile) -> Value {
    let mut assistant = AssistantMessage::default();
    assistant.reasoning.push_str("Hm.");
    assistant.tool_calls.push(ToolCall::new("call_1", "find", "{}"));
    assistant.extra.insert("extra_content".to_owned(), json!(1));
    assistant.extra.insert("reasoning_details".to_owned(), json!([2]));
    assistant.extra.insert("thinking_blocks".to_owned(), json!([3]));
    let messages =
        vec![Message::user("hi"), Message::Assistant(assistant), Message::tool("call_1", "ok")];
    let parameters = json!({ "type": "object", "properties": {} });
    let tool = ToolDefinition::new("find", "", parameters).with_strict(true);
    let options = Options::new().max_tokens(9).seed(7);
    let request = Request::new(messages).tools([tool]).options(options);
    let stream_options = profile.stream_options;
    let body =
        RequestBody { request: &request, profile, model: None, streaming: true, stream_options };
    serde_json::to_value(&body).expect("JSON")
}

/// Collects the differences of two bodies: the path, and the value in the second one.
fn differences(base: &Value, other: &Value, at: &str, out: &mut Vec<String>) {
    match (base, other) {
        (Value::Object(base), Value::Object(other)) => {
            let added = other.keys().filter(|name| !base.contains_key(*name));
            for name in base.keys().chain(added) {
                let (base, other) = (base.get(name), other.get(name));
                let (base, other) = (base.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
                differences(base, other, &format!("{at}.{name}"), out);
            }
        }
        (Value::Array(base), Value::Array(other)) if base.len() == other.len() => {
            for (index, (base, other)) in base.iter().zip(other).enumerate() {
                differences(base, other, &format!("{at}.{index}"), out);
            }
        }
        _ if base == other => {}
        _ => out.push(format!("{at}: {other}")),
    }
}

#[test]
fn profiles_change_only_their_own_fields() {
    let base = body(&Profile::openai_compatible());
    let strict = "{\"additionalProperties\":false,\"properties\":{},\"required\":[]";
    assert!(!base.to_string().contains(strict));
    let check = |profile: Profile, expected: &[&str]| {
        let mut found = Vec::new();
        differences(&base, &body(&profile), "", &mut found);
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
    let reasoning = [
        ".messages.1.reasoning_content: \"Hm.\"",
        ".messages.1.reasoning_details: [2]",
        ".messages.1.thinking_blocks: [3]",
    ];
    assert!(Profile::moonshot().requires_reasoning);
    for profile in [
        Profile::deepseek(),
        Profile::moonshot(),
        Profile::zai(),
        Profile::minimax(),
        Profile::litellm(),
    ] {
        check(profile, &reasoning);
    }
    check(Profile::xai(), &[".max_completion_tokens: 9", ".max_tokens: null"]);
    check(
        Profile::openrouter(),
        &[
            ".messages.1.reasoning_content: \"Hm.\"",
            ".messages.1.reasoning_details: [2]",
            ".messages.1.thinking_blocks: [3]",
            ".tools.0.function.parameters.additionalProperties: false",
            ".tools.0.function.parameters.required: []",
            ".tools.0.function.strict: true",
        ],
    );
    assert_eq!(Profile::deepseek().output_mode, OutputMode::Json);
}

#[test]
fn renamed_seed_counts_as_an_extra_field() {
    let profile = Profile { seed: SeedField::RandomSeed, ..Profile::model_inference() };
    let request = Request::user("hi").options(Options::new().seed(7));
    let has_extras = |profile: &Profile| {
        RequestBody {
            request: &request,
            profile,
            model: None,
            streaming: false,
            stream_options: false,
        }
        .has_extras()
    };
    assert!(has_extras(&profile) && !has_extras(&Profile::model_inference()));
}
