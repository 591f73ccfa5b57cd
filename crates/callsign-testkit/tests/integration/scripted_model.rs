//! The scripted model: its replies, and the tests that it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::Message;
use callsign_types::request::Request;
use callsign_types::traits::model::ModelExt;
use serde_json::json;

/// Returns the message that a closure panics with.
fn panic_message(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn replies_follow_the_script_and_requests_are_recorded() {
    let model = ScriptedModel::new([
        ScriptedReply::text("One two.").usage(3, 2),
        ScriptedReply::call("t", json!({"a": 1})).and_call("u", json!({})),
        ScriptedReply::from_fn(|request| {
            ScriptedReply::text(request.messages.last().unwrap().text())
        }),
        ScriptedReply::text("cut").finish(FinishReason::Length),
    ]);
    let reply = model.complete("first").await.unwrap();
    assert_eq!((reply.text(), reply.usage.unwrap().total_tokens()), ("One two.", 5));
    let reply = model.complete("second").await.unwrap();
    assert_eq!(reply.finish_reason, FinishReason::ToolCalls);
    assert_eq!(reply.message.tool_calls[0].arguments, r#"{"a":1}"#);
    assert_eq!(model.complete("echo").await.unwrap().text(), "echo");
    assert_eq!(model.complete("last").await.unwrap().finish_reason, FinishReason::Length);
    let requests = model.requests();
    let texts: Vec<_> =
        requests.iter().map(|request| request.messages.last().unwrap().text()).collect();
    assert_eq!(texts, ["first", "second", "echo", "last"]);
    model.assert_done();
}

#[tokio::test]
async fn errors_include_the_text_before_them() {
    let broken = Error::new(ErrorKind::Transport, "gone");
    let model = ScriptedModel::new([
        ScriptedReply::text("Half").and_fail(broken),
        ScriptedReply::text("Quarter").cut_off(),
    ]);
    let error = model.complete("a").await.unwrap_err();
    assert!(error.is_transport());
    assert_eq!(error.partial_text(), "Half");
    let error = model.complete("b").await.unwrap_err();
    assert!(error.is_incomplete());
    assert_eq!(error.partial_text(), "Quarter");
}

#[tokio::test]
async fn request_beyond_the_script_fails() {
    let model = ScriptedModel::new([]);
    let error = model.complete("Hello?").await.unwrap_err();
    assert!(error.to_string().contains("no reply to request 1"), "{error}");
    assert!(error.to_string().contains("Hello?"), "{error}");
    assert!(error.to_string().contains("add a reply"), "{error}");
    let panic = panic_message(|| model.assert_done());
    assert!(panic.contains("1 request was not in the script"), "{panic}");
    assert!(panic.contains("1. user \"Hello?\" (not in the script)"), "{panic}");
}

/// A later reply must not hide which request had none.
#[tokio::test]
async fn panic_lists_the_requests_and_marks_those_without_a_reply() {
    let call = ScriptedReply::call("weather", json!({"city": "Paris"}));
    let model = ScriptedModel::new([call]);
    let mut request = Request::from("Is it warm?");
    let reply = model.complete(request.clone()).await.unwrap();
    let call = &reply.message.tool_calls[0];
    request.messages.push(Message::tool(call.id.clone(), "9 degrees"));
    model.complete(request).await.unwrap_err();
    model.push(ScriptedReply::text("Yes."));
    model.complete("And in\nRome?").await.unwrap();
    let panic = panic_message(|| drop(model));
    let expected = "scripted model: 1 request was not in the script\n\
                    1. user \"Is it warm?\": call weather({\"city\":\"Paris\"})\n\
                    2. tool \"9 degrees\" (not in the script)\n\
                    3. user \"And in\\nRome?\": text \"Yes.\"";
    assert_eq!(panic, expected);
}

#[tokio::test]
async fn panic_lists_the_replies_that_were_not_requested() {
    let fail = Error::new(ErrorKind::Transport, "gone");
    let model = ScriptedModel::new([
        ScriptedReply::text("One two."),
        ScriptedReply::text("Three.").and_call("t", json!({})),
        ScriptedReply::from_fn(|_| ScriptedReply::empty()),
        ScriptedReply::text("Half").cut_off(),
        ScriptedReply::error(fail),
        ScriptedReply::empty().and_hang(),
        ScriptedReply::text("cut").finish(FinishReason::Length),
    ]);
    model.complete("first").await.unwrap();
    let panic = panic_message(|| drop(model));
    let expected = "scripted model: 6 replies were not requested: \
                    text \"Three.\" and call t({}); from_fn; text \"Half\", then cut off; \
                    nothing, then error \"gone\"; nothing, then hang; \
                    text \"cut\", then finish reason length\n\
                    1. user \"first\": text \"One two.\"";
    assert_eq!(panic, expected);
}

#[tokio::test]
async fn panic_is_short() {
    let texts = vec!["x".repeat(5000); 40];
    let script = texts.iter().map(ScriptedReply::text);
    let model = ScriptedModel::new(script);
    for text in &texts[..30] {
        model.complete(text).await.unwrap();
    }
    let panic = panic_message(|| drop(model));
    assert!(panic.contains("10 replies were not requested"), "{panic}");
    assert!(panic.contains("(20 earlier requests)"), "{panic}");
    assert!(panic.contains("30. user \"xxx"), "{panic}");
    assert!(panic.len() < 4000, "{}: {panic}", panic.len());
}

#[tokio::test]
async fn dropping_an_unfinished_script_panics() {
    let script = || ScriptedModel::new([ScriptedReply::text("a"), ScriptedReply::text("unused")]);
    let model = script();
    model.complete("first").await.unwrap();
    let panic = panic_message(|| drop(model));
    assert!(panic.contains("1 reply was not requested: text \"unused\""), "{panic}");

    let model = script().ignore_rest();
    model.complete("first").await.unwrap();
    drop(model);
    drop(script()); // never requested: something before it failed
    let failing = ScriptedReply::text("a").finish(FinishReason::Length);
    let model = ScriptedModel::new([failing, ScriptedReply::text("unused")]);
    model.complete("first").await.unwrap();
    drop(model); // the run has failed
}
