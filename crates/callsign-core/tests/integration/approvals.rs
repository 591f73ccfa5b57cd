//! Human approval: an approved call runs once, exactly as it was shown.

use std::sync::Arc;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_testkit::{DelegatingStore, ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::approval::{ApprovalDecision, ApprovalRequest, Decision};
use callsign_types::event::Event;
use callsign_types::id::{AppendId, CallIndex};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::{InboxItem, Store};
use serde_json::json;

use crate::common;
use crate::common::{Effects, call, payer, results, work};

/// Returns an agent with the tool `pay`, which requires approval, and the tool `work`, which does
/// not.
fn agent(
    script: impl IntoIterator<Item = ScriptedReply>,
    effects: &Effects,
    store: &Shared,
) -> Agent {
    common::builder(ScriptedModel::new(script))
        .tool(work(effects))
        .tool(common::named("pay", effects).with(|spec| spec.approval = true))
        .store(store.clone())
        .build()
        .unwrap()
}

type Shared = Arc<MemoryStore>;

fn pay(to: &str) -> ScriptedReply {
    ScriptedReply::call("pay", json!({ "name": to }))
}

#[tokio::test]
async fn approved_call_runs_and_other_calls_do_not_wait() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada").and_call("work", json!({"name": "w"})), ScriptedReply::text("Paid.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay Ada.").await.unwrap();
    assert_eq!(effects.all(), ["w"], "a call without approval does not wait");
    let Outcome::Paused(requests) = reply.outcome() else { unreachable!("the run is paused") };
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].tool, "pay");
    assert_eq!(requests[0].arguments_value(), json!({"name": "Ada"}));
    assert_eq!(chat.approvals().await.unwrap(), *requests);

    // Resuming without a decision stays paused, without a model call.
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

    // A second decision is stale.
    let late = chat.approve(&requests[0]).await.unwrap_err();
    assert!(late.is_approval_stale());
    let reason = "it was decided already, and the call has its result";
    assert!(late.to_string().ends_with(reason), "{late}");
}

#[tokio::test]
async fn denied_call_returns_the_reason_to_the_model() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), ScriptedReply::text("I did not.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay Ada.").await.unwrap();
    chat.deny(&reply.approvals()[0], "She has been paid.").await.unwrap();
    // A second decision is stale even if the conversation has not resumed yet.
    let late = chat.approve(&reply.approvals()[0]).await.unwrap_err();
    assert!(
        late.is_approval_stale() && late.to_string().ends_with("it was decided already"),
        "{late}"
    );
    let reply = chat.resume().await.unwrap();
    let result = &results(reply.messages())[0];
    assert_eq!(result.status, ToolCallStatus::Denied);
    assert!(result.content.text().contains("She has been paid."));
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn changed_arguments_are_used_and_returned_to_the_model() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), ScriptedReply::text("Done.")];
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
async fn new_message_supersedes_pending_calls() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), ScriptedReply::text("All right, not.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let paused = chat.send("Pay Ada.").await.unwrap();
    let reply = chat.send("No, leave it.").await.unwrap();
    check_sendable(reply.messages()).unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Superseded);
    let late = chat.approve(&paused.approvals()[0]).await.unwrap_err();
    assert!(late.is_approval_stale() && late.to_string().contains("it was superseded"), "{late}");
    assert!(chat.approvals().await.unwrap().is_empty());
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn approval_binds_to_the_arguments_and_the_conversation() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), pay("Ada")];
    let agent = agent(script, &effects, &store);
    let (one, two) = (agent.conversation("one"), agent.conversation("two"));
    let first = one.send("Pay.").await.unwrap();
    let second = two.send("Pay.").await.unwrap();
    let (first, second) = (&first.approvals()[0], &second.approvals()[0]);
    assert_ne!(first.fingerprint, second.fingerprint, "the same call of two conversations");
    let elsewhere = two.approve(first).await.unwrap_err();
    let reason = "it is a call of conversation `one`, and this is `two`: decide it there";
    assert!(
        elsewhere.is_approval_stale() && elsewhere.to_string().ends_with(reason),
        "{elsewhere}"
    );
    let mut forged: ApprovalRequest = first.clone();
    forged.arguments = r#"{"name":"Mallory"}"#.to_owned();
    let error = one.approve(&forged).await.unwrap_err();
    assert!(
        error.is_approval_stale() && error.to_string().contains("has other arguments"),
        "{error}"
    );
    forged.call = CallIndex(9);
    let error = one.approve(&forged).await.unwrap_err();
    assert!(
        error.is_approval_stale() && error.to_string().contains("there is no such call"),
        "{error}"
    );
    forged = first.clone();
    forged.fingerprint.replace_range(..1, "x");
    assert!(one.approve(&forged).await.unwrap_err().is_approval_stale());
}

#[tokio::test]
async fn one_of_two_concurrent_decisions_is_stale() {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent([pay("Ada")], &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let request = &paused.approvals()[0];
    // Both callers read the inbox before one of them delivers to it.
    let both_have_read = Arc::new(tokio::sync::Barrier::new(2));
    let crowd = DelegatingStore::new(store.clone()).on_deliver(move |delivery| {
        let both_have_read = both_have_read.clone();
        async move {
            both_have_read.wait().await;
            delivery.forward().await
        }
    });
    let both = agent([], &effects, &store).with_store(crowd).conversation("c");
    let (yes, no) = tokio::join!(both.approve(request), both.deny(request, "No."));
    assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    let late = yes.as_ref().err().or(no.as_ref().err()).unwrap();
    assert!(late.is_approval_stale(), "{late}");
    let items = store.inbox(&"c".into(), 0).await.unwrap();
    assert_eq!(items.len(), 1);
}

#[tokio::test]
async fn forged_decision_in_the_inbox_has_no_effect() {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent([pay("Ada")], &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let answer = ApprovalDecision::Approved { arguments: None };
    let decision = Decision::new(paused.approvals()[0].call, "0".repeat(64), answer);
    let item = InboxItem::Decision { decision };
    store.deliver(&"c".into(), AppendId::random(), item).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().approvals(), paused.approvals());
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn invalid_call_fails_without_an_approval_request() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [
        ScriptedReply::empty().and_call_raw("x", "pay", "[1]"),
        ScriptedReply::text("Never mind."),
    ];
    let chat = agent(script, &effects, &store).conversation("c");
    let reply = chat.send("Pay.").await.unwrap();
    assert_eq!(*reply.outcome(), Outcome::Answered);
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::InvalidArguments);
}

#[tokio::test]
async fn stream_yields_approval_requests() {
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
async fn interrupted_approved_call_does_not_run_again() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [ScriptedReply::call("pay", json!({"name": "Ada", "ms": 60_000}))];
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
    chat.wait_idle().await.unwrap();
    let chat = agent([ScriptedReply::text("Unclear.")], &effects, &store).conversation("c");
    let reply = chat.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Unknown);
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let starts = entries.iter().filter(|entry| matches!(entry, Entry::Started { .. })).count();
    assert_eq!(starts, 1);
}

#[tokio::test]
async fn approval_still_counts_if_the_resuming_run_is_dropped() {
    let (effects, store) = (Effects::default(), Shared::default());
    let script = [pay("Ada"), ScriptedReply::text("Paid.")];
    let chat = agent(script, &effects, &store).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    drop(chat.resume().stream()); // never polled: the inbox stays as it is
    let reply = chat.resume().await.unwrap();
    assert_eq!((reply.text(), effects.all()), ("Paid.", vec!["Ada".to_owned()]));
}

#[tokio::test]
async fn ephemeral_run_resumes_through_its_reply() {
    let effects = Effects::default();
    let script = [call("pay", "Ada"), call("pay", "Bob"), ScriptedReply::text("Both are paid.")];
    let agent = payer(script, &effects);
    let mut reply = agent.run("Pay them.").await.unwrap();
    let mut requests = 0;
    while let Some(chat) = reply.conversation() {
        assert_eq!(reply, reply.clone());
        chat.approve(&reply.approvals()[0]).await.unwrap();
        reply = chat.resume().await.unwrap();
        requests += 1;
    }
    assert_eq!((requests, reply.text()), (2, "Both are paid."));
    assert_eq!(effects.all(), ["Ada", "Bob"]);
    let page = agent.conversations().with_sub_agents().await.unwrap();
    assert_eq!(page.conversations, [], "the agent's own store stays empty");
}

#[cfg(feature = "validate")]
fn strict(argument: &str) -> serde_json::Value {
    json!({
        "type": "object",
        "properties": {argument: {"type": "string"}},
        "required": [argument],
        "additionalProperties": false,
    })
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn changed_arguments_are_checked_against_the_tool_of_the_target_agent() {
    let pay = |argument: &str| {
        common::FnTool::new("pay", strict(argument), |_, arguments| async move {
            Ok(arguments.as_str().into())
        })
        .with(|spec| spec.approval = true)
    };
    let paying = ScriptedModel::new([
        ScriptedReply::call("pay", json!({"iban": "1"})),
        ScriptedReply::text("Paid."),
    ]);
    let billing = common::agent(&paying).name("billing").tool(pay("iban")).build().unwrap();
    let model = ScriptedModel::new([ScriptedReply::call("transfer_to_billing", json!({}))]);
    let builder = common::agent(&model).name("triage").tool(pay("name"));
    let chat = builder.handoff(&billing).build().unwrap().conversation("c");
    let requested = chat.send("Pay.").await.unwrap().approvals()[0].clone();
    let error = chat.approve_with(&requested, &json!({"name": "2"})).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    chat.approve_with(&requested, &json!({"iban": "2"})).await.unwrap();
    let reply = chat.resume().await.unwrap();
    let paid = &results(reply.messages())[1];
    assert!(paid.content.text().ends_with(r#"{"iban":"2"}"#), "{paid:?}");
}
