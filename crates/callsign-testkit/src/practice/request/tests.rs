use serde_json::{Value, json};

use super::*;

/// Checks that a body is refused, with the field that is blamed.
fn refused(body: &Value, param: &str) {
    let complaint = ChatRequest::read(body).unwrap_err();
    assert_eq!(complaint.status, 400);
    assert_eq!(complaint.to_json()["error"]["param"], param, "{complaint:?}");
}

fn call(id: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn result(id: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": "done"})
}

#[test]
fn histories_must_be_whole() {
    let user = json!({"role": "user", "content": "Hi"});
    let calling =
        |calls: &[Value]| json!({"role": "assistant", "content": null, "tool_calls": calls});
    let history = |messages: &[Value]| json!({"messages": messages});
    let two = calling(&[call("a", "{}"), call("b", "{}")]);
    assert!(
        ChatRequest::read(&history(&[user.clone(), two.clone(), result("b"), result("a")])).is_ok()
    );
    refused(&json!({}), "messages");
    refused(&history(&[]), "messages");
    refused(&history(&[user.clone(), two.clone(), result("a")]), "messages.[3].role");
    refused(&history(&[user.clone(), two.clone(), result("a"), user.clone()]), "messages.[3].role");
    refused(
        &history(&[user.clone(), two.clone(), result("a"), result("a")]),
        "messages.[3].tool_call_id",
    );
    refused(&history(&[user.clone(), result("a")]), "messages.[1].tool_call_id");
    let one = calling(&[call("a", "{}")]);
    refused(
        &history(&[user.clone(), one.clone(), result("a"), one, result("a")]),
        "messages.[3].tool_calls",
    );
    refused(
        &history(&[calling(&[call("a", "{\"x\":")])]),
        "messages.[0].tool_calls[0].function.arguments",
    );
    refused(&history(&[calling(&[call("", "{}")])]), "messages.[0].tool_calls[0].id");
    refused(&history(&[json!({"role": "assistant", "content": null})]), "messages.[0].content");
    refused(&history(&[json!({"role": "user"})]), "messages.[0].content");
    refused(&history(&[json!({"role": "robot", "content": "Hi"})]), "messages.[0].role");
}

#[test]
fn options_are_checked() {
    let with = |key: &str, value: Value| json!({"messages": [{"role": "user", "content": "Hi"}], key: value});
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    refused(&with("temperature", json!(3)), "temperature");
    refused(&with("max_tokens", json!(0)), "max_tokens");
    refused(&with("n", json!(2)), "n");
    refused(&with("stream", json!("yes")), "stream");
    refused(&with("stream_options", json!({"include_usage": true})), "stream_options");
    refused(&with("tools", json!([])), "tools");
    refused(&with("tools", json!([tool("a b")])), "tools[0].function.name");
    refused(&with("tools", json!([tool("a"), tool("a")])), "tools[1].function.name");
    refused(&with("tool_choice", json!("auto")), "tool_choice");
    refused(&with("response_format", json!({"type": "xml"})), "response_format");
    let mut named = with("tools", json!([tool("a")]));
    named["tool_choice"] = tool("b");
    refused(&named, "tool_choice");
    named["tool_choice"] = tool("a");
    assert_eq!(ChatRequest::read(&named).unwrap().tool_choice, ToolChoice::Named("a".into()));
    assert!(ChatRequest::read(&with("tool_choice", json!("none"))).is_ok());
}
