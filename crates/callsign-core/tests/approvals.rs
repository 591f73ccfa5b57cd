//! Calls that wait for a person: promise 6. What is approved is what is run, once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::agent::agent::Agent;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
use callsign_core::words::approval::{ApprovalRequest, Decision, DecisionAnswer};
use callsign_core::words::event::Event;
use callsign_core::words::id::{AppendId, CallNumber, ConversationId};
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, results, work};
use serde_json::json;

/// An agent whose tool `pay` has to be approved, and whose tool `work` has not.
fn agent(script: impl IntoIterator<Item = Scripted>, effects: &Effects, store: &Shared) -> Agent {
    common::builder(ScriptedModel::new(script))
        .tool(work(effects))
        .tool(common::named("pay", effects).with(|spec| spec.approval = true))
        .store(store.clone())
        .build()
        .unwrap()
}

type Shared = Arc<MemoryStore>;

fn pay(to: &str) -> Scripted {
    Scripted::call("pay", json!({ "name": to }))
}

#[tokio::test]
async fn what_is_approved_is_run_and_the_others_do_not_wait() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada").and_call("work", json!({"name": "w"})), Scripted::text("Paid.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay Ada.").await.unwrap();
    assert_eq!(effects.all(), ["w"], "what needs nobody is run meanwhile");
    let Outcome::Paused(requests) = reply.outcome() else { unreachable!("it waits") };
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].tool, "pay");
    assert_eq!(requests[0].arguments_value(), json!({"name": "Ada"}));
    assert_eq!(chat.approvals().await.unwrap(), *requests);

    // Resuming before anybody has decided waits on, without asking the model.
    assert_eq!(chat.resume().await.unwrap().approvals(), requests);

    // The decision may come from another process: another agent on the same store.
    let other = agent([], &effects, &store).conversation("c");
    other.approve(&requests[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.outcome(), reply.text()), (&Outcome::Answered, "Paid."));
    assert_eq!(effects.all(), ["w", "Ada"]);
    let results = results(reply.messages());
    assert_eq!(
        results.iter().map(|r| r.content.text()).collect::<Vec<_>>(),
        ["Ada done", "w done"]
    );

    // It was used.
    let late = chat.approve(&requests[0]).await.unwrap_err();
    assert!(late.is_settled());
    let why = "it was decided already, and the call has its result";
    assert!(late.to_string().ends_with(why), "{late}");
}

#[tokio::test]
async fn a_denial_is_told_with_its_reason() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), Scripted::text("I did not.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay Ada.").await.unwrap();
    chat.deny(&reply.approvals()[0], "She has been paid.").await.unwrap();
    // Who decides second is told, although nothing has gone on yet.
    let late = chat.approve(&reply.approvals()[0]).await.unwrap_err();
    assert!(late.is_settled() && late.to_string().ends_with("it was decided already"), "{late}");
    let reply = chat.resume().await.unwrap();
    let result = &results(reply.messages())[0];
    assert_eq!(result.outcome, CallOutcome::Denied);
    assert!(result.content.text().contains("She has been paid."));
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn other_arguments_are_run_and_named() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), Scripted::text("Done.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay Ada.").await.unwrap();
    let request = &reply.approvals()[0];
    chat.approve_with(request, &json!({"name": "Bob"})).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(effects.all(), ["Bob"]);
    let text = results(reply.messages())[0].content.text().into_owned();
    assert!(text.contains(r#"{"name":"Bob"}"#) && text.ends_with("Bob done"), "{text}");
    let error = chat.approve_with(request, &json!([1])).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
}

#[tokio::test]
async fn saying_something_else_withdraws_what_waits() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), Scripted::text("All right, not.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let paused = chat.send("Pay Ada.").await.unwrap();
    let reply = chat.send("No, leave it.").await.unwrap();
    check_sendable(reply.messages()).unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Withdrawn);
    let late = chat.approve(&paused.approvals()[0]).await.unwrap_err();
    assert!(late.is_settled() && late.to_string().contains("it was withdrawn"), "{late}");
    assert!(chat.approvals().await.unwrap().is_empty());
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn an_approval_binds_to_the_arguments_and_to_the_conversation() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), pay("Ada")];
    let agent = agent(script, &effects, &store);
    let (one, two) = (agent.conversation("one"), agent.conversation("two"));
    let first = one.send("Pay.").await.unwrap();
    let second = two.send("Pay.").await.unwrap();
    let (first, second) = (&first.approvals()[0], &second.approvals()[0]);
    assert_ne!(first.fingerprint, second.fingerprint, "the same call of two conversations");
    let elsewhere = two.approve(first).await.unwrap_err();
    let why = "it is a call of conversation `one`, and this is `two`: decide it there";
    assert!(elsewhere.is_settled() && elsewhere.to_string().ends_with(why), "{elsewhere}");
    let mut forged: ApprovalRequest = first.clone();
    forged.arguments = r#"{"name":"Mallory"}"#.to_owned();
    let error = one.approve(&forged).await.unwrap_err();
    assert!(error.is_settled() && error.to_string().contains("has other arguments"), "{error}");
    forged.call = CallNumber(9);
    let error = one.approve(&forged).await.unwrap_err();
    assert!(error.is_settled() && error.to_string().contains("there is no such call"), "{error}");
    forged = first.clone();
    forged.fingerprint.replace_range(..1, "x");
    assert!(one.approve(&forged).await.unwrap_err().is_settled());
}

/// A store in which everybody has looked into the inbox before anybody puts anything there.
struct Crowd {
    memory: Shared,
    all_have_looked: tokio::sync::Barrier,
}

#[async_trait]
impl Store for Crowd {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        self.memory.hold(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        self.memory.append(conversation, at, id, entries).await
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.memory.load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.all_have_looked.wait().await;
        self.memory.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.memory.inbox(conversation, from).await
    }
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_told_that_it_was_too_late() {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent([pay("Ada")], &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let request = &paused.approvals()[0];
    let all_have_looked = tokio::sync::Barrier::new(2);
    let crowd = Arc::new(Crowd { memory: store.clone(), all_have_looked });
    let both = agent([], &effects, &store).with_store(crowd).conversation("c");
    let (yes, no) = tokio::join!(both.approve(request), both.deny(request, "No."));
    assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    let late = yes.as_ref().err().or(no.as_ref().err()).unwrap();
    assert!(late.is_settled(), "{late}");
    let items = store.inbox(&"c".into(), 0).await.unwrap();
    assert_eq!(items.len(), 1);
}

#[tokio::test]
async fn a_decision_that_was_forged_into_the_inbox_changes_nothing() {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent([pay("Ada")], &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let answer = DecisionAnswer::Approved { arguments: None };
    let decision = Decision::new(paused.approvals()[0].call, "0".repeat(64), answer);
    let item = InboxItem::Decision { decision };
    store.deliver(&"c".into(), AppendId::random(), item).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().approvals(), paused.approvals());
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn a_call_that_is_not_valid_is_answered_without_asking_anybody() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [Scripted::empty().and_call_raw("x", "pay", "[1]"), Scripted::text("Never mind.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay.").await.unwrap();
    assert_eq!(*reply.outcome(), Outcome::Answered);
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::InvalidArguments);
}

#[tokio::test]
async fn who_listens_hears_of_the_question() {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent([pay("Ada")], &effects, &store).conversation("c");
    let mut run = chat.send("Pay.").stream();
    let mut asked = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::ApprovalRequested(request) = event {
            asked.push(request);
        }
    }
    assert_eq!(asked, run.await.unwrap().approvals());
}

#[tokio::test]
async fn an_approved_call_that_was_interrupted_is_not_run_again() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [Scripted::call("pay", json!({"name": "Ada", "ms": 60_000}))];
    let chat = agent(script, &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let mut run = chat.resume().stream();
    while let Some(event) = run.next().await {
        if matches!(event, Event::ToolCall(_)) {
            break;
        }
    }
    drop(run);
    chat.settled().await.unwrap();
    let chat = agent([Scripted::text("Unclear.")], &effects, &store).conversation("c");
    let reply = chat.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Unknown);
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let starts = entries.iter().filter(|entry| matches!(entry, Entry::Started { .. })).count();
    assert_eq!(starts, 1);
}

#[tokio::test]
async fn an_approval_that_was_taken_and_not_begun_still_counts() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), Scripted::text("Paid.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    drop(chat.resume().stream()); // never polled: nothing is taken
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), effects.all()), ("Paid.", vec!["Ada".to_owned()]));
}
