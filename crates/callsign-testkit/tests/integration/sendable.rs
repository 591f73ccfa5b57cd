//! The check of messages against the rules of providers.

use callsign_testkit::check_sendable;
use callsign_types::message::{AssistantMessage, Message, ToolCall};
use callsign_types::messages::Messages;

fn check(messages: Vec<Message>) -> Result<(), String> {
    check_sendable(&Messages::from(messages))
}

fn call(id: &str, arguments: &str) -> Message {
    let tool_calls = vec![ToolCall::new(id, "t", arguments)];
    AssistantMessage::default().with_tool_calls(tool_calls).into()
}

fn result(id: &str) -> Message {
    Message::tool(id, "ok")
}

#[test]
fn messages_that_providers_reject_are_reported() {
    check(vec![Message::user("a"), call("x", "{}"), result("x")]).unwrap();
    for (messages, expected) in [
        (vec![result("x")], "the tool result has no call"),
        (vec![Message::assistant("")], "the assistant message is empty"),
        (vec![call("x", "{}")], "is followed by None"),
        (vec![call("x", "{}"), Message::user("a"), result("x")], "is followed by"),
        (vec![call("x", "{}"), result("y")], "is followed by"),
        (vec![call("x", "{}"), result("x"), call("x", "{}"), result("x")], "is not unique"),
        (vec![call("x", "{"), result("x")], "not an object"),
    ] {
        let error = check(messages).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
