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
use callsign_core::words::error::BoxError;
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
    Agent::builder(model).tool(work(effects))
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
        let agent = Agent::builder(model)
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
    let agent = Agent::builder(model)
        .policy(|_: &ProposedCall, _: &Context| Verdict::Deny("Nothing goes.".to_owned()))
        .build()
        .unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::UnknownTool);
}
