//! Approvals seen from outside: by conversation, by store, without an agent.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::approvals::Approvals;
use callsign_core::agent::conversations::Conversations;
use callsign_core::memory::MemoryStore;
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::ErrorKind;
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Verdict};
use callsign_types::traits::tool::ToolSpec;
use serde_json::{Value, json};

use crate::common;
use crate::common::{Effects, FnTool, any_object, call, named, payer};

type Shared = Arc<MemoryStore>;

fn two_payments() -> ScriptedReply {
    call("pay", "Ada").and_call("pay", json!({"name": "Bea"}))
}

fn done() -> ScriptedReply {
    ScriptedReply::text("Done.")
}

#[tokio::test]
async fn decided_requests_are_left_out() {
    let chat = payer([two_payments(), done()], &Effects::default()).conversation("c");
    chat.send("Pay.").await.unwrap();
    let both = chat.approvals().await.unwrap();
    chat.approve(&both[0]).await.unwrap();
    assert_eq!(chat.approvals().await.unwrap(), both[1..]);
    chat.deny(&both[1], "too much").await.unwrap();
    assert_eq!(chat.approvals().await.unwrap(), []);
    // A decision can be repeated until a run takes it, and not be changed.
    chat.approve(&both[0]).await.unwrap();
    assert!(chat.deny(&both[0], "no").await.unwrap_err().is_approval_stale());
    assert_eq!(chat.resume().await.unwrap().text(), "Done.");
}

#[tokio::test]
async fn store_is_enough_to_decide() {
    let (effects, store) = (Effects::default(), Shared::default());
    let agent = payer([two_payments(), done()], &effects).with_store(store.clone());
    agent.conversation("c").send("Pay.").await.unwrap();
    let approvals = Approvals::new(store.clone(), "c");
    for request in approvals.pending().await.unwrap() {
        approvals.approve(&request).await.unwrap();
    }
    assert_eq!(approvals.pending().await.unwrap(), []);
    agent.conversation("c").resume().await.unwrap();
    assert_eq!(effects.all(), ["Ada", "Bea"]);
    assert_eq!(Approvals::new(store, "unknown").pending().await.unwrap(), []);
}

#[tokio::test]
async fn conversations_that_wait_are_listed() {
    let store = Shared::default();
    let script = [call("pay", "a"), done(), call("pay", "c")];
    let agent = payer(script, &Effects::default()).with_store(store.clone());
    for name in ["a", "b", "c"] {
        agent.conversation(name).send("Go.").await.unwrap();
    }
    let page = Conversations::of(store.clone()).approvals().await.unwrap();
    let waiting: Vec<_> =
        page.requests.iter().map(|request| request.conversation.as_str()).collect();
    assert_eq!(waiting, ["a", "c"]);
    agent.conversation("a").approve(&page.requests[0]).await.unwrap();
    // Pages work as for the conversations.
    let first = agent.conversations().limit(2).approvals().await.unwrap();
    assert_eq!(first.requests, []);
    let second =
        agent.conversations().limit(2).after(first.next.unwrap()).approvals().await.unwrap();
    assert_eq!(second.requests, page.requests[1..]);
}

#[tokio::test(start_paused = true)]
async fn decision_can_be_awaited() {
    let store = Shared::default();
    let agent = payer([two_payments()], &Effects::default()).with_store(store.clone());
    let chat = agent.conversation("c");
    chat.wait_for_decision().await.unwrap();
    let reply = chat.send("Pay.").await.unwrap();
    let Outcome::Paused(requests) = reply.outcome().clone() else { unreachable!("it waits") };
    let decided = tokio::spawn({
        let chat = chat.clone();
        async move { chat.wait_for_decision().await }
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!decided.is_finished());
    Approvals::new(store, "c").approve(&requests[1]).await.unwrap();
    decided.await.unwrap().unwrap();
    let paused = chat.resume().await.unwrap();
    assert_eq!(paused.approvals(), &requests[..1]);
}

#[tokio::test]
async fn paused_reply_displays_what_waits() {
    let reply = payer([two_payments()], &Effects::default()).run("Pay.").await.unwrap();
    let expected = r#"waiting for approval: `pay` {"name":"Ada"}, `pay` {"name":"Bea"}"#;
    assert_eq!(reply.to_string(), expected);
    assert_eq!(reply.paused().unwrap().to_string(), expected);
}

fn strict_pay(change: impl FnOnce(&mut ToolSpec)) -> FnTool {
    let schema = json!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "amount": {"type": "integer"}},
        "required": ["amount"],
    });
    FnTool::new("pay", schema, |_, _| async { Ok("paid".into()) }).with(change)
}

fn amount(amount: Value) -> ScriptedReply {
    ScriptedReply::call("pay", json!({"amount": amount}))
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn edited_arguments_are_checked_by_the_schema_in_the_journal() {
    let asks = |_: &PendingToolCall, _: &Context| Verdict::Ask("always".to_owned());
    let by_tool =
        common::scripted([amount(json!(1))]).tool(strict_pay(|spec| spec.approval = true));
    let by_policy = common::scripted([amount(json!(1))]).tool(strict_pay(|_| {})).policy(asks);
    for agent in [by_tool, by_policy] {
        let store = Shared::default();
        let agent = agent.store(store.clone()).build().unwrap();
        let reply = agent.conversation("c").send("Pay.").await.unwrap();
        let approvals = Approvals::new(store, "c");
        let request = &reply.approvals()[0];
        for wrong in [json!({"amount": "much"}), json!({}), json!([])] {
            let error = approvals.approve_with(request, &wrong).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.to_string().starts_with("the tool `pay` does not accept"), "{error}");
        }
        let error = approvals.approve_with(request, &json!({"amount": "much"})).await.unwrap_err();
        assert!(error.to_string().contains("`amount`"), "{error}");
        approvals.approve_with(request, &json!({"amount": 2})).await.unwrap();
    }
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn edited_arguments_of_a_sub_agent_are_checked() {
    let store = Shared::default();
    let child = common::scripted([amount(json!(1))]).tool(strict_pay(|spec| spec.approval = true));
    let child = child.build().unwrap();
    let agent = common::scripted([common::ask("ask")]).tool(child.as_tool("ask", "Asks."));
    let agent = agent.store(store.clone()).build().unwrap();
    let reply = agent.conversation("c").send("Pay.").await.unwrap();
    let approvals = Approvals::new(store, "c");
    let wrong = json!({"amount": "much"});
    let error = approvals.approve_with(&reply.approvals()[0], &wrong).await.unwrap_err();
    assert!(error.to_string().contains("`amount`"), "{error}");
}

#[tokio::test]
async fn schemas_of_tools_that_nobody_decides_about_are_not_recorded() {
    let model = ScriptedModel::new([done()]);
    let plain = named("work", &Effects::default());
    let pay = FnTool::new("pay", any_object(), |_, _| async { Ok("paid".into()) });
    let pay = pay.with(|spec| spec.approval = true);
    let chat = common::agent(&model).tool(plain).tool(pay).build().unwrap().conversation("c");
    chat.send("Go.").await.unwrap();
    let text = chat.export().await.unwrap();
    assert_eq!(text.matches(r#""parameters""#).count(), 1, "{text}");
}

#[tokio::test]
async fn page_of_requests_can_be_decided_one_by_one() {
    let store = Arc::new(MemoryStore::new());
    let agent =
        payer([call("pay", "a"), call("pay", "b")], &Effects::default()).with_store(store.clone());
    agent.conversation("ada/lisbon").send("Go.").await.unwrap();
    agent.conversation("ada/porto").send("Go.").await.unwrap();
    let page = Conversations::of(store.clone()).prefix("ada/").approvals().await.unwrap();
    for request in page.requests {
        assert_eq!(request.paused_conversation(), &request.conversation);
        let approvals = Approvals::new(store.clone(), request.paused_conversation().clone());
        approvals.approve(&request).await.unwrap();
    }
    assert_eq!(Conversations::of(store).approvals().await.unwrap().requests, []);
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn edited_arguments_are_coerced_like_those_of_the_model() {
    let effects = Effects::default();
    let pay =
        FnTool::new("pay", json!({"type": "object", "properties": {"n": {"type": "integer"}}}), {
            let effects = effects.clone();
            move |_, a| {
                let effects = effects.clone();
                async move {
                    effects.add(a.as_str());
                    Ok("ok".into())
                }
            }
        })
        .with(|s| {
            s.approval = true;
            s.coerce = true;
        });
    let model = ScriptedModel::new([
        ScriptedReply::call("pay", json!({"n": "3"})),
        ScriptedReply::text("Done."),
    ]);
    let chat = common::agent(&model).tool(pay).build().unwrap().conversation("c");
    let reply = chat.send("Go.").await.unwrap();
    chat.approve_with(&reply.approvals()[0], &json!({"n": "4"})).await.unwrap();
    chat.resume().await.unwrap();
    assert_eq!(effects.all(), [r#"{"n":4}"#]);
}
