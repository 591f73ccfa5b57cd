use std::sync::Arc;

use callsign_core::words::content::Part;
use callsign_core::words::message::{AssistantMessage, ToolCall};
use callsign_core::words::messages::Messages;
use serde_json::json;

use super::*;
use crate::endpoint::profile::CallContent;
use crate::shared::shared;

fn encode(request: &Request, profile: &Profile, model: Option<&str>, streaming: bool) -> Value {
    let stream_options = profile.stream_options;
    let body = Body { request, profile, model, streaming, stream_options };
    serde_json::from_slice(&serde_json::to_vec(&body).expect("JSON")).expect("JSON")
}

#[track_caller]
fn check(request: &Request, profile: &Profile, expected: Value) {
    assert_eq!(encode(request, profile, None, false), expected);
}

fn calls(text: &str) -> Message {
    let mut call = ToolCall::new("abc0dF1gh", "get_flight_info", "{\"origin\": \"Miami\"}");
    call.extra.insert("extra_content".to_owned(), json!({ "google": 1 }));
    call.extra.insert("function".to_owned(), json!({ "call_id": "c", "name": "no" }));
    Message::Assistant(AssistantMessage {
        text: text.to_owned(),
        reasoning: "Hm.".to_owned(),
        tool_calls: vec![call],
        ..AssistantMessage::default()
    })
}

#[test]
fn instructions_come_first_and_empty_messages_are_left_out() {
    let request = Request::new(vec![
        Message::user("Hi."),
        Message::assistant(""),
        Message::assistant("Hello."),
        Message::Developer(callsign_core::words::message::TextMessage {
            content: "Be brief.".to_owned(),
        }),
    ])
    .instructions("You are helpful.");
    check(
        &request,
        &Profile::model_inference(),
        json!({ "messages": [
            { "role": "system", "content": "You are helpful." },
            { "role": "user", "content": "Hi." },
            { "role": "assistant", "content": "Hello." },
            { "role": "developer", "content": "Be brief." },
        ] }),
    );
}

#[test]
fn calls_and_results_go_back_with_what_is_not_known_of_them() {
    let call = json!({ "id": "abc0dF1gh", "type": "function", "extra_content": { "google": 1 },
        "function": { "name": "get_flight_info", "arguments": "{\"origin\": \"Miami\"}", "call_id": "c" } });
    let parts = vec![Part::text("no "), Part::text("flights")];
    let request = Request::new(vec![calls("Let me see."), Message::tool("abc0dF1gh", parts)]);
    check(
        &request,
        &Profile::openai(),
        json!({ "messages": [
            { "role": "assistant", "content": "Let me see.", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "abc0dF1gh", "content": "no flights" },
        ] }),
    );
}

#[test]
fn content_beside_calls_is_as_the_profile_has_it() {
    let request = Request::new(vec![calls("")]);
    let content = |call_content| {
        let mut profile = Profile::openai_compatible();
        profile.call_content = call_content;
        let body = encode(&request, &profile, None, false);
        body["messages"][0].get("content").cloned()
    };
    assert_eq!(content(CallContent::Null), Some(Value::Null));
    assert_eq!(content(CallContent::Empty), Some(json!("")));
    assert_eq!(content(CallContent::Omitted), None);
}

#[test]
fn reasoning_goes_back_only_where_the_profile_says_so() {
    let request = Request::new(vec![calls("")]);
    let mut profile = Profile::openai_compatible();
    assert_eq!(
        encode(&request, &profile, None, false)["messages"][0].get("reasoning_content"),
        None
    );
    profile.returns_reasoning = true;
    assert_eq!(encode(&request, &profile, None, false)["messages"][0]["reasoning_content"], "Hm.");
}

#[test]
fn a_refusal_goes_back_as_what_was_said() {
    let refused =
        AssistantMessage { refusal: Some("I can't.".to_owned()), ..AssistantMessage::default() };
    let request = Request::new(vec![Message::Assistant(refused)]);
    let expected = json!({ "messages": [{ "role": "assistant", "content": "I can't." }] });
    check(&request, &Profile::openai(), expected);
}

#[test]
fn parts_of_every_kind() {
    let odd = json!({ "type": "file", "file": { "file_id": "f" } });
    let request = Request::user(vec![
        Part::text("what?"),
        Part::image_url("data:image/png;base64,AA=="),
        Part::ImageUrl {
            url: "https://example.com/a.png".to_owned(),
            detail: Some("low".to_owned()),
        },
        Part::InputAudio { data: "AA==".to_owned(), format: "wav".to_owned() },
        Part::AudioUrl { url: "https://example.com/a.mp3".to_owned() },
        Part::Other(odd.clone()),
    ]);
    check(
        &request,
        &Profile::model_inference(),
        json!({ "messages": [{ "role": "user", "content": [
            { "type": "text", "text": "what?" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } },
            { "type": "image_url", "image_url": { "url": "https://example.com/a.png", "detail": "low" } },
            { "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } },
            { "type": "audio_url", "audio_url": { "url": "https://example.com/a.mp3" } },
            odd,
        ] }] }),
    );
}

#[test]
fn the_token_limit_and_the_usage_of_streams_are_as_the_profile_has_them() {
    let request = Request::user("hi").options(Options::new().max_tokens(9));
    let v1 = encode(&request, &Profile::azure_v1(), Some("dep"), true);
    assert_eq!(
        v1,
        json!({ "model": "dep", "messages": [{ "role": "user", "content": "hi" }], "stream": true,
            "stream_options": { "include_usage": true }, "max_completion_tokens": 9 })
    );
    let inference = encode(&request, &Profile::model_inference(), None, true);
    assert_eq!(
        inference,
        json!({ "messages": [{ "role": "user", "content": "hi" }], "stream": true, "max_tokens": 9 })
    );
}

#[test]
fn extra_fields_stand_at_the_root_and_never_twice() {
    let options = Options::new().temperature(0.5).extra("logprobs", true).extra("temperature", 2);
    let request = Request::user("hi").options(options.extra("messages", "none"));
    check(
        &request,
        &Profile::openai(),
        json!({ "messages": [{ "role": "user", "content": "hi" }], "temperature": 0.5, "logprobs": true }),
    );
    let body = serde_json::to_string(&Body {
        request: &request,
        profile: &Profile::openai(),
        model: None,
        streaming: false,
        stream_options: true,
    });
    assert_eq!(body.expect("JSON").matches("temperature").count(), 1);
}

#[test]
fn a_tool_choice_without_tools_is_not_sent() {
    let request = Request::user("hi").tool_choice(ToolChoice::None);
    check(
        &request,
        &Profile::openai(),
        json!({ "messages": [{ "role": "user", "content": "hi" }] }),
    );
}

/// Each chat request that the official clients were seen to send can be sent by us.
#[test]
fn the_requests_of_the_official_clients() {
    let Some(path) = shared("the_requests_of_the_official_clients", "wire-requests.jsonl") else {
        return;
    };
    let mut checked = 0;
    for line in std::fs::read_to_string(path).expect("readable").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        if !case["target"].as_str().is_some_and(|target| target.contains("/chat/completions")) {
            continue;
        }
        let body = &case["body"];
        let profile = match case["target"].as_str() {
            Some(target) if target.contains("/deployments/") => Profile::azure_deployment(),
            Some(target) if target.starts_with("/v1") => Profile::openai(),
            _ => Profile::model_inference(),
        };
        let request = request_of(body);
        let streaming = body["stream"] == true;
        let encoded = encode(&request, &profile, body["model"].as_str(), streaming);
        assert_eq!(encoded, *body, "{}", case["case"]);
        let pass = profile.extra_parameters.is_some() && !request.options.extra.is_empty();
        assert_eq!(case["headers"].get("extra-parameters").is_some(), pass, "{}", case["case"]);
        checked += 1;
    }
    println!("{checked} requests are as the official clients send them");
    assert_eq!(checked, 15);
}

/// Our words for a body that was seen.
fn request_of(body: &Value) -> Request {
    let messages: Messages =
        body["messages"].as_array().expect("messages").iter().map(message_of).collect();
    let tools = body["tools"].as_array().into_iter().flatten().map(|tool| ToolDefinition {
        name: tool["function"]["name"].as_str().expect("a name").into(),
        description: tool["function"]["description"].as_str().unwrap_or_default().into(),
        parameters: Arc::new(tool["function"]["parameters"].clone()),
    });
    let mut options = Options::new();
    options.temperature = body["temperature"].as_f64();
    options.top_p = body["top_p"].as_f64();
    options.max_tokens = body["max_tokens"].as_u64();
    options.seed = body["seed"].as_i64();
    options.frequency_penalty = body["frequency_penalty"].as_f64();
    options.presence_penalty = body["presence_penalty"].as_f64();
    for name in ["logprobs", "x"] {
        if let Some(value) = body.get(name) {
            options = options.extra(name, value.clone());
        }
    }
    let stop = body["stop"].as_array().into_iter().flatten();
    options = options.stop(stop.map(|text| text.as_str().expect("a text")));
    let schema = &body["response_format"]["json_schema"];
    match body["response_format"]["type"].as_str() {
        Some("json_object") => options = options.response_format(ResponseFormat::JsonObject),
        Some("json_schema") => {
            options = options.response_format(ResponseFormat::JsonSchema {
                name: schema["name"].as_str().expect("a name").to_owned(),
                schema: schema["schema"].clone(),
                description: schema["description"].as_str().map(str::to_owned),
                strict: schema["strict"].as_bool(),
            });
        }
        _ => {}
    }
    let choice = match &body["tool_choice"] {
        Value::String(word) if word == "required" => ToolChoice::Required,
        Value::Object(choice) => {
            ToolChoice::Tool(choice["function"]["name"].as_str().expect("a name").to_owned())
        }
        _ => ToolChoice::Unset,
    };
    Request::new(messages).tools(tools).options(options).tool_choice(choice)
}

fn message_of(message: &Value) -> Message {
    let text = message["content"].as_str().unwrap_or_default();
    match message["role"].as_str() {
        Some("system") => Message::system(text),
        Some("tool") => Message::tool(message["tool_call_id"].as_str().expect("an id"), text),
        Some("assistant") => {
            let call = |call: &Value| {
                let function = &call["function"];
                let text = |value: &Value| value.as_str().expect("a text").to_owned();
                ToolCall::new(
                    text(&call["id"]),
                    text(&function["name"]),
                    text(&function["arguments"]),
                )
            };
            Message::Assistant(AssistantMessage {
                text: text.to_owned(),
                tool_calls: message["tool_calls"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(call)
                    .collect(),
                ..AssistantMessage::default()
            })
        }
        _ => match message["content"].as_array() {
            Some(parts) => Message::user(parts.iter().map(part_of).collect::<Vec<_>>()),
            None => Message::user(text),
        },
    }
}

fn part_of(part: &Value) -> Part {
    let image = &part["image_url"];
    match image["url"].as_str() {
        Some(url) => Part::ImageUrl {
            url: url.to_owned(),
            detail: image["detail"].as_str().map(str::to_owned),
        },
        None => Part::text(part["text"].as_str().expect("a text")),
    }
}
