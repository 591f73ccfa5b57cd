//! The scripted model: its replies, and the tests that it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::finish_reason::FinishReason;
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
    let panic = panic_message(|| model.assert_done());
    assert!(
        panic
            .contains("1 request was not in the script, of 1; the newest ends with a user message"),
        "{panic}"
    );
}

#[tokio::test]
async fn dropping_an_unfinished_script_panics() {
    let script = || ScriptedModel::new([ScriptedReply::text("a"), ScriptedReply::text("unused")]);
    let model = script();
    model.complete("first").await.unwrap();
    let panic = panic_message(|| drop(model));
    assert!(panic.contains("1 reply was not requested, after 1 request"), "{panic}");

    let model = script().ignore_rest();
    model.complete("first").await.unwrap();
    drop(model);
    drop(script()); // never requested: something before it failed
    let failing = ScriptedReply::text("a").finish(FinishReason::Length);
    let model = ScriptedModel::new([failing, ScriptedReply::text("unused")]);
    model.complete("first").await.unwrap();
    drop(model); // the run has failed
}
