//! Policies: they decide before each call, are recorded in the journal, and fail closed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::BoxError;
use callsign_types::event::Event;
use callsign_types::id::AppendId;
use callsign_types::limits::Limits;
use callsign_types::message::ToolMessage;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Policy, Verdict};
use callsign_types::traits::policy_fn::policy_fn;
use callsign_types::traits::store::Store;
use serde_json::json;

use crate::common;
use crate::common::{Effects, results, work};

fn builder(effects: &Effects, calls: &[&str]) -> AgentBuilder {
    let mut reply = ScriptedReply::empty();
    for name in calls {
        reply = reply.and_call("work", json!({ "name": name }));
    }
    let model = ScriptedModel::new([reply, ScriptedReply::text("Done.")]);
    common::builder(model).tool(work(effects))
}

async fn run(builder: AgentBuilder) -> Vec<ToolMessage> {
    results(builder.build().unwrap().run("Go.").await.unwrap().messages())
}

fn name(call: &PendingToolCall) -> &str {
    call.arguments["name"].as_str().unwrap()
}

#[tokio::test]
async fn verdicts_allow_deny_and_change_calls() {
    let effects = Effects::default();
    let policy = |call: &PendingToolCall, _: &Context| match name(call) {
        "no" => Verdict::Deny("No is no.".to_owned()),
        "other" => Verdict::Change(json!({"name": "another"})),
        _ => Verdict::Allow,
    };
    let results = run(builder(&effects, &["yes", "no", "other"]).policy(policy)).await;
    let mut done = effects.all();
    done.sort();
    assert_eq!(done, ["another", "yes"]);
    let texts: Vec<_> = results.iter().map(|result| result.content.text()).collect();
    assert_eq!(texts[0], "yes done");
    assert_eq!(texts[1], "Denied, and not run: No is no.");
    assert!(texts[2].contains(r#"{"name":"another"}"#), "{}", texts[2]);
    assert_eq!(results[1].status, ToolCallStatus::Denied);
}

/// A policy that fails in several ways.
struct FailingPolicy(&'static str);

#[async_trait]
impl Policy for FailingPolicy {
    async fn judge(&self, _: &PendingToolCall, _: &Context) -> Result<Verdict, BoxError> {
        match self.0 {
            "fails" => Err("the rule book at /secret is gone".into()),
            "panics" => panic!("no rules"),
            "hangs" => std::future::pending().await,
            _ => Ok(Verdict::Change(json!("no object"))),
        }
    }
}

#[tokio::test]
async fn async_closure_is_a_policy() {
    let effects = Effects::default();
    let verdicts = policy_fn(|call, context| async move {
        tokio::task::yield_now().await;
        match name(&call) {
            "no" => Verdict::Deny(format!("No, said in {}.", context.tool())),
            _ => Verdict::Allow,
        }
    });
    let broken = policy_fn(|call, _| async move {
        if name(&call) == "broken" { Err("no database") } else { Ok(Verdict::Allow) }
    });
    let builder =
        builder(&effects, &["yes", "no", "broken"]).add_policy(verdicts).add_policy(broken);
    let results = run(builder).await;
    assert_eq!(effects.all(), ["yes"]);
    assert_eq!(results[1].content.text(), "Denied, and not run: No, said in work.");
    assert_eq!(results[2].status, ToolCallStatus::Denied);
}

#[tokio::test]
async fn closures_need_no_type_annotations() {
    let effects = Effects::default();
    let builder = builder(&effects, &["yes", "no", "broken"])
        .policy(|call, context| match (name(call), context.tool()) {
            ("no", "work") => Verdict::Deny("No is no.".to_owned()),
            _ => Verdict::Allow,
        })
        .policy(|call, _| match name(call) {
            "broken" => Err("no database"),
            _ => Ok(Verdict::Allow),
        })
        .policy(|_, _| Verdict::Allow);
    let results = run(builder).await;
    assert_eq!(effects.all(), ["yes"]);
    assert_eq!(results[1].content.text(), "Denied, and not run: No is no.");
    assert_eq!(results[2].status, ToolCallStatus::Denied);
}

#[tokio::test(start_paused = true)]
async fn failing_policy_denies_the_call() {
    for odd in ["fails", "panics", "hangs", "returns nonsense"] {
        let effects = Effects::default();
        let limits = Limits::default().tool_timeout(Duration::from_millis(20));
        let results =
            run(builder(&effects, &["a"]).limits(limits).add_policy(FailingPolicy(odd))).await;
        assert_eq!(results[0].status, ToolCallStatus::Denied, "{odd}");
        assert!(!results[0].content.text().contains("secret"), "{odd}");
        assert!(effects.all().is_empty(), "{odd}");
    }
}

#[tokio::test]
async fn strictest_verdict_counts_for_changed_arguments() {
    let effects = Effects::default();
    let changes = |_: &PendingToolCall, _: &Context| Verdict::Change(json!({"name": "changed"}));
    let denies = |call: &PendingToolCall, _: &Context| match name(call) {
        "changed" => Verdict::Deny("It was changed.".to_owned()),
        _ => Verdict::Approve,
    };
    let results = run(builder(&effects, &["a"]).policy(changes).policy(denies)).await;
    assert_eq!(results[0].status, ToolCallStatus::Denied);
}

#[tokio::test]
async fn approved_call_is_not_passed_to_the_policy_again() {
    let effects = Effects::default();
    let judged = Effects::default();
    let seen = judged.clone();
    let policy = move |call: &PendingToolCall, _: &Context| {
        seen.add(name(call));
        match name(call) {
            "big" => Verdict::Ask("It is big.".to_owned()),
            _ => Verdict::Allow,
        }
    };
    let store = Arc::new(MemoryStore::new());
    let builder = builder(&effects, &["big", "small"]).store(store).policy(policy);
    let chat = builder.build().unwrap().conversation("c");
    let paused = chat.send("Go.").await.unwrap();
    assert_eq!(effects.all(), ["small"]);
    assert_eq!(paused.approvals()[0].reason, "It is big.");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Done.");
    assert_eq!(effects.all(), ["small", "big"]);
    assert_eq!(judged.all().len(), 2, "the policy decides once per call");
}

#[tokio::test]
async fn policy_can_approve_instead_of_a_person() {
    for (verdict, waits) in [(Verdict::Allow, true), (Verdict::Approve, false)] {
        let effects = Effects::default();
        let model = ScriptedModel::new([
            ScriptedReply::call("pay", json!({"name": "a"})),
            ScriptedReply::text("Ok."),
        ])
        .ignore_rest();
        let agent = common::builder(model)
            .tool(common::named("pay", &effects).with(|spec| spec.approval = true))
            .policy(move |_, _| verdict.clone())
            .build()
            .unwrap();
        let reply = agent.run("Go.").await.unwrap();
        assert_eq!(!reply.approvals().is_empty(), waits);
    }
}

#[tokio::test]
async fn unknown_tool_is_not_passed_to_policies() {
    let model =
        ScriptedModel::new([ScriptedReply::call("nope", json!({})), ScriptedReply::text("Ok.")]);
    let agent = common::builder(model)
        .policy(|_, _| Verdict::Deny("Everything is denied.".to_owned()))
        .build()
        .unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::UnknownTool);
}

#[tokio::test]
async fn verdicts_about_other_arguments_do_not_count() {
    let name_of = |call: &PendingToolCall| call.arguments["name"].as_str().unwrap().to_owned();
    let small = move |call: &PendingToolCall, _: &Context| match name_of(call).as_str() {
        "1" => Verdict::Approve,
        "1000" => Verdict::Deny("That is too much.".to_owned()),
        _ => Verdict::Allow,
    };
    let raises = |_: &PendingToolCall, _: &Context| Verdict::Change(json!({"name": "1000"}));
    let never_settles = |call: &PendingToolCall, _: &Context| {
        let text = call.arguments["name"].as_str().unwrap();
        Verdict::Change(json!({ "name": format!("{text}0") }))
    };
    // In either order, and also if the arguments never settle.
    let effects = Effects::default();
    for builder in [
        builder(&effects, &["1"]).policy(small).policy(raises),
        builder(&effects, &["1"]).policy(raises).policy(small),
        builder(&effects, &["1"]).policy(never_settles),
    ] {
        assert_eq!(run(builder).await[0].status, ToolCallStatus::Denied);
    }
    assert!(effects.all().is_empty());
}

/// Returns an agent with the tool `pay`, which requires approval if `approval`, and this policy.
fn payer(
    effects: &Effects,
    script: impl IntoIterator<Item = ScriptedReply>,
    approval: bool,
    policy: Option<fn(&PendingToolCall, &Context) -> Verdict>,
    store: &Arc<MemoryStore>,
) -> Agent {
    let builder = common::builder(ScriptedModel::new(script))
        .tool(common::named("pay", effects).with(|spec| spec.approval = approval))
        .limits(Limits::default().tool_concurrency(1))
        .store(store.clone());
    match policy {
        Some(policy) => builder.policy(policy).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

fn deny_all(_: &PendingToolCall, _: &Context) -> Verdict {
    Verdict::Deny("Everything is denied.".to_owned())
}

fn deny_large(call: &PendingToolCall, _: &Context) -> Verdict {
    match name(call) {
        "1000" => Verdict::Deny("That is too much.".to_owned()),
        _ => Verdict::Ask("Sure?".to_owned()),
    }
}

#[tokio::test]
async fn arguments_changed_by_a_person_are_passed_to_policies() {
    for (changed, runs) in [("1000", false), ("2", true)] {
        let (effects, store) = (Effects::default(), Arc::default());
        let script = [ScriptedReply::call("pay", json!({"name": "1"})), ScriptedReply::text("Ok.")];
        let agent = payer(&effects, script, true, Some(deny_large), &store);
        let chat = agent.conversation("c");
        let paused = chat.send("Go.").await.unwrap();
        chat.approve_with(&paused.approvals()[0], &json!({ "name": changed })).await.unwrap();
        let reply = chat.resume().await.unwrap();
        assert_eq!(reply.text(), "Ok.", "it is not requested again");
        assert_eq!(!effects.all().is_empty(), runs, "{changed}");
    }
}

#[tokio::test]
async fn policy_added_while_a_call_waited_applies() {
    let (effects, store) = (Effects::default(), Arc::default());
    let call = ScriptedReply::call("pay", json!({"name": "1"}));
    let before = payer(&effects, [call], true, None, &store).conversation("c");
    let paused = before.send("Go.").await.unwrap();
    let after = payer(&effects, [ScriptedReply::text("Ok.")], true, Some(deny_all), &store);
    let chat = after.conversation("c");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Denied);
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn pending_call_uses_policies_of_the_resuming_run() {
    for (approval, policy) in [(true, None), (false, Some(deny_all as fn(&_, &_) -> _))] {
        let (effects, store) = (Effects::default(), Arc::default());
        let calls = ScriptedReply::call("pay", json!({"name": "1", "ms": 60_000}))
            .and_call("pay", json!({"name": "2"}));
        let before = payer(&effects, [calls], false, None, &store).conversation("c");
        let mut run = before.send("Go.").stream();
        while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
        // A killed process leaves no `Cancelled` entry.
        let stored = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
        drop(run);
        let store = Arc::new(MemoryStore::new());
        store.append(&"c".into(), 0, AppendId::random(), &stored).await.unwrap();
        let script = [ScriptedReply::text("Ok.")];
        let script = script.into_iter().take(usize::from(policy.is_some()));
        let after = payer(&effects, script, approval, policy, &store).conversation("c");
        let reply = after.resume().await.unwrap();
        assert_eq!(reply.approvals().len(), usize::from(approval));
        assert!(effects.all().is_empty(), "{:?}", effects.all());
    }
}
