use callsign_types::content::Part;
use callsign_types::message::{AssistantMessage, Message, TextMessage, ToolCall};
use serde_json::json;

use super::*;
use crate::endpoint::profile::CallContent;

fn encode(request: &Request, profile: &Profile, model: Option<&str>, streaming: bool) -> Value {
    let stream_options = profile.stream_options;
    let body = RequestBody { request, profile, model, streaming, stream_options };
    serde_json::from_slice(&serde_json::to_vec(&body).expect("JSON")).expect("JSON")
}

#[track_caller]
fn check(request: &Request, profile: &Profile, expected: Value) {
    assert_eq!(encode(request, profile, None, false), expected);
}

fn with_calls(text: &str) -> Message {
    let mut call = ToolCall::new("abc0dF1gh", "get_flight_info", "{\"origin\": \"Miami\"}");
    call.extra.insert("extra_content".to_owned(), json!({ "google": 1 }));
    call.extra.insert("function".to_owned(), json!({ "call_id": "c", "name": "no" }));
    let mut message = AssistantMessage::new(text).with_tool_calls([call]);
    message.reasoning = "Hm.".to_owned();
    message.into()
}

#[test]
fn instructions_come_first_and_empty_messages_are_omitted() {
    let request = Request::new(vec![
        Message::user("Hi."),
        Message::assistant(""),
        Message::assistant("Hello."),
        Message::Developer(TextMessage::new("Be brief.")),
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
fn unknown_fields_of_calls_are_returned_if_the_profile_allows() {
    let call = json!({ "id": "abc0dF1gh", "type": "function", "extra_content": { "google": 1 },
        "function": { "name": "get_flight_info", "arguments": "{\"origin\": \"Miami\"}", "call_id": "c" } });
    let parts = vec![Part::text("no "), Part::text("flights")];
    let request = Request::new(vec![with_calls("Let me see."), Message::tool("abc0dF1gh", parts)]);
    check(
        &request,
        &Profile { returns_extra: true, ..Profile::openai() },
        json!({ "messages": [
            { "role": "assistant", "content": "Let me see.", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "abc0dF1gh", "content": "no flights" },
        ] }),
    );
    // Providers that do not know such a field reject the request.
    let known = json!({ "id": "abc0dF1gh", "type": "function",
        "function": { "name": "get_flight_info", "arguments": "{\"origin\": \"Miami\"}" } });
    let sent = encode(&request, &Profile::openai(), None, false);
    assert_eq!(sent["messages"][0]["tool_calls"], json!([known]));
}

#[test]
fn content_of_messages_with_calls_follows_the_profile() {
    let request = Request::new(vec![with_calls("")]);
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
fn reasoning_is_returned_only_if_the_profile_says_so() {
    let request = Request::new(vec![with_calls("")]);
    let mut profile = Profile::openai_compatible();
    assert_eq!(
        encode(&request, &profile, None, false)["messages"][0].get("reasoning_content"),
        None
    );
    profile.returns_reasoning = true;
    assert_eq!(encode(&request, &profile, None, false)["messages"][0]["reasoning_content"], "Hm.");
}

#[test]
fn refusal_is_sent_as_content() {
    let mut refused = AssistantMessage::default();
    refused.refusal = Some("I can't.".to_owned());
    let request = Request::new(vec![Message::Assistant(refused)]);
    let expected = json!({ "messages": [{ "role": "assistant", "content": "I can't." }] });
    check(&request, &Profile::openai(), expected);
}

#[test]
fn all_kinds_of_parts() {
    let other = json!({ "type": "file", "file": { "file_id": "f" } });
    let request = Request::user(vec![
        Part::text("what?"),
        Part::image_url("data:image/png;base64,AA=="),
        Part::ImageUrl {
            url: "https://example.com/a.png".to_owned(),
            detail: Some("low".to_owned()),
        },
        Part::InputAudio { data: "AA==".to_owned(), format: "wav".to_owned() },
        Part::AudioUrl { url: "https://example.com/a.mp3".to_owned() },
        Part::Other(other.clone()),
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
            other,
        ] }] }),
    );
}

#[test]
fn token_limit_and_stream_options_follow_the_profile() {
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
fn extra_fields_are_at_the_root_without_duplicates() {
    let options = Options::new().temperature(0.5).extra("logprobs", true).extra("temperature", 2);
    let request = Request::user("hi").options(options.extra("messages", "none"));
    check(
        &request,
        &Profile::openai(),
        json!({ "messages": [{ "role": "user", "content": "hi" }], "temperature": 0.5, "logprobs": true }),
    );
    let body = serde_json::to_string(&RequestBody {
        request: &request,
        profile: &Profile::openai(),
        model: None,
        streaming: false,
        stream_options: true,
    });
    assert_eq!(body.expect("JSON").matches("temperature").count(), 1);
}

#[test]
fn tool_choice_without_tools_is_omitted() {
    let request = Request::user("hi").tool_choice(ToolChoice::None);
    check(
        &request,
        &Profile::openai(),
        json!({ "messages": [{ "role": "user", "content": "hi" }] }),
    );
}

#[test]
fn newer_options_count_as_extra_fields() {
    let extras = |options: Options, profile: &Profile| {
        let tool = ToolDefinition::new("f", "", json!({ "type": "object", "properties": {} }));
        let request = Request::user("hi").options(options).tools([tool]);
        let stream_options = profile.stream_options;
        RequestBody { request: &request, profile, model: None, streaming: true, stream_options }
            .has_extras()
    };
    let inference = Profile::model_inference();
    for later in [
        Options::new().parallel_tool_calls(false),
        Options::new().reasoning_effort("low"),
        Options::new().logprobs(true),
        Options::new().top_logprobs(2),
        Options::new().user("u"),
        Options::new().extra("safe_mode", true),
    ] {
        assert!(extras(later.clone(), &inference), "{later:?}");
    }
    assert!(!extras(Options::new().max_tokens(9).temperature(1.0).seed(1).stop(["x"]), &inference));
    let mut renamed = inference.clone();
    renamed.token_limit = TokenLimit::MaxCompletionTokens;
    assert!(extras(Options::new().max_tokens(9), &renamed));
    renamed.token_limit = TokenLimit::MaxTokens;
    renamed.stream_options = true;
    assert!(extras(Options::new(), &renamed));
}

#[test]
fn options_have_their_fields() {
    let options = Options::new()
        .reasoning_effort("low")
        .logprobs(true)
        .top_logprobs(2)
        .user("u")
        .parallel_tool_calls(false)
        .extra("user", "not this one");
    check(
        &Request::user("hi").options(options.clone()),
        &Profile::openai(),
        json!({ "messages": [{ "role": "user", "content": "hi" }], "reasoning_effort": "low",
            "logprobs": true, "top_logprobs": 2, "user": "u" }),
    );
    let tool = ToolDefinition::new("f", "", json!({ "type": "object", "properties": {} }));
    let request = Request::user("hi").options(options).tools([tool]);
    assert_eq!(encode(&request, &Profile::openai(), None, false)["parallel_tool_calls"], false);
}

#[test]
fn json_mode_adds_an_instruction_unless_json_is_mentioned() {
    let messages = |request: Request, profile: &Profile| {
        let options = Options::new().response_format(ResponseFormat::JsonObject);
        encode(&request.options(options), profile, None, false)["messages"].clone()
    };
    let profile = Profile::model_inference();
    let instruction = profile.json_instruction.clone().expect("an instruction");
    let user = json!({ "role": "user", "content": "hi" });
    let system = |text: &str| json!({ "role": "system", "content": text });
    assert_eq!(messages(Request::user("hi"), &profile), json!([system(&instruction), user]));
    assert_eq!(
        messages(Request::user("hi").instructions("Be brief."), &profile),
        json!([system(&format!("Be brief.\n\n{instruction}")), user])
    );
    assert_eq!(
        messages(Request::user("hi").instructions("Say Json."), &profile),
        json!([system("Say Json."), user])
    );
    let mentioned = messages(Request::user(vec![Part::text("as JSON")]), &profile);
    assert_eq!(mentioned.as_array().map(Vec::len), Some(1));
    let mut without_instruction = profile.clone();
    without_instruction.json_instruction = None;
    assert_eq!(messages(Request::user("hi"), &without_instruction), json!([user]));
    let plain = encode(&Request::user("hi"), &profile, None, false);
    assert_eq!(plain["messages"], json!([user]));
}

#[test]
fn messages_follow_the_profile() {
    let mut profile = Profile::openai_compatible();
    profile.json_tool_results = true;
    profile.single_system_message = true;
    profile.nine_character_call_ids = true;
    let request = Request::new(vec![
        Message::user("hi"),
        Message::Assistant(AssistantMessage::default().with_tool_calls([
            ToolCall::new("call_1", "f", "{}"),
            ToolCall::new("abc0dF1gh", "f", "{}"),
        ])),
        Message::tool("call_1", "no flights"),
        Message::tool("abc0dF1gh", "{\"a\": 1}"),
        Message::system("And polite."),
    ])
    .instructions("Be brief.");
    let body = encode(&request, &profile, None, false);
    let messages = &body["messages"];
    assert_eq!(messages[0], json!({ "role": "system", "content": "Be brief.\n\nAnd polite." }));
    let ids = [&messages[2]["tool_calls"][0]["id"], &messages[2]["tool_calls"][1]["id"]];
    assert_eq!(ids[1], "abc0dF1gh");
    let generated = ids[0].as_str().expect("a string");
    assert!(
        generated.len() == 9 && generated.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{generated}"
    );
    assert_eq!(messages[3]["tool_call_id"], *ids[0]);
    assert_eq!(messages[3]["content"], r#"{"result":"no flights"}"#);
    assert_eq!(messages[4]["content"], r#"{"a": 1}"#);
    assert_eq!(messages.as_array().map(Vec::len), Some(5));
}

#[test]
fn schemas_follow_the_profile() {
    let parameters = json!({ "type": "object", "properties": { "u": { "$ref": "#/$defs/U" } },
        "$defs": { "U": { "type": "string" } } });
    let tool = |parameters: &Value| ToolDefinition::new("f", "d", parameters.clone());
    let open = json!({ "type": "object", "additionalProperties": true });
    let recursive = json!({ "type": "object", "properties": { "r": { "$ref": "#" } } });
    let request = Request::user("hi").tools([tool(&parameters), tool(&open), tool(&recursive)]);
    let mut profile = Profile::openai();
    profile.strict_schemas = true;
    profile.inlined_schemas = true;
    let tools = encode(&request, &profile, None, false)["tools"].clone();
    let strict = json!({ "type": "object", "properties": { "u": { "type": ["string", "null"] } },
        "required": ["u"], "additionalProperties": false });
    assert_eq!(
        tools[0]["function"],
        json!({ "name": "f", "description": "d", "parameters": strict, "strict": true })
    );
    assert_eq!(
        tools[1]["function"],
        json!({ "name": "f", "description": "d", "parameters": open })
    );
    assert_eq!(tools[2]["function"].get("strict"), None);
}

#[test]
fn signed_fields_are_returned() {
    let calls = [ToolCall::new("i", "f", "{}")];
    let mut message = AssistantMessage::new("a").with_tool_calls(calls);
    message.extra.insert("extra_content".to_owned(), json!({ "google": 1 }));
    message.extra.insert("reasoning_details".to_owned(), json!([1]));
    message.extra.insert("annotations".to_owned(), json!([2]));
    let request = Request::new(vec![Message::Assistant(message)]);
    let mut profile = Profile::openai_compatible();
    let sent = encode(&request, &profile, None, false)["messages"][0].clone();
    assert_eq!(sent["extra_content"], json!({ "google": 1 }));
    assert_eq!((sent.get("reasoning_details"), sent.get("annotations")), (None, None));
    profile.returns_reasoning = true;
    let sent = encode(&request, &profile, None, false)["messages"][0].clone();
    assert_eq!(sent["reasoning_details"], json!([1]));
}

/// Kimi rejects an assistant message with calls that has no `reasoning_content`, such as one from
/// another model.
#[test]
fn required_reasoning_is_sent_if_it_is_empty() {
    let mut call = AssistantMessage::default();
    call.tool_calls.push(ToolCall::new("c", "find", "{}"));
    let messages = vec![call.into(), Message::tool("c", "ok"), Message::assistant("Done.")];
    let request = Request::new(messages);
    let mut profile = Profile::openai_compatible();
    for (returns, requires) in [(false, false), (true, false)] {
        (profile.returns_reasoning, profile.requires_reasoning) = (returns, requires);
        let sent = encode(&request, &profile, None, false);
        assert_eq!(sent["messages"][0].get("reasoning_content"), None);
    }
    for returns in [false, true] {
        (profile.returns_reasoning, profile.requires_reasoning) = (returns, true);
        let sent = encode(&request, &profile, None, false);
        assert_eq!(sent["messages"][0]["reasoning_content"], "");
        // A message without calls does not need one.
        assert_eq!(sent["messages"][2].get("reasoning_content"), None);
    }
}

/// What [`Profile::returns_extra`] documents.
#[test]
fn only_documented_unknown_fields_are_returned() {
    let mut call = ToolCall::new("c", "find", "{}");
    for name in ["id", "type", "index", "function", "signature"] {
        call.extra.insert(name.to_owned(), json!({ "name": 1, "arguments": 2, "note": 3 }));
    }
    let mut message = AssistantMessage::new("Hi.").with_tool_calls([call]);
    for name in ["role", "content", "name", "annotations", "function_call", "extra_content"] {
        message.extra.insert(name.to_owned(), json!(4));
    }
    let request = Request::new(vec![message.into(), Message::tool("c", "ok")]);
    let profile = Profile::openai_compatible();
    assert!(profile.returns_extra);
    let sent = encode(&request, &profile, None, false);
    let call = json!({ "id": "c", "type": "function",
        "function": { "name": "find", "arguments": "{}", "note": 3 },
        "signature": { "name": 1, "arguments": 2, "note": 3 } });
    let expected = json!({ "role": "assistant", "content": "Hi.", "extra_content": 4,
        "tool_calls": [call] });
    assert_eq!(sent["messages"][0], expected);
}

fn merged(messages: Vec<Message>) -> Value {
    let profile = Profile { alternating_roles: true, ..Profile::openai_compatible() };
    let request = Request::new(messages).instructions("Be brief.");
    encode(&request, &profile, None, false)["messages"].take()
}

/// Templates of Mistral, Gemma and others reject two messages of one role in a row. Compaction and
/// messages that waited in the inbox produce them.
#[test]
fn neighbors_of_one_role_are_merged_if_the_profile_asks_for_it() {
    let image = || Part::image_url("https://example.com/a.png");
    let messages = vec![
        Message::system("You are helpful."),
        Message::user("A note."),
        Message::user("One."),
        Message::assistant(""),
        Message::user(vec![image()]),
        Message::assistant("Two."),
        with_calls("Three."),
        Message::tool("abc0dF1gh", "ok"),
        Message::tool("other", "ok"),
        Message::user("Four."),
    ];
    let sent = merged(messages.clone());
    let roles: Vec<_> = sent.as_array().unwrap().iter().map(|sent| &sent["role"]).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "user"]);
    assert_eq!(sent[0]["content"], "Be brief.\n\nYou are helpful.");
    assert_eq!(
        sent[1]["content"],
        json!([
            { "type": "text", "text": "A note.\n\nOne." },
            { "type": "image_url", "image_url": { "url": "https://example.com/a.png" } },
        ])
    );
    assert_eq!(sent[2]["content"], "Two.\n\nThree.");
    assert_eq!(sent[2]["tool_calls"][0]["id"], "abc0dF1gh");
    // Without the setting, nothing changes.
    let request = Request::new(messages).instructions("Be brief.");
    let plain = encode(&request, &Profile::openai_compatible(), None, false);
    assert_eq!(plain["messages"].as_array().unwrap().len(), 10);
}

/// Merging must not lose anything.
#[test]
fn messages_that_cannot_be_merged_without_loss_stay_apart() {
    let mut spoken = AssistantMessage::default();
    spoken.extra.insert("audio".to_owned(), json!({ "id": "a" }));
    let mut refusing = AssistantMessage::default();
    refusing.refusal = Some("No.".to_owned());
    let mut reasoned = AssistantMessage::new("Yes.");
    reasoned.reasoning = "Hm.".to_owned();
    reasoned.extra.insert("reasoning_details".to_owned(), json!([1]));
    let mut called = AssistantMessage::default();
    called.tool_calls.push(ToolCall::new("c", "find", "{}"));
    called.reasoning = "So.".to_owned();
    called.extra.insert("reasoning_details".to_owned(), json!([2]));
    let profile = Profile {
        alternating_roles: true,
        returns_reasoning: true,
        ..Profile::openai_compatible()
    };
    let messages = vec![
        spoken.into(),
        refusing.into(),
        reasoned.into(),
        called.clone().into(),
        called.into(),
        Message::tool("c", "ok"),
    ];
    let sent = encode(&Request::new(messages), &profile, None, false)["messages"].take();
    let roles: Vec<_> = sent.as_array().unwrap().iter().map(|sent| &sent["role"]).collect();
    assert_eq!(roles, ["assistant", "assistant", "assistant", "tool"]);
    assert_eq!(sent[0]["audio"], json!({ "id": "a" }));
    assert_eq!(sent[1]["content"], "No.\n\nYes.");
    assert_eq!(sent[1]["reasoning_content"], "Hm.\n\nSo.");
    assert_eq!(sent[1]["reasoning_details"], json!([1, 2]));
    assert_eq!(sent[2]["tool_calls"].as_array().unwrap().len(), 1);
}

/// LiteLLM streams a block in pieces, and Anthropic rejects a block without its signature.
#[test]
fn pieces_of_a_thinking_block_are_joined() {
    let piece = |text: &str, signature: &str| json!({ "type": "thinking", "thinking": text, "signature": signature });
    let redacted = json!({ "type": "redacted_thinking", "data": "x" });
    let mut message = AssistantMessage::default();
    message.tool_calls.push(ToolCall::new("c", "find", "{}"));
    let blocks = json!([
        piece("Let me", ""),
        { "type": "thinking", "thinking": " see", "signature": null },
        piece("", "s1"),
        redacted,
        piece("So.", "s2"),
        piece("Well", ""),
        { "type": "thinking", "thinking": "." },
        piece("", "s3"),
    ]);
    message.extra.insert("thinking_blocks".to_owned(), blocks);
    let request = Request::new(vec![message.into(), Message::tool("c", "ok")]);
    let sent = encode(&request, &Profile::litellm(), None, false);
    let expected =
        json!([piece("Let me see", "s1"), redacted, piece("So.", "s2"), piece("Well.", "s3")]);
    assert_eq!(sent["messages"][0]["thinking_blocks"], expected);
}
