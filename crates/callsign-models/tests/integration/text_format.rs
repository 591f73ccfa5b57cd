//! Reasoning and tool calls in the text of a response.

use callsign_models::endpoint::profile::Profile;
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::ToolCall;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::text_format::TextFormat;
use callsign_types::traits::model::ModelExt;
use serde_json::json;

use crate::chat::{END, builder};
use crate::server::{Server, Step, chunked};

fn request() -> Request {
    let tool = ToolDefinition::new("f", "", json!({ "type": "object" }));
    Request::user("hi").tools([tool])
}

fn profile() -> Profile {
    let mut profile = Profile::openai_compatible();
    profile.text_format = TextFormat::qwen();
    profile
}

#[tokio::test]
async fn profile_takes_streamed_text_apart() {
    let deltas = [
        "<thi",
        "nk>Hm.</think>\n\nI ",
        "call.<tool",
        "_call>{\"name\": \"f\", ",
        "\"arguments\": {}}</tool_call>",
    ];
    let mut chunks: Vec<String> = deltas
        .iter()
        .map(|delta| json!({"choices": [{"index": 0, "delta": {"content": delta}}]}).to_string())
        .collect();
    chunks.push(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned());
    chunks.push("[DONE]".to_owned());
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let server = Server::start(vec![Step::Send(chunked(&chunks) + END)]).await;
    let model = builder(&server).model("m").profile(profile()).build().expect("valid settings");
    let response = model.complete(request()).await.expect("a response");
    assert_eq!(response.message.reasoning, "Hm.");
    assert_eq!(response.text(), "I call.");
    assert_eq!(response.message.tool_calls, [ToolCall::new("", "f", "{}")]);
    assert_eq!(response.finish_reason, FinishReason::ToolCalls);
}

#[tokio::test]
async fn other_profiles_keep_the_text() {
    let text = "<think>Hm.</think><tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>";
    let body = json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]});
    for (profile, kept) in [(Profile::openai_compatible(), true), (profile(), false)] {
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let server = Server::start(vec![Step::Send(head + &body)]).await;
        let model = builder(&server).model("m").profile(profile).build().expect("valid settings");
        let response = model.complete(request()).await.expect("a response");
        assert_eq!(response.text() == text, kept, "{response:?}");
        assert_eq!(response.message.tool_calls.is_empty(), kept, "{response:?}");
    }
}

#[tokio::test]
async fn nulls_of_the_strict_form_are_removed_from_written_calls() {
    let mut profile = profile();
    profile.strict_schemas = true;
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let request = Request::user("hi").tools([ToolDefinition::new("f", "", schema)]);
    let text = "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": null}}</tool_call>";
    let chunk = json!({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]});
    let stream = chunked(&[&chunk.to_string(), "[DONE]"]) + END;
    let server = Server::start(vec![Step::Send(stream)]).await;
    let model = builder(&server).model("m").profile(profile).build().expect("valid settings");
    let response = model.complete(request).await.expect("a response");
    assert_eq!(response.message.tool_calls, [ToolCall::new("", "f", "{}")]);
}
