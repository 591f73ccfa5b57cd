//! The ends of runs: their errors, and what is kept.

use std::time::Duration;

use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{Event, ModelEvent};
use callsign_types::finish_reason::FinishReason;
use callsign_types::journal::entry::Entry;
use callsign_types::limits::{LimitKind, Limits};
use callsign_types::request::{Request, ToolChoice};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::tool::Predicate;
use serde_json::json;

use crate::common;
use crate::common::{Effects, agent, chat, results, texts, transcript, work};

fn call(name: &str) -> ScriptedReply {
    ScriptedReply::call("work", json!({"name": name}))
}

/// Runs a script that ends in an error. Returns the error and the effects of the tools.
async fn fails(script: impl IntoIterator<Item = ScriptedReply>) -> (Error, Vec<String>) {
    let effects = Effects::default();
    let model = ScriptedModel::new(script);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    model.assert_done();
    check_sendable(&error.partial_run().unwrap().messages).unwrap();
    (error, effects.all())
}

#[tokio::test]
async fn truncated_response_is_an_error_with_the_partial_text() {
    let (error, _) = fails([ScriptedReply::text("Once upon a").finish(FinishReason::Length)]).await;
    assert!(error.is_max_tokens());
    assert_eq!(error.partial_text(), "Once upon a");
}

#[tokio::test]
async fn calls_of_a_truncated_response_do_not_run() {
    for reason in [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Missing] {
        let (error, effects) = fails([call("a").finish(reason.clone())]).await;
        assert!(effects.is_empty(), "{reason:?}");
        let messages = &error.partial_run().unwrap().messages;
        assert_eq!(results(messages)[0].status, ToolCallStatus::NotRun);
        match reason {
            FinishReason::Length => assert!(error.is_max_tokens()),
            FinishReason::ContentFilter => assert!(error.is_content_filtered()),
            _ => assert!(error.is_incomplete()),
        }
    }
}

#[tokio::test]
async fn incomplete_stream_is_an_error() {
    let (error, effects) = fails([ScriptedReply::text("Half an ans").cut_off()]).await;
    assert!(error.is_incomplete());
    assert_eq!(error.partial_text(), "Half an ans");
    assert!(effects.is_empty());
    let (error, effects) = fails([call("a").cut_off()]).await;
    assert!(error.is_incomplete());
    assert!(effects.is_empty());
}

#[tokio::test]
async fn model_error_reaches_the_caller() {
    let server = || Error::new(ErrorKind::Server, "overloaded").with_status(503);
    let (error, _) = fails([call("a"), ScriptedReply::text("Well").and_fail(server())]).await;
    assert_eq!(error.status(), Some(503));
    assert_eq!(error.partial_text(), "Well");
    assert_eq!(results(&error.partial_run().unwrap().messages).len(), 1);
}

#[tokio::test]
async fn loop_continues_by_calls_and_not_by_the_finish_reason() {
    let effects = Effects::default();
    let reasons = [FinishReason::Stop, FinishReason::ToolCalls];
    let script = reasons.into_iter().map(|reason| call("a").finish(reason));
    let last = ScriptedReply::text("Done.").finish(FinishReason::ToolCalls);
    let model = ScriptedModel::new(script.chain([last]));
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(effects.all(), ["a", "a"]);
    assert_eq!(reply.finish_reason(), &FinishReason::ToolCalls);
}

#[tokio::test]
async fn unknown_finish_reason_is_an_error_and_no_call_runs() {
    let reason = || FinishReason::Other("abort".into());
    for reply in [
        ScriptedReply::text("Hi."),
        ScriptedReply::text("Hi.").and_call("work", json!({"name": "a"})),
    ] {
        let (error, effects) = fails([reply.finish(reason())]).await;
        assert!(error.is_incomplete(), "{error}");
        let message = "the response ended with the unknown finish reason `abort`; ";
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.to_string().contains("`finish_reasons`"), "{error}");
        assert_eq!(error.partial_text(), "Hi.");
        assert!(effects.is_empty(), "{effects:?}");
    }
}

#[tokio::test]
async fn model_is_asked_for_an_answer_at_the_turn_limit() {
    let effects = Effects::default();
    let model = ScriptedModel::new([call("a"), call("b"), ScriptedReply::text("Enough.")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().max_turns(2));
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::Turns));
    assert_eq!(reply.text(), "Enough.");
    let choices: Vec<_> = model.requests().into_iter().map(|r| r.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::Unset, ToolChoice::Unset, ToolChoice::None]);
    // The tools stay in the request: some providers reject a history of calls without them.
    assert_eq!(model.last_request().unwrap().tools.len(), 1);
}

#[tokio::test]
async fn calls_beyond_the_turn_limit_end_the_run() {
    let effects = Effects::default();
    let model = ScriptedModel::new([call("a"), call("b")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().max_turns(1));
    let error = agent.build().unwrap().run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Turns));
    assert_eq!(effects.all(), ["a"]);
    check_sendable(&error.partial_run().unwrap().messages).unwrap();
}

#[tokio::test]
async fn calls_beyond_the_call_limit_do_not_run() {
    let effects = Effects::default();
    let many =
        call("a").and_call("work", json!({"name": "b"})).and_call("work", json!({"name": "c"}));
    let model = ScriptedModel::new([many, ScriptedReply::text("Two had to do.")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().max_tool_calls(2));
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::ToolCalls));
    assert_eq!(effects.all(), ["a", "b"]);
    assert_eq!(results(reply.messages())[2].status, ToolCallStatus::NotRun);
    assert_eq!(model.last_request().unwrap().tool_choice, ToolChoice::None);
}

#[tokio::test(start_paused = true)]
async fn run_timeout_ends_tools_and_models() {
    let effects = Effects::default();
    let limits = Limits::default().run_timeout(Duration::from_millis(100)).tool_concurrency(2);
    let slow = ScriptedReply::call("work", json!({"ms": 10, "name": "quick"}))
        .and_call("work", json!({"ms": 1000, "name": "slow"}))
        .and_call("work", json!({"ms": 1000, "name": "slow too"}))
        .and_call("work", json!({"name": "queued"}));
    for script in [slow, ScriptedReply::text("Hm").and_hang()] {
        let model = ScriptedModel::new([script]);
        let agent = agent(&model).tool(work(&effects)).limits(limits.clone()).build().unwrap();
        let error = agent.run("Go.").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Time), "{error:?}");
        let messages = &error.partial_run().unwrap().messages;
        check_sendable(messages).unwrap();
        let outcomes: Vec<_> = results(messages).iter().map(|result| result.status).collect();
        if !outcomes.is_empty() {
            use ToolCallStatus::{Cancelled, Success, Unknown};
            assert_eq!(outcomes, [Success, Unknown, Unknown, Cancelled]);
        }
    }
    assert_eq!(effects.all(), ["quick"]);
}

#[tokio::test]
async fn stream_yields_events_in_order_and_awaiting_it_returns_the_reply() {
    let effects = Effects::default();
    let first = ScriptedReply::events([ModelEvent::ReasoningDelta("hm".into())])
        .and_call("work", json!({"name": "a"}))
        .usage(10, 2);
    let model = ScriptedModel::new([first, ScriptedReply::text("All done.").usage(20, 3)]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let mut run = agent.run("Go.").stream();
    let mut seen = Vec::new();
    while let Some(event) = run.next().await {
        seen.push(match event {
            Event::TurnStarted { turn } => format!("turn {turn}"),
            Event::ReasoningDelta(text) => format!("thinks {text}"),
            Event::TextDelta(text) => format!("says {text}"),
            Event::TurnEnded { finish_reason, .. } => format!("ends {finish_reason}"),
            Event::ToolCall(call) => format!("calls {} {}", call.name, call.arguments),
            Event::ToolResult(result) => format!("receives {}", result.content.text()),
            other => format!("{other:?}"),
        });
    }
    let expected = [
        "turn 1",
        "thinks hm",
        "ends tool_calls",
        r#"calls work {"name":"a"}"#,
        "receives a done",
        "turn 2",
        "says All ",
        "says done.",
        "ends stop",
    ];
    assert_eq!(seen, expected);
    let reply = run.await.unwrap();
    assert_eq!(reply.text(), "All done.");
    assert_eq!((reply.usage().input_tokens, reply.usage().output_tokens), (30, 5));
}

#[tokio::test(start_paused = true)]
async fn partial_text_is_kept_when_the_run_times_out() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Half an").and_hang(),
        ScriptedReply::text("Yes."),
    ]);
    let limits = Limits::default().run_timeout(Duration::from_millis(50));
    let chat = agent(&model).limits(limits).build().unwrap().conversation("c");
    let error = chat.send("Tell me.").await.unwrap_err();
    assert!(error.is_limit());
    assert_eq!(error.partial_text(), "Half an");
    chat.send("Continue.").await.unwrap();
    let seen = transcript(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: Tell me.", "assistant: Half an", "user: Continue."]);
}

#[tokio::test]
async fn text_of_a_truncated_response_with_calls_is_kept() {
    let reply = ScriptedReply::text("Let me see").and_call("work", json!({}));
    let model = ScriptedModel::new([reply.finish(FinishReason::Length)]);
    let error = chat(&model, &Effects::default()).send("Go.").await.unwrap_err();
    assert_eq!(error.partial_text(), "Let me see");
}

struct PanickingModel;

impl Model for PanickingModel {
    fn stream(&self, _request: Request) -> ModelStream<'_> {
        panic!("no model")
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("panicking")
    }
}

#[tokio::test]
async fn panicking_model_fails_the_run_and_is_recorded() {
    let chat = common::builder(PanickingModel).build().unwrap().conversation("c");
    let error = chat.send("Hello.").await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(error.to_string(), "the model `panicking` panicked");
    let entries = chat.entries().await.unwrap();
    assert!(matches!(entries.last(), Some(Entry::Failed { .. })), "{entries:?}");
    assert_eq!(texts(&chat.messages().await.unwrap()), ["Hello."]);
}

#[tokio::test]
async fn panicking_instructions_or_predicate_fail_the_run_before_it_starts() {
    let model = ScriptedModel::new([]);
    let builder = agent(&model);
    let instructions =
        builder.instructions(|_: &RunContext| -> String { panic!("no instructions") });
    let when = work(&Effects::default())
        .with(|spec| spec.enabled_if = Some(Predicate::new(|_| panic!("no predicate"))));
    for (agent, names) in [
        (instructions.build().unwrap(), "instructions of the agent panicked"),
        (agent(&model).tool(when).build().unwrap(), "the tool `work` panicked"),
    ] {
        let chat = agent.conversation("c");
        let error = chat.send("Hello.").await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(names), "{error}");
        assert_eq!(chat.entries().await.unwrap(), []);
    }
}

#[tokio::test]
async fn reply_is_serialized_with_its_outcome() {
    let reply = agent(&ScriptedModel::new([ScriptedReply::text("Done.")])).build().unwrap();
    let reply = serde_json::to_value(reply.run("Go.").await.unwrap()).unwrap();
    assert_eq!(reply["outcome"], json!({"type": "answered"}));
    assert_eq!((&reply["text"], &reply["turns"]), (&json!("Done."), &json!(1)));
    assert_eq!(reply["messages"].as_array().unwrap().len(), 2);
    assert_eq!(reply.get("conversation"), None);

    let payer = common::payer([common::call("pay", "Ada")], &Effects::default());
    let paused = payer.conversation("c").send("Pay Ada.").await.unwrap();
    let paused = serde_json::to_value(paused).unwrap();
    assert_eq!(paused["outcome"]["type"], "paused");
    assert_eq!(paused["outcome"]["data"][0]["tool"], "pay");
    assert_eq!(paused["conversation"], "c");
}
