use serde_json::{Value, json};

use super::*;

/// Checks that a body is rejected because of field `param`.
fn rejected(body: &Value, param: &str) {
    let error = ChatRequest::parse(body).unwrap_err();
    assert_eq!(error.status, 400);
    assert_eq!(error.to_json()["error"]["param"], param, "{error:?}");
}

fn call(id: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn result(id: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": "done"})
}

#[test]
fn each_tool_call_needs_one_result() {
    let user = json!({"role": "user", "content": "Hi"});
    let calling =
        |calls: &[Value]| json!({"role": "assistant", "content": null, "tool_calls": calls});
    let history = |messages: &[Value]| json!({"messages": messages});
    let two = calling(&[call("a", "{}"), call("b", "{}")]);
    assert!(
        ChatRequest::parse(&history(&[user.clone(), two.clone(), result("b"), result("a")]))
            .is_ok()
    );
    rejected(&json!({}), "messages");
    rejected(&history(&[]), "messages");
    rejected(&history(&[user.clone(), two.clone(), result("a")]), "messages.[3].role");
    rejected(
        &history(&[user.clone(), two.clone(), result("a"), user.clone()]),
        "messages.[3].role",
    );
    rejected(
        &history(&[user.clone(), two.clone(), result("a"), result("a")]),
        "messages.[3].tool_call_id",
    );
    rejected(&history(&[user.clone(), result("a")]), "messages.[1].tool_call_id");
    let one = calling(&[call("a", "{}")]);
    rejected(
        &history(&[user.clone(), one.clone(), result("a"), one, result("a")]),
        "messages.[3].tool_calls",
    );
    rejected(
        &history(&[calling(&[call("a", "{\"x\":")])]),
        "messages.[0].tool_calls[0].function.arguments",
    );
    rejected(&history(&[calling(&[call("", "{}")])]), "messages.[0].tool_calls[0].id");
    rejected(&history(&[json!({"role": "assistant", "content": null})]), "messages.[0].content");
    rejected(&history(&[json!({"role": "user"})]), "messages.[0].content");
    rejected(&history(&[json!({"role": "robot", "content": "Hi"})]), "messages.[0].role");
}

#[test]
fn invalid_options_are_rejected_with_their_field() {
    let with = |key: &str, value: Value| json!({"messages": [{"role": "user", "content": "Hi"}], key: value});
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    rejected(&with("temperature", json!(3)), "temperature");
    rejected(&with("max_tokens", json!(0)), "max_tokens");
    rejected(&with("n", json!(2)), "n");
    rejected(&with("stream", json!("yes")), "stream");
    rejected(&with("stream_options", json!({"include_usage": true})), "stream_options");
    rejected(&with("tools", json!([])), "tools");
    rejected(&with("tools", json!([tool("a b")])), "tools[0].function.name");
    rejected(&with("tools", json!([tool("a"), tool("a")])), "tools[1].function.name");
    rejected(&with("tool_choice", json!("auto")), "tool_choice");
    rejected(&with("response_format", json!({"type": "xml"})), "response_format");
    let mut named = with("tools", json!([tool("a")]));
    named["tool_choice"] = tool("b");
    rejected(&named, "tool_choice");
    named["tool_choice"] = tool("a");
    assert_eq!(ChatRequest::parse(&named).unwrap().tool_choice, ToolChoice::Function("a".into()));
    assert!(ChatRequest::parse(&with("tool_choice", json!("none"))).is_ok());
}
