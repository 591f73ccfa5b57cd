//! The scripted model keeps tests honest: it fails on what was not asked for, and on what was
//! asked for and not in the script.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use callsign_core::traits::model::ModelExt;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::message::Message;
use callsign_core::words::messages::Messages;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use serde_json::json;

/// What a closure panicked with.
fn panic_of(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn it_plays_its_script_and_shows_the_requests() {
    let model = ScriptedModel::new([
        Scripted::text("One two.").usage(3, 2),
        Scripted::call("t", json!({"a": 1})).and_call("u", json!({})),
        Scripted::from_fn(|request| Scripted::text(request.messages.last().unwrap().text())),
        Scripted::text("cut").finish(FinishReason::Length),
    ]);
    let reply = model.complete("first").await.unwrap();
    assert_eq!((reply.text(), reply.usage.unwrap().total_tokens()), ("One two.", 5));
    let reply = model.complete("second").await.unwrap();
    assert_eq!(reply.finish_reason, FinishReason::ToolCalls);
    assert_eq!(reply.message.tool_calls[0].arguments, r#"{"a":1}"#);
    assert_eq!(model.complete("echo").await.unwrap().text(), "echo");
    assert_eq!(model.complete("last").await.unwrap().finish_reason, FinishReason::Length);
    let asked: Vec<_> =
        model.requests().iter().map(|r| r.messages.last().unwrap().text().into_owned()).collect();
    assert_eq!(asked, ["first", "second", "echo", "last"]);
    model.assert_done();
}

#[tokio::test]
async fn errors_come_with_the_text_before_them() {
    let gone = Error::new(ErrorKind::Transport, "gone");
    let model = ScriptedModel::new([
        Scripted::text("Half").and_fail(gone),
        Scripted::text("Quarter").cut_off(),
    ]);
    let error = model.complete("a").await.unwrap_err();
    assert!(error.is_transport());
    assert_eq!(error.partial_text(), "Half");
    let error = model.complete("b").await.unwrap_err();
    assert!(error.is_unfinished());
    assert_eq!(error.partial_text(), "Quarter");
}

#[tokio::test]
async fn a_request_beyond_the_script_fails() {
    let model = ScriptedModel::new([]);
    let error = model.complete("Anybody?").await.unwrap_err();
    assert!(error.to_string().contains("no reply to request 1"), "{error}");
    assert!(error.to_string().contains("Anybody?"), "{error}");
    let panic = panic_of(|| model.assert_done());
    assert!(panic.contains("1 of 1 requests were not in the script"), "{panic}");
}

#[test]
fn a_script_that_is_not_played_fails_when_it_is_dropped() {
    let panic = panic_of(|| drop(ScriptedModel::new([Scripted::text("unheard")])));
    assert!(panic.contains("1 replies were not asked for"), "{panic}");
    drop(ScriptedModel::new([Scripted::text("unheard")]).ignore_rest());
}

#[test]
fn what_a_service_would_refuse_is_found() {
    let check = |messages: Vec<Message>| check_sendable(&Messages::from(messages));
    let call = |id: &str, arguments: &str| {
        use callsign_core::words::message::{AssistantMessage, ToolCall};
        let tool_calls = vec![ToolCall::new(id, "t", arguments)];
        Message::Assistant(AssistantMessage { tool_calls, ..AssistantMessage::default() })
    };
    let result = |id: &str| Message::tool(id, "ok");
    check(vec![Message::user("a"), call("x", "{}"), result("x")]).unwrap();
    for (messages, fault) in [
        (vec![result("x")], "the result of no call"),
        (vec![Message::assistant("")], "is empty"),
        (vec![call("x", "{}")], "is followed by None"),
        (vec![call("x", "{}"), Message::user("a"), result("x")], "is followed by"),
        (vec![call("x", "{}"), result("y")], "is followed by"),
        (vec![call("x", "{}"), result("x"), call("x", "{}"), result("x")], "is not unique"),
        (vec![call("x", "{"), result("x")], "not an object"),
    ] {
        let found = check(messages).unwrap_err();
        assert!(found.contains(fault), "{found}");
    }
}
