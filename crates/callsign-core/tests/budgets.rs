//! Limits of tokens, money and time that agents share with those under them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::handoff::Handoff;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::context::Context;
use callsign_core::traits::model::{Model, ModelStream};
use callsign_core::words::error::ErrorKind;
use callsign_core::words::event::{Finished, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::limits::{LimitKind, Limits};
use callsign_core::words::money::{Money, Price, Prices};
use callsign_core::words::request::Request;
use callsign_core::words::result::CallOutcome;
use callsign_core::words::usage::Usage;
use callsign_testkit::{Scripted, ScriptedModel};
use common::{Effects, FnTool, any_object, results, work};
use serde_json::json;

type Shared = Arc<MemoryStore>;

fn model(script: impl IntoIterator<Item = Scripted>) -> ScriptedModel {
    ScriptedModel::new(script)
}

/// A reply of so many tokens, half in and half out.
fn ask(tool: &str, tokens: u64) -> Scripted {
    let argument = if tool == "work" || tool == "pay" { "name" } else { "message" };
    Scripted::call(tool, json!({ argument: "Well?" })).usage(tokens / 2, tokens / 2)
}

fn say(text: &str, tokens: u64) -> Scripted {
    Scripted::text(text).usage(tokens / 2, tokens / 2)
}

fn above(model: &ScriptedModel, child: &Agent) -> AgentBuilder {
    common::builder(model.clone()).tool(child.as_tool("research", "Finds out."))
}

fn tokens(limit: u64) -> Limits {
    Limits::default().tokens(limit)
}

/// An answer of a model that says its name, and how much of the input was cached.
fn named(model: &str, text: &str, input: u64, cached: u64, output: u64) -> Scripted {
    let mut finished = Finished::new(FinishReason::Stop);
    finished.model = Some(model.to_owned());
    let mut usage = Usage::new(input, output);
    usage.cached_input_tokens = cached;
    finished.usage = Some(usage);
    let text = ModelEvent::TextDelta(text.to_owned());
    Scripted::events([text, ModelEvent::Finished(Box::new(finished))])
}

#[tokio::test]
async fn what_agents_under_a_run_use_is_the_runs() {
    let effects = Effects::default();
    let inner = common::builder(model([say("Deep.", 2)])).build().unwrap();
    let middle = model([ask("dig", 20), ask("work", 30), say("Found.", 40)]);
    let middle = common::builder(middle).tool(inner.as_tool("dig", "Digs.")).tool(work(&effects));
    let agent = above(&model([ask("research", 100), say("So.", 200)]), &middle.build().unwrap());
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.usage(), Usage::new(196, 196));
    assert!(!reply.is_usage_estimated());
}

#[tokio::test]
async fn tokens_are_looked_at_before_each_request_of_the_run_and_of_what_is_under_it() {
    let effects = Effects::default();
    // 100 of the parent and 2 × 30 of the agent: its third request is not sent.
    let inner = model([ask("work", 30), ask("work", 30), say("Never.", 30)]).ignore_rest();
    let child = common::builder(inner.clone()).tool(work(&effects)).build().unwrap();
    let outer = model([ask("research", 100), say("Never.", 2)]).ignore_rest();
    let agent = above(&outer, &child).limits(tokens(150)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
    assert!(error.to_string().contains("150 tokens"), "{error}");
    assert_eq!((outer.requests().len(), inner.requests().len()), (1, 2));
    let progress = error.progress().unwrap();
    assert_eq!(progress.usage.total_tokens(), 160, "no more than one reply over it");
    let told = &results(&progress.messages)[0];
    assert_eq!(told.outcome, CallOutcome::Told);
    assert!(told.content.text().contains("limit of tokens"), "{told:?}");
}

#[tokio::test]
async fn a_limit_of_the_agents_own_ends_the_agent_alone() {
    let effects = Effects::default();
    let inner = model([ask("work", 30), say("Never.", 30)]).ignore_rest();
    let child = common::builder(inner).tool(work(&effects)).limits(tokens(30)).build().unwrap();
    let outer = model([ask("research", 100), say("Without it, then.", 20)]);
    let reply = above(&outer, &child).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.text(), "Without it, then.");
    assert_eq!(reply.usage().total_tokens(), 150);
    assert!(results(reply.messages())[0].content.text().contains("limit of tokens"));
}

#[tokio::test(start_paused = true)]
async fn agents_beside_one_another_overshoot_by_a_reply_each() {
    const AGENTS: u64 = 4;
    let replies = (0..3 * AGENTS).map(|_| ask("work", 10).and_wait(Duration::from_millis(5)));
    let inner = model(replies).ignore_rest();
    let effects = Effects::default();
    let child = common::builder(inner.clone()).tool(work(&effects)).build().unwrap();
    let calls = (1..AGENTS).fold(ask("research", 100), |calls, _| {
        calls.and_call("research", json!({"message": "And?"}))
    });
    let agent = above(&model([calls]), &child).limits(tokens(141)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
    // All four had asked once and had one token left between them: each asked once more.
    assert_eq!(inner.requests().len(), 8);
    assert_eq!(error.progress().unwrap().usage.total_tokens(), 180);
}

#[tokio::test]
async fn a_tool_that_asks_the_model_is_counted_and_bounded() {
    // With 180 of 200 used there is one more request; with 140 of 140 there is none.
    for (limit, asked) in [(200, 4), (140, 2)] {
        let tool = FnTool::new("ask", any_object(), |context: Context, _| async move {
            for _ in 0..2 {
                context.ask("What is it?").await?;
            }
            Ok("asked".into())
        });
        let script = [ask("ask", 100), say("A.", 40), say("B.", 40), say("C.", 40)];
        let model = model(script).ignore_rest();
        let agent =
            common::builder(model.clone()).tool(tool).limits(tokens(limit)).build().unwrap();
        let outcome = agent.run("Go.").await;
        let used = outcome.map_or_else(
            |error| error.progress().unwrap().usage.total_tokens(),
            |reply| reply.usage().total_tokens(),
        );
        let replies = model.requests().len() as u64;
        assert_eq!((replies, used), (asked, 100 + (asked - 1) * 40), "limit {limit}");
    }
}

#[tokio::test]
async fn money_is_counted_by_the_price_table() {
    let prices = Prices::new()
        .with("big", Price::per_million(2.0, 10.0).cached_input(0.5))
        .with("small", Price::per_million(0.1, 0.4));
    let inner = model([named("small-2026-01", "A fish.", 1_000, 0, 500)]);
    let child = common::builder(inner).build().unwrap();
    let call = Scripted::from_fn(|_| ask("research", 0));
    let outer = model([call, named("big-2", "So.", 10_000, 8_000, 100)]);
    // The first reply has no name: the model's own counts, at nothing.
    let prices = prices.with("scripted model", Price::per_million(0.0, 0.0));
    let limits = Limits::default().money(1.0);
    let agent = above(&outer, &child).prices(prices).limits(limits).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    // 2,000 × 2 + 8,000 × 0.5 + 100 × 10 millionths, and 1,000 × 0.1 + 500 × 0.4 of the agent's.
    assert_eq!(reply.cost(), Money::new(0.009 + 0.0003));
}

#[tokio::test]
async fn money_runs_out_before_the_next_request() {
    let prices = Prices::new().with("", Price::per_million(1.0, 1.0));
    let child = common::builder(model([say("A fish.", 1_000_000)])).build().unwrap();
    let outer = model([ask("research", 2), say("Never.", 2)]).ignore_rest();
    let limits = Limits::default().money(0.5);
    let agent = above(&outer, &child).prices(prices).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Money));
    assert_eq!(outer.requests().len(), 1);
    let unpriced = common::builder(model([])).limits(Limits::default().money(1.0)).build();
    assert!(unpriced.unwrap_err().to_string().contains(".prices("));
}

/// A scripted model that is asked by another name, and answers by a third one.
struct Other(ScriptedModel);

impl Model for Other {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn name(&self) -> &'static str {
        "some"
    }
}

fn other() -> Other {
    Other(model([named("other", "Hm.", 1, 0, 1)]))
}

#[tokio::test]
async fn a_model_without_a_price_ends_a_run_of_limited_money() {
    let prices = || Prices::new().with("scripted", Price::per_million(1.0, 1.0));
    let limits = Limits::default().money(1.0);
    let agent = common::builder(other());
    let error = agent.prices(prices()).limits(limits.clone()).build().unwrap().run("Go.").await;
    let error = error.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`other`"), "{error}");
    // Inside an agent under the run as well: what it costs can't be told.
    let child = common::builder(other()).build().unwrap();
    let outer = model([ask("research", 2)]);
    let agent = above(&outer, &child).prices(prices()).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("`other`"), "{source}");
    // Where money is not limited, it counts as free.
    let agent = common::builder(other()).prices(prices());
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.cost(), Money::default());
}

#[tokio::test]
async fn an_agent_that_has_the_conversation_has_its_own_prices() {
    let bill = model([named("its-own", "Paid.", 1_000, 0, 0)]);
    let prices = Prices::new().with("its-own", Price::per_million(7.0, 7.0));
    let billing = common::builder(bill).name("billing").prices(prices).build().unwrap();
    let transfer = Scripted::call("transfer_to_billing", json!({})).usage(1_000, 0);
    let agent = common::builder(model([transfer]))
        .prices(Prices::new().with("scripted", Price::per_million(1.0, 1.0)))
        .limits(Limits::default().money(1.0))
        .handoff(Handoff::to(&billing))
        .build()
        .unwrap();
    let reply = agent.run("Pay.").await.unwrap();
    assert_eq!(reply.cost(), Money::new(0.001 + 0.007));
    assert_eq!(reply.usage().total_tokens(), 2_000);
}

#[tokio::test]
async fn what_a_service_does_not_count_is_estimated_and_marked() {
    let child = common::builder(model([Scripted::text("A fish.")])).build().unwrap();
    let outer = || model([ask("research", 100), say("So.", 100)]);
    let agent = above(&outer(), &child).limits(tokens(100_000)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert!(reply.is_usage_estimated(), "it is the agent's under it that was not counted");
    assert!(reply.usage().total_tokens() > 200);
    // By a tool that asks the model as well.
    let tool = FnTool::new("ask", any_object(), |context: Context, _| async move {
        context.ask("What is it?").await?;
        Ok("asked".into())
    });
    let script = [ask("ask", 100), Scripted::text("A fish."), say("So.", 100)];
    let agent = common::builder(model(script)).tool(tool).limits(tokens(100_000)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert!(reply.is_usage_estimated() && reply.usage().total_tokens() > 200);
}

#[tokio::test]
async fn a_run_that_goes_on_after_a_pause_has_counted_what_it_used_by_then() {
    let (effects, store) = (Effects::default(), Shared::default());
    let inner = model([ask("pay", 10), say("Paid.", 20)]);
    let pay = common::named("pay", &effects).with(|spec| spec.approval = true);
    let child = common::builder(inner).tool(pay).build().unwrap();
    let agent = above(&model([ask("research", 100), say("So.", 200)]), &child).store(store);
    let chat = agent.build().unwrap().conversation("c");
    let paused = chat.send("Go.").await.unwrap();
    assert_eq!(paused.usage().total_tokens(), 110, "of the agent, too, which waits");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    // Each run counts for itself.
    assert_eq!(chat.resume().await.unwrap().usage().total_tokens(), 220);
}

#[tokio::test(start_paused = true)]
async fn an_agent_does_not_outlive_the_run_above_it() {
    let child = common::builder(model([Scripted::text("Hm").and_hang()])).build().unwrap();
    let began = tokio::time::Instant::now();
    let limits = Limits::default().time(Duration::from_secs(3));
    let agent = above(&model([ask("research", 2)]), &child).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Time));
    assert_eq!(began.elapsed().as_secs(), 3, "the clock of the test stands still otherwise");
}

#[tokio::test(start_paused = true)]
async fn an_agent_on_a_task_of_its_own_does_not_outlive_it_either() {
    let child = common::builder(model([Scripted::text("Hm").and_hang()])).build().unwrap();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    let tool = FnTool::new("ask", any_object(), move |context: Context, _| {
        let run = child.run_within(&context, "What is it?").stream();
        let sender = sender.lock().unwrap().take().unwrap();
        tokio::spawn(async move { sender.send((run.await, tokio::time::Instant::now())) });
        async { Ok("I shall see.".into()) }
    });
    let outer = model([ask("ask", 2), Scripted::text("Hm").and_hang()]);
    let limits = Limits::default().time(Duration::from_secs(3));
    let agent = common::builder(outer).tool(tool).limits(limits).build().unwrap();
    let began = tokio::time::Instant::now();
    agent.run("Go.").await.unwrap_err();
    let (outcome, ended) = receiver.await.unwrap();
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Limit(LimitKind::Time));
    assert_eq!((ended - began).as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_agents_own_time_counts_and_not_the_callers_timeout_for_tools() {
    for (seconds, heard) in [(100, "A fish."), (300, "its time was over")] {
        let slow = Scripted::text("A fish.").and_wait(Duration::from_secs(seconds));
        let limits = Limits::default().time(Duration::from_secs(200));
        let child = common::builder(model([slow])).limits(limits).build().unwrap();
        let agent = above(&model([ask("research", 2), say("So.", 2)]), &child).build().unwrap();
        let reply = agent.run("Go.").await.unwrap();
        let text = results(reply.messages())[0].content.text().into_owned();
        assert!(text.contains(heard), "{text}");
    }
}
