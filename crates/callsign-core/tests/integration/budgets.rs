//! Limits of tokens, cost and time, which a run shares with its sub-agents.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::handoff::Handoff;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::error::ErrorKind;
use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::pricing::{Cost, Price, PriceTable};
use callsign_types::request::Request;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use callsign_types::usage::Usage;
use serde_json::json;

use crate::common;
use crate::common::{Effects, FnTool, any_object, results, texts, work};

type Shared = Arc<MemoryStore>;

fn model(script: impl IntoIterator<Item = ScriptedReply>) -> ScriptedModel {
    ScriptedModel::new(script)
}

/// Returns a response that calls `tool` and uses `tokens` tokens, half input and half output.
fn ask(tool: &str, tokens: u64) -> ScriptedReply {
    let argument = if tool == "work" || tool == "pay" { "name" } else { "message" };
    ScriptedReply::call(tool, json!({ argument: "Well?" })).usage(tokens / 2, tokens / 2)
}

fn say(text: &str, tokens: u64) -> ScriptedReply {
    ScriptedReply::text(text).usage(tokens / 2, tokens / 2)
}

fn parent_of(model: &ScriptedModel, child: &Agent) -> AgentBuilder {
    common::builder(model.clone()).tool(child.as_tool("research", "Finds out."))
}

fn tokens(limit: u64) -> Limits {
    Limits::default().max_total_tokens(limit)
}

/// Returns a response that reports the model, and how many input tokens were cached.
fn priced_response(model: &str, text: &str, input: u64, cached: u64, output: u64) -> ScriptedReply {
    let mut finished = ResponseEnd::new(FinishReason::Stop);
    finished.model = Some(model.to_owned());
    let mut usage = Usage::new(input, output);
    usage.cached_input_tokens = cached;
    finished.usage = Some(usage);
    let text = ModelEvent::TextDelta(text.to_owned());
    ScriptedReply::events([text, ModelEvent::Finished(Box::new(finished))])
}

#[tokio::test]
async fn usage_of_sub_agents_counts_toward_the_run() {
    let effects = Effects::default();
    let inner = common::builder(model([say("Deep.", 2)])).build().unwrap();
    let middle = model([ask("dig", 20), ask("work", 30), say("Found.", 40)]);
    let middle = common::builder(middle).tool(inner.as_tool("dig", "Digs.")).tool(work(&effects));
    let agent =
        parent_of(&model([ask("research", 100), say("So.", 200)]), &middle.build().unwrap());
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.usage(), Usage::new(196, 196));
    assert!(!reply.is_usage_estimated());
}

#[tokio::test]
async fn token_limit_is_checked_before_each_request_of_the_run_and_its_sub_agents() {
    let effects = Effects::default();
    // 100 tokens of the parent and 2 × 30 of the sub-agent: its third request is not sent.
    let inner = model([ask("work", 30), ask("work", 30), say("Never.", 30)]).ignore_rest();
    let child = common::builder(inner.clone()).tool(work(&effects)).build().unwrap();
    let outer = model([ask("research", 100), say("Never.", 2)]).ignore_rest();
    let agent = parent_of(&outer, &child).limits(tokens(150)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
    assert!(error.to_string().contains("150 tokens"), "{error}");
    assert_eq!((outer.requests().len(), inner.requests().len()), (1, 2));
    let progress = error.partial_run().unwrap();
    assert_eq!(progress.usage.total_tokens(), 160, "at most one response above the limit");
    let result = &results(&progress.messages)[0];
    assert_eq!(result.status, ToolCallStatus::Error);
    assert!(result.content.text().contains("limit of tokens"), "{result:?}");
}

#[tokio::test]
async fn token_limit_of_a_sub_agent_ends_only_the_sub_agent() {
    let effects = Effects::default();
    let inner = model([ask("work", 30), say("Never.", 30)]).ignore_rest();
    let child = common::builder(inner).tool(work(&effects)).limits(tokens(30)).build().unwrap();
    let outer = model([ask("research", 100), say("Without it, then.", 20)]);
    let reply = parent_of(&outer, &child).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.text(), "Without it, then.");
    assert_eq!(reply.usage().total_tokens(), 150);
    assert!(results(reply.messages())[0].content.text().contains("limit of tokens"));
}

#[tokio::test(start_paused = true)]
async fn concurrent_sub_agents_exceed_the_limit_by_one_response_each() {
    const AGENTS: u64 = 4;
    let replies = (0..3 * AGENTS).map(|_| ask("work", 10).and_wait(Duration::from_millis(5)));
    let inner = model(replies).ignore_rest();
    let effects = Effects::default();
    let child = common::builder(inner.clone()).tool(work(&effects)).build().unwrap();
    let calls = (1..AGENTS).fold(ask("research", 100), |calls, _| {
        calls.and_call("research", json!({"message": "And?"}))
    });
    let agent = parent_of(&model([calls]), &child).limits(tokens(141)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Tokens));
    // After the first request of each, one token was left: all four sent another request.
    assert_eq!(inner.requests().len(), 8);
    assert_eq!(error.partial_run().unwrap().usage.total_tokens(), 180);
}

#[tokio::test]
async fn model_calls_of_a_tool_count_toward_the_token_limit() {
    // With 180 of 200 used another request is sent; with 140 of 140 none is.
    for (limit, requests) in [(200, 4), (140, 2)] {
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
            |error| error.partial_run().unwrap().usage.total_tokens(),
            |reply| reply.usage().total_tokens(),
        );
        let sent = model.requests().len() as u64;
        assert_eq!((sent, used), (requests, 100 + (requests - 1) * 40), "limit {limit}");
    }
}

#[tokio::test]
async fn cost_follows_the_price_table() {
    let prices = PriceTable::new()
        .with("big", Price::per_million(2.0, 10.0).cached_input(0.5))
        .with("small", Price::per_million(0.1, 0.4));
    let inner = model([priced_response("small-2026-01", "A fish.", 1_000, 0, 500)]);
    let child = common::builder(inner).build().unwrap();
    let call = ScriptedReply::from_fn(|_| ask("research", 0));
    let outer = model([call, priced_response("big-2", "So.", 10_000, 8_000, 100)]);
    // The first response reports no model: the model's own name counts, at a price of 0.
    let prices = prices.with("scripted model", Price::per_million(0.0, 0.0));
    let limits = Limits::default().max_cost(1.0);
    let agent = parent_of(&outer, &child).prices(prices).limits(limits).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    // 2,000 × 2 + 8,000 × 0.5 + 100 × 10 millionths, and 1,000 × 0.1 + 500 × 0.4 of the
    // sub-agent.
    assert_eq!(reply.cost(), Cost::new(0.009 + 0.0003));
}

#[tokio::test]
async fn cost_limit_is_checked_before_each_request() {
    let prices = PriceTable::new().with("", Price::per_million(1.0, 1.0));
    let child = common::builder(model([say("A fish.", 1_000_000)])).build().unwrap();
    let outer = model([ask("research", 2), say("Never.", 2)]).ignore_rest();
    let limits = Limits::default().max_cost(0.5);
    let agent = parent_of(&outer, &child).prices(prices).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Cost));
    assert_eq!(outer.requests().len(), 1);
    let unpriced = common::builder(model([])).limits(Limits::default().max_cost(1.0)).build();
    assert!(unpriced.unwrap_err().to_string().contains(".prices("));
}

/// A model whose name and response have no price.
struct UnpricedModel(ScriptedModel);

impl Model for UnpricedModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("some")
    }
}

fn unpriced_model() -> UnpricedModel {
    UnpricedModel(model([priced_response("unpriced", "Hm.", 1, 0, 1)]))
}

#[tokio::test]
async fn model_without_a_price_fails_a_run_with_a_cost_limit() {
    let prices = || PriceTable::new().with("scripted", Price::per_million(1.0, 1.0));
    let limits = Limits::default().max_cost(1.0);
    let agent = common::builder(unpriced_model());
    let error = agent.prices(prices()).limits(limits.clone()).build().unwrap().run("Go.").await;
    let error = error.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`unpriced`"), "{error}");
    // So does a sub-agent without a price: the cost of the run would be unknown.
    let child = common::builder(unpriced_model()).build().unwrap();
    let outer = model([ask("research", 2)]);
    let agent = parent_of(&outer, &child).prices(prices()).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("`unpriced`"), "{source}");
    // Without a cost limit, it counts as free.
    let agent = common::builder(unpriced_model()).prices(prices());
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.cost(), Cost::default());
}

#[tokio::test]
async fn target_agent_of_a_handoff_uses_its_own_prices() {
    let bill = model([priced_response("its-own", "Paid.", 1_000, 0, 0)]);
    let prices = PriceTable::new().with("its-own", Price::per_million(7.0, 7.0));
    let billing = common::builder(bill).name("billing").prices(prices).build().unwrap();
    let transfer = ScriptedReply::call("transfer_to_billing", json!({})).usage(1_000, 0);
    let agent = common::builder(model([transfer]))
        .prices(PriceTable::new().with("scripted", Price::per_million(1.0, 1.0)))
        .limits(Limits::default().max_cost(1.0))
        .handoff(Handoff::to(&billing))
        .build()
        .unwrap();
    let reply = agent.run("Pay.").await.unwrap();
    assert_eq!(reply.cost(), Cost::new(0.001 + 0.007));
    assert_eq!(reply.usage().total_tokens(), 2_000);
}

#[tokio::test]
async fn missing_usage_is_estimated_and_marked() {
    let child = common::builder(model([ScriptedReply::text("A fish.")])).build().unwrap();
    let outer = || model([ask("research", 100), say("So.", 100)]);
    let agent = parent_of(&outer(), &child).limits(tokens(100_000)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert!(reply.is_usage_estimated(), "the sub-agent's usage is estimated");
    assert!(reply.usage().total_tokens() > 200);
    // So is the usage of a model call of a tool.
    let tool = FnTool::new("ask", any_object(), |context: Context, _| async move {
        context.ask("What is it?").await?;
        Ok("asked".into())
    });
    let script = [ask("ask", 100), ScriptedReply::text("A fish."), say("So.", 100)];
    let agent = common::builder(model(script)).tool(tool).limits(tokens(100_000)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert!(reply.is_usage_estimated() && reply.usage().total_tokens() > 200);
}

#[tokio::test]
async fn paused_run_reports_the_usage_of_its_sub_agents() {
    let (effects, store) = (Effects::default(), Shared::default());
    let inner = model([ask("pay", 10), say("Paid.", 20)]);
    let pay = common::named("pay", &effects).with(|spec| spec.approval = true);
    let child = common::builder(inner).tool(pay).build().unwrap();
    let agent = parent_of(&model([ask("research", 100), say("So.", 200)]), &child).store(store);
    let chat = agent.build().unwrap().conversation("c");
    let paused = chat.send("Go.").await.unwrap();
    assert_eq!(paused.usage().total_tokens(), 110, "including the usage of the sub-agent");
    chat.approve(&paused.approvals()[0]).await.unwrap();
    // The run that resumes the request reports all of it.
    assert_eq!(chat.resume().await.unwrap().usage().total_tokens(), 330);
}

#[tokio::test(start_paused = true)]
async fn sub_agent_ends_with_the_parent_run() {
    let child = common::builder(model([ScriptedReply::text("Hm").and_hang()])).build().unwrap();
    let began = tokio::time::Instant::now();
    let limits = Limits::default().run_timeout(Duration::from_secs(3));
    let agent = parent_of(&model([ask("research", 2)]), &child).limits(limits).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Time));
    assert_eq!(began.elapsed().as_secs(), 3, "the test clock advances only by waiting");
}

#[tokio::test(start_paused = true)]
async fn sub_agent_on_its_own_task_ends_with_the_parent_run() {
    let child = common::builder(model([ScriptedReply::text("Hm").and_hang()])).build().unwrap();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    let tool = FnTool::new("ask", any_object(), move |context: Context, _| {
        let run = child.run_in(&context, "What is it?").stream();
        let sender = sender.lock().unwrap().take().unwrap();
        tokio::spawn(async move { sender.send((run.await, tokio::time::Instant::now())) });
        async { Ok("Started.".into()) }
    });
    let outer = model([ask("ask", 2), ScriptedReply::text("Hm").and_hang()]);
    let limits = Limits::default().run_timeout(Duration::from_secs(3));
    let agent = common::builder(outer).tool(tool).limits(limits).build().unwrap();
    let began = tokio::time::Instant::now();
    agent.run("Go.").await.unwrap_err();
    let (outcome, ended) = receiver.await.unwrap();
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Limit(LimitKind::Time));
    assert_eq!((ended - began).as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn sub_agent_has_its_own_timeout_instead_of_the_tool_timeout() {
    for (seconds, expected) in [(100, "A fish."), (300, "it timed out")] {
        let slow = ScriptedReply::text("A fish.").and_wait(Duration::from_secs(seconds));
        let limits = Limits::default().run_timeout(Duration::from_secs(200));
        let child = common::builder(model([slow])).limits(limits).build().unwrap();
        let agent = parent_of(&model([ask("research", 2), say("So.", 2)]), &child).build().unwrap();
        let reply = agent.run("Go.").await.unwrap();
        let text = results(reply.messages())[0].content.text().into_owned();
        assert!(text.contains(expected), "{text}");
    }
}

fn prices() -> PriceTable {
    PriceTable::new().with("gpt-4o", Price::per_million(1.0, 1.0))
}

#[tokio::test]
async fn unpriced_response_is_kept_and_its_calls_do_not_run() {
    let effects = Effects::default();
    let paid = ScriptedReply::text("A paid answer.").usage(1000, 1000);
    let call = ScriptedReply::call("work", json!({"name": "a"})).usage(1000, 1000);
    for (reply, text) in [(paid, "A paid answer."), (call, "")] {
        let model = ScriptedModel::new([reply]);
        let builder = common::agent(&model).tool(work(&effects)).prices(prices());
        let agent = builder.limits(Limits::default().max_cost(100.0)).build().unwrap();
        let chat = agent.conversation("c");
        let error = chat.send("Go.").await.unwrap_err();
        assert!(error.is_configuration(), "{error}");
        assert_eq!(error.partial_run().unwrap().usage, Usage::new(1000, 1000));
        let messages = chat.messages().await.unwrap();
        check_sendable(&messages).unwrap();
        assert_eq!(texts(&messages)[1], text);
        if text.is_empty() {
            assert_eq!(results(&messages)[0].status, ToolCallStatus::Cancelled);
        } else {
            // The paid response is not requested again.
            assert_eq!(chat.resume().await.unwrap().text(), text);
        }
        model.assert_done();
    }
    assert_eq!(effects.all(), [""; 0]);
}

#[tokio::test]
async fn price_is_found_by_the_requested_model_name() {
    let mut finished = ResponseEnd::new(FinishReason::Stop);
    finished.usage = Some(Usage::new(1_000_000, 0));
    finished.model = Some("a-name-of-its-own".to_owned());
    let events = [ModelEvent::TextDelta("Hi.".into()), ModelEvent::Finished(Box::new(finished))];
    let model = ScriptedModel::new([ScriptedReply::events(events)]);
    let prices = prices().with("scripted", Price::per_million(5.0, 5.0));
    let builder = common::agent(&model).prices(prices.with("", Price::per_million(9.0, 9.0)));
    let agent = builder.limits(Limits::default().max_cost(100.0)).build().unwrap();
    assert_eq!(agent.run("Hello.").await.unwrap().cost(), Cost::new(5.0));
}
