//! Policies: asked before each call, kept in the journal, failing closed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::context::Context;
use callsign_core::traits::policy::{Policy, ProposedCall, Verdict};
use callsign_core::traits::policy_fn::policy_fn;
use callsign_core::traits::store::Store;
use callsign_core::words::error::BoxError;
use callsign_core::words::event::Event;
use callsign_core::words::id::AppendId;
use callsign_core::words::limits::Limits;
use callsign_core::words::message::ToolMessage;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel};
use common::{Effects, results, work};
use serde_json::json;

fn builder(effects: &Effects, calls: &[&str]) -> AgentBuilder {
    let mut reply = Scripted::empty();
    for name in calls {
        reply = reply.and_call("work", json!({ "name": name }));
    }
    let model = ScriptedModel::new([reply, Scripted::text("Done.")]);
    common::builder(model).tool(work(effects))
}

async fn run(builder: AgentBuilder) -> Vec<ToolMessage> {
    results(builder.build().unwrap().run("Go.").await.unwrap().messages())
}

fn name(call: &ProposedCall) -> &str {
    call.arguments["name"].as_str().unwrap()
}

#[tokio::test]
async fn each_verdict_is_followed() {
    let effects = Effects::default();
    let policy = |call: &ProposedCall, _: &Context| match name(call) {
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
    assert_eq!(results[1].outcome, CallOutcome::Denied);
}

/// A policy that goes wrong in several ways.
struct Odd(&'static str);

#[async_trait]
impl Policy for Odd {
    async fn judge(&self, _: &ProposedCall, _: &Context) -> Result<Verdict, BoxError> {
        match self.0 {
            "fails" => Err("the rule book at /secret is gone".into()),
            "panics" => panic!("no rules"),
            "hangs" => std::future::pending().await,
            _ => Ok(Verdict::Change(json!("no object"))),
        }
    }
}

#[tokio::test]
async fn an_async_closure_is_a_policy() {
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
    let builder = builder(&effects, &["yes", "no", "broken"]).policy(verdicts).policy(broken);
    let results = run(builder).await;
    assert_eq!(effects.all(), ["yes"]);
    assert_eq!(results[1].content.text(), "Denied, and not run: No, said in work.");
    assert_eq!(results[2].outcome, CallOutcome::Denied);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_goes_wrong_denies() {
    for odd in ["fails", "panics", "hangs", "gives nonsense"] {
        let effects = Effects::default();
        let limits = Limits::default().tool_timeout(Duration::from_millis(20));
        let results = run(builder(&effects, &["a"]).limits(limits).policy(Odd(odd))).await;
        assert_eq!(results[0].outcome, CallOutcome::Denied, "{odd}");
        assert!(!results[0].content.text().contains("secret"), "{odd}");
        assert!(effects.all().is_empty(), "{odd}");
    }
}

#[tokio::test]
async fn the_strictest_of_several_counts_and_sees_what_those_before_it_changed() {
    let effects = Effects::default();
    let changes = |_: &ProposedCall, _: &Context| Verdict::Change(json!({"name": "changed"}));
    let denies = |call: &ProposedCall, _: &Context| match name(call) {
        "changed" => Verdict::Deny("It was changed.".to_owned()),
        _ => Verdict::Approve,
    };
    let results = run(builder(&effects, &["a"]).policy(changes).policy(denies)).await;
    assert_eq!(results[0].outcome, CallOutcome::Denied);
}

#[tokio::test]
async fn what_is_asked_waits_and_is_not_judged_again() {
    let effects = Effects::default();
    let judged = Effects::default();
    let seen = judged.clone();
    let policy = move |call: &ProposedCall, _: &Context| {
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
    assert_eq!(judged.all().len(), 2, "each call is judged once");
}

#[tokio::test]
async fn a_policy_may_approve_in_a_persons_place() {
    for (verdict, waits) in [(Verdict::Allow, true), (Verdict::Approve, false)] {
        let effects = Effects::default();
        let model = ScriptedModel::new([
            Scripted::call("pay", json!({"name": "a"})),
            Scripted::text("Ok."),
        ])
        .ignore_rest();
        let agent = common::builder(model)
            .tool(common::named("pay", &effects).with(|spec| spec.approval = true))
            .policy(move |_: &ProposedCall, _: &Context| verdict.clone())
            .build()
            .unwrap();
        let reply = agent.run("Go.").await.unwrap();
        assert_eq!(!reply.approvals().is_empty(), waits);
    }
}

#[tokio::test]
async fn tools_that_do_not_exist_need_no_verdict() {
    let model = ScriptedModel::new([Scripted::call("nope", json!({})), Scripted::text("Ok.")]);
    let agent = common::builder(model)
        .policy(|_: &ProposedCall, _: &Context| Verdict::Deny("Nothing goes.".to_owned()))
        .build()
        .unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::UnknownTool);
}

#[tokio::test]
async fn what_was_said_of_other_arguments_does_not_count() {
    let name_of = |call: &ProposedCall| call.arguments["name"].as_str().unwrap().to_owned();
    let small = move |call: &ProposedCall, _: &Context| match name_of(call).as_str() {
        "1" => Verdict::Approve,
        "1000" => Verdict::Deny("That is too much.".to_owned()),
        _ => Verdict::Allow,
    };
    let raises = |_: &ProposedCall, _: &Context| Verdict::Change(json!({"name": "1000"}));
    let restless = |call: &ProposedCall, _: &Context| {
        let text = call.arguments["name"].as_str().unwrap();
        Verdict::Change(json!({ "name": format!("{text}0") }))
    };
    // Whichever comes first, and however often the arguments are changed.
    let effects = Effects::default();
    for builder in [
        builder(&effects, &["1"]).policy(small).policy(raises),
        builder(&effects, &["1"]).policy(raises).policy(small),
        builder(&effects, &["1"]).policy(restless),
    ] {
        assert_eq!(run(builder).await[0].outcome, CallOutcome::Denied);
    }
    assert!(effects.all().is_empty());
}

/// An agent whose tool `pay` has to be approved, and that asks this policy, if any.
fn payer(
    effects: &Effects,
    script: impl IntoIterator<Item = Scripted>,
    approval: bool,
    policy: Option<fn(&ProposedCall, &Context) -> Verdict>,
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

fn nothing_goes(_: &ProposedCall, _: &Context) -> Verdict {
    Verdict::Deny("Nothing goes.".to_owned())
}

fn nothing_large(call: &ProposedCall, _: &Context) -> Verdict {
    match name(call) {
        "1000" => Verdict::Deny("That is too much.".to_owned()),
        _ => Verdict::Ask("Sure?".to_owned()),
    }
}

#[tokio::test]
async fn what_a_person_puts_in_place_of_the_arguments_is_judged_as_well() {
    for (given, runs) in [("1000", false), ("2", true)] {
        let (effects, store) = (Effects::default(), Arc::default());
        let script = [Scripted::call("pay", json!({"name": "1"})), Scripted::text("Ok.")];
        let agent = payer(&effects, script, true, Some(nothing_large), &store);
        let chat = agent.conversation("c");
        let paused = chat.send("Go.").await.unwrap();
        chat.approve_with(&paused.approvals()[0], &json!({ "name": given })).await.unwrap();
        let reply = chat.resume().await.unwrap();
        assert_eq!(reply.text(), "Ok.", "it is not asked about again");
        assert_eq!(!effects.all().is_empty(), runs, "{given}");
    }
}

#[tokio::test]
async fn a_policy_that_came_while_a_call_waited_is_asked() {
    let (effects, store) = (Effects::default(), Arc::default());
    let call = Scripted::call("pay", json!({"name": "1"}));
    let before = payer(&effects, [call], true, None, &store).conversation("c");
    let paused = before.send("Go.").await.unwrap();
    let after = payer(&effects, [Scripted::text("Ok.")], true, Some(nothing_goes), &store);
    let chat = after.conversation("c");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Denied);
    assert!(effects.all().is_empty());
}

#[tokio::test]
async fn what_was_not_begun_goes_by_the_rules_of_the_run_that_goes_on() {
    for (approval, policy) in [(true, None), (false, Some(nothing_goes as fn(&_, &_) -> _))] {
        let (effects, store) = (Effects::default(), Arc::default());
        let calls = Scripted::call("pay", json!({"name": "1", "ms": 60_000}))
            .and_call("pay", json!({"name": "2"}));
        let before = payer(&effects, [calls], false, None, &store).conversation("c");
        let mut run = before.send("Go.").stream();
        while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
        // A process that is killed has no time to say that it was cancelled.
        let kept = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
        drop(run);
        let store = Arc::new(MemoryStore::new());
        store.append(&"c".into(), 0, AppendId::random(), &kept).await.unwrap();
        let script = [Scripted::text("Ok.")];
        let script = script.into_iter().take(usize::from(policy.is_some()));
        let after = payer(&effects, script, approval, policy, &store).conversation("c");
        let reply = after.resume().await.unwrap();
        assert_eq!(reply.approvals().len(), usize::from(approval));
        assert!(effects.all().is_empty(), "{:?}", effects.all());
    }
}
