//! Idempotent requests: a request under a name is made once, and every repetition has its answer.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::conversation::Conversation;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::AppendId;
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::Store;
use serde_json::json;

use crate::common::{Effects, call, chat, payer, scripted, send_and_drop, transcript, work};

fn done(text: &str) -> ScriptedReply {
    ScriptedReply::text(text)
}

#[tokio::test]
async fn repetition_returns_the_answer_without_a_request() {
    let effects = Effects::default();
    let model = ScriptedModel::new([call("work", "a"), done("Done.")]);
    let chat = chat(&model, &effects);
    let first = chat.send("Go.").once("d-1").await.unwrap();
    let again = chat.send("Go.").once("d-1").await.unwrap();
    assert_eq!((first.text(), again.text()), ("Done.", "Done."));
    assert_eq!((again.turns(), again.tool_calls()), (2, 1));
    assert_eq!(effects.all(), ["a"]);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn repetition_returns_its_own_answer_and_not_a_newer_one() {
    let chat = chat(
        &ScriptedModel::new([done("One."), done("Two."), done("Three.")]),
        &Effects::default(),
    );
    chat.send("1?").once("a").await.unwrap();
    chat.send("2?").await.unwrap();
    chat.send("1?").once("b").await.unwrap();
    let again = chat.send("1?").once("a").await.unwrap();
    assert_eq!(again.text(), "One.");
    assert_eq!(transcript(again.messages()), ["user: 1?", "assistant: One."]);
    assert_eq!(chat.send("1?").once("b").await.unwrap().text(), "Three.");
    assert_eq!(chat.messages().await.unwrap().len(), 6);
}

#[tokio::test]
async fn same_name_with_another_message_is_an_error() {
    let chat = chat(&ScriptedModel::new([done("One.")]), &Effects::default());
    chat.send("1?").once("a").await.unwrap();
    let error = chat.send("2?").once("a").await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("`a` was used in conversation `c` with another"), "{error}");
}

#[tokio::test]
async fn requests_that_cannot_be_repeated_are_refused() {
    let agent = scripted([]).build().unwrap();
    let chat = agent.conversation("c");
    for (run, reason) in [
        (agent.run("Go.").once("a"), "its conversation is not kept"),
        (chat.resume().once("a"), "it has no message"),
        (chat.send("Go.").once(""), "its name is empty"),
    ] {
        let error = run.await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn repetition_waits_for_the_active_run() {
    let slow = ScriptedReply::call("work", json!({"name": "a", "ms": 1000}));
    let effects = Effects::default();
    let chat = chat(&ScriptedModel::new([slow, done("Done.")]), &effects);
    let runs = (0..5).map(|_| {
        let chat = chat.clone();
        async move { chat.send("Go.").once("a").await.unwrap().text().to_owned() }
    });
    let answers = futures_util::future::join_all(runs).await;
    assert_eq!(answers, ["Done."; 5]);
    assert_eq!(effects.all(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn repetition_continues_an_interrupted_run() {
    let slow = ScriptedReply::call("work", json!({"ms": 60_000}));
    let model = ScriptedModel::new([slow, done("I do not know.")]);
    let chat = chat(&model, &Effects::default());
    let run = tokio::time::timeout(Duration::from_millis(10), chat.send("Go.").once("a").stream());
    assert!(run.await.is_err());
    chat.wait_idle().await.unwrap();
    let reply = chat.send("Go.").once("a").await.unwrap();
    assert_eq!(reply.text(), "I do not know.");
    let users = reply.messages().iter().filter(|message| message.role() == "user").count();
    assert_eq!(users, 1, "the message is added once");
}

#[tokio::test]
async fn paused_request_stays_paused_and_goes_on_when_it_is_decided() {
    let effects = Effects::default();
    let chat = payer([call("pay", "Ada"), done("Paid.")], &effects).conversation("c");
    let paused = chat.send("Pay.").once("a").await.unwrap();
    assert_eq!(chat.send("Pay.").once("a").await.unwrap().approvals(), paused.approvals());
    chat.approve(&paused.approvals()[0]).await.unwrap();
    assert_eq!(chat.send("Pay.").once("a").await.unwrap().text(), "Paid.");
    assert_eq!(chat.send("Pay.").once("a").await.unwrap().text(), "Paid.");
    assert_eq!(effects.all(), ["Ada"]);
}

#[tokio::test]
async fn request_that_another_message_replaced_is_an_error() {
    let chat = payer([call("pay", "Ada"), done("Fine.")], &Effects::default()).conversation("c");
    chat.send("Pay.").once("a").await.unwrap();
    chat.send("Don't.").await.unwrap();
    let error = chat.send("Pay.").once("a").await.unwrap_err();
    assert!(error.is_cancelled(), "{error}");
}

#[tokio::test]
async fn failed_request_is_tried_again_while_it_is_the_newest() {
    let down = || ScriptedReply::error(Error::new(ErrorKind::Authentication, "no key"));
    let model = ScriptedModel::new([down(), down(), done("One."), done("Two.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("1?").once("a").await.unwrap_err();
    chat.send("1?").once("a").await.unwrap_err();
    assert_eq!(chat.send("1?").once("a").await.unwrap().text(), "One.");
    chat.send("2?").await.unwrap();
    assert_eq!(chat.send("1?").once("a").await.unwrap().text(), "One.");
}

fn worker(script: Vec<ScriptedReply>, store: Arc<MemoryStore>, effects: &Effects) -> Conversation {
    let builder: AgentBuilder = scripted(script);
    builder.tool(work(effects)).store(store).build().unwrap().conversation("c")
}

#[tokio::test]
async fn repetition_after_a_crash_at_any_entry_adds_no_message_and_repeats_no_effect() {
    let script = || vec![call("work", "a"), call("work", "b"), done("Done.")];
    let store = Arc::new(MemoryStore::new());
    worker(script(), store.clone(), &Effects::default()).send("Go.").once("a").await.unwrap();
    let whole = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    // The first commit is atomic.
    let first = whole.iter().position(|entry| matches!(entry, Entry::User { .. })).unwrap() + 1;
    for length in first..=whole.len() {
        let (kept, store) = (&whole[..length], Arc::new(MemoryStore::new()));
        store.append(&"c".into(), 0, AppendId::random(), kept).await.unwrap();
        let count = |is: fn(&Entry) -> bool| kept.iter().filter(|entry| is(entry)).count();
        let received = count(|entry| matches!(entry, Entry::Assistant(_)));
        let finished = count(|entry| matches!(entry, Entry::Result { .. }));
        let started = count(|entry| matches!(entry, Entry::Started { .. }));
        let effects = Effects::default();
        let chat = worker(script().split_off(received), store, &effects);
        let reply = chat.send("Go.").once("a").await.unwrap();
        assert_eq!(reply.text(), "Done.", "after {length} entries");
        assert_eq!(
            chat.entries()
                .await
                .unwrap()
                .iter()
                .filter(|entry| matches!(entry, Entry::User { .. }))
                .count(),
            1
        );
        assert!(effects.all().len() <= 2 - finished.max(started), "after {length} entries");
        let again = chat.send("Go.").once("a").await.unwrap();
        assert_eq!(again.text(), "Done.");
    }
}

#[tokio::test]
async fn other_names_after_a_cancelled_run_are_other_requests() {
    let slow = ScriptedReply::call("work", json!({"ms": 60_000}));
    let chat =
        chat(&ScriptedModel::new([slow, done("Other."), done("Done.")]), &Effects::default());
    send_and_drop(&chat, 20).await;
    assert_eq!(chat.send("Else.").once("b").await.unwrap().text(), "Other.");
    assert_eq!(chat.send("New.").once("c").await.unwrap().text(), "Done.");
}
