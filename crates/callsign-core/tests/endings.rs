//! Promises 3, 5 and 7: what ends a run, with which error, and what is kept of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::{Event, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::limits::{LimitKind, Limits};
use callsign_core::words::request::ToolChoice;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, agent, results, work};
use serde_json::json;

fn call(name: &str) -> Scripted {
    Scripted::call("work", json!({"name": name}))
}

/// Runs a script that ends in an error, and answers the error and what the tools did.
async fn fails(script: impl IntoIterator<Item = Scripted>) -> (Error, Vec<String>) {
    let effects = Effects::default();
    let model = ScriptedModel::new(script);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    model.assert_done();
    check_sendable(&error.progress().unwrap().messages).unwrap();
    (error, effects.all())
}

#[tokio::test]
async fn length_is_an_error_with_the_partial_text() {
    let (error, _) = fails([Scripted::text("Once upon a").finish(FinishReason::Length)]).await;
    assert!(error.is_length());
    assert_eq!(error.partial_text(), "Once upon a");
}

#[tokio::test]
async fn no_call_runs_from_a_reply_that_was_cut() {
    for reason in [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Missing] {
        let (error, effects) = fails([call("a").finish(reason.clone())]).await;
        assert!(effects.is_empty(), "{reason:?}");
        let messages = &error.progress().unwrap().messages;
        assert_eq!(results(messages)[0].outcome, CallOutcome::NotRun);
        match reason {
            FinishReason::Length => assert!(error.is_length()),
            FinishReason::ContentFilter => assert!(error.is_content_filtered()),
            _ => assert!(error.is_unfinished()),
        }
    }
}

#[tokio::test]
async fn a_stream_without_an_end_is_an_error() {
    let (error, effects) = fails([Scripted::text("Half an ans").cut_off()]).await;
    assert!(error.is_unfinished());
    assert_eq!(error.partial_text(), "Half an ans");
    assert!(effects.is_empty());
    let (error, effects) = fails([call("a").cut_off()]).await;
    assert!(error.is_unfinished());
    assert!(effects.is_empty());
}

#[tokio::test]
async fn the_models_own_error_reaches_the_caller() {
    let server = || Error::new(ErrorKind::Server, "overloaded").with_status(503);
    let (error, _) = fails([call("a"), Scripted::text("Well").and_fail(server())]).await;
    assert_eq!(error.status(), Some(503));
    assert_eq!(error.partial_text(), "Well");
    assert_eq!(results(&error.progress().unwrap().messages).len(), 1);
}

#[tokio::test]
async fn calls_and_not_the_reason_drive_the_loop() {
    let effects = Effects::default();
    let reasons = [FinishReason::Stop, FinishReason::Other("tool_use".into())];
    let script = reasons.into_iter().map(|reason| call("a").finish(reason));
    let last = Scripted::text("Done.").finish(FinishReason::ToolCalls);
    let model = ScriptedModel::new(script.chain([last]));
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(effects.all(), ["a", "a"]);
    assert_eq!(reply.finish_reason(), &FinishReason::ToolCalls);
}

#[tokio::test]
async fn an_unknown_reason_is_told_apart() {
    let model =
        ScriptedModel::new([Scripted::text("Hi.").finish(FinishReason::Other("eos".into()))]);
    let reply = agent(&model).build().unwrap().run("Hi!").await.unwrap();
    assert_eq!(reply.finish_reason(), &FinishReason::Other("eos".into()));
}

#[tokio::test]
async fn at_the_turn_limit_the_model_is_asked_for_an_answer() {
    let effects = Effects::default();
    let model = ScriptedModel::new([call("a"), call("b"), Scripted::text("Enough.")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().turns(2));
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::Turns));
    assert_eq!(reply.text(), "Enough.");
    let choices: Vec<_> = model.requests().into_iter().map(|r| r.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::Unset, ToolChoice::Unset, ToolChoice::None]);
    // The tools stay in the request: services refuse a history of calls without them.
    assert_eq!(model.last_request().unwrap().tools.len(), 1);
}

#[tokio::test]
async fn a_model_that_calls_on_beyond_the_limit_is_stopped() {
    let effects = Effects::default();
    let model = ScriptedModel::new([call("a"), call("b")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().turns(1));
    let error = agent.build().unwrap().run("Go.").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Turns));
    assert_eq!(effects.all(), ["a"]);
    check_sendable(&error.progress().unwrap().messages).unwrap();
}

#[tokio::test]
async fn calls_beyond_their_limit_are_not_run() {
    let effects = Effects::default();
    let many =
        call("a").and_call("work", json!({"name": "b"})).and_call("work", json!({"name": "c"}));
    let model = ScriptedModel::new([many, Scripted::text("Two had to do.")]);
    let agent = agent(&model).tool(work(&effects)).limits(Limits::default().tool_calls(2));
    let reply = agent.build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.limit_reached(), Some(LimitKind::ToolCalls));
    assert_eq!(effects.all(), ["a", "b"]);
    assert_eq!(results(reply.messages())[2].outcome, CallOutcome::NotRun);
    assert_eq!(model.last_request().unwrap().tool_choice, ToolChoice::None);
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_ends_tools_and_models() {
    let effects = Effects::default();
    let limits = Limits::default().time(Duration::from_millis(100)).tool_concurrency(2);
    let slow = Scripted::call("work", json!({"ms": 10, "name": "quick"}))
        .and_call("work", json!({"ms": 1000, "name": "slow"}))
        .and_call("work", json!({"ms": 1000, "name": "slow too"}))
        .and_call("work", json!({"name": "waits for its turn"}));
    for script in [slow, Scripted::text("Hm").and_hang()] {
        let model = ScriptedModel::new([script]);
        let agent = agent(&model).tool(work(&effects)).limits(limits.clone()).build().unwrap();
        let error = agent.run("Go.").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit(LimitKind::Time), "{error:?}");
        let messages = &error.progress().unwrap().messages;
        check_sendable(messages).unwrap();
        let outcomes: Vec<_> = results(messages).iter().map(|result| result.outcome).collect();
        if !outcomes.is_empty() {
            use CallOutcome::{Answered, Cancelled, Unknown};
            assert_eq!(outcomes, [Answered, Unknown, Unknown, Cancelled]);
        }
    }
    assert_eq!(effects.all(), ["quick"]);
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_bounded_and_results_keep_their_order() {
    let effects = Effects::default();
    let mut script = Scripted::empty();
    for (name, ms) in [("a", 50), ("b", 10), ("c", 10), ("d", 10)] {
        script = script.and_call("work", json!({"ms": ms, "name": name}));
    }
    let model = ScriptedModel::new([script, Scripted::text("Done.")]);
    let limits = Limits::default().tool_concurrency(2);
    let agent = agent(&model).tool(work(&effects)).limits(limits).build().unwrap();
    let began = tokio::time::Instant::now();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 50);
    assert_eq!(effects.all(), ["b", "c", "d", "a"]);
    let texts: Vec<_> =
        results(reply.messages()).iter().map(|result| result.content.text().into_owned()).collect();
    assert_eq!(texts, ["a done", "b done", "c done", "d done"]);
}

#[tokio::test(start_paused = true)]
async fn a_tool_bounds_its_own_concurrency() {
    let effects = Effects::default();
    let mut script = Scripted::empty();
    for name in ["a", "b", "c"] {
        script = script.and_call("work", json!({"ms": 10, "name": name}));
    }
    let model = ScriptedModel::new([script, Scripted::text("Done.")]);
    let tool = work(&effects).with(|spec| spec.concurrency = Some(1));
    let agent = agent(&model).tool(tool).build().unwrap();
    let began = tokio::time::Instant::now();
    agent.run("Go.").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 30);
    assert_eq!(effects.all(), ["a", "b", "c"]);
}

#[tokio::test]
async fn events_come_in_order_and_the_run_is_its_outcome() {
    let effects = Effects::default();
    let first = Scripted::events([ModelEvent::ReasoningDelta("hm".into())])
        .and_call("work", json!({"name": "a"}))
        .usage(10, 2);
    let model = ScriptedModel::new([first, Scripted::text("All done.").usage(20, 3)]);
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
            Event::ToolResult(result) => format!("hears {}", result.content.text()),
            other => format!("{other:?}"),
        });
    }
    let expected = [
        "turn 1",
        "thinks hm",
        "ends tool_calls",
        r#"calls work {"name":"a"}"#,
        "hears a done",
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

#[tokio::test]
async fn mistakes_are_found_when_the_agent_is_built() {
    let effects = Effects::default();
    let model = ScriptedModel::new([]);
    let twice = agent(&model).tool(work(&effects)).tool(work(&effects)).build().unwrap_err();
    assert!(twice.is_configuration());
    let same = "two tools are named `work` and say the same of themselves: leave out";
    assert!(twice.to_string().starts_with(same), "{twice}");
    let other = work(&effects).with(|spec| spec.definition.description = "Other.".into());
    let twice = agent(&model).tool(work(&effects)).tool(other).build().unwrap_err();
    let other = "two tools are named `work`: give one of them another name";
    assert!(twice.to_string().starts_with(other), "{twice}");
    let named =
        common::FnTool::new("flug suche", common::any_object(), |_, _| async { Ok("".into()) });
    let named = agent(&model).tool(named).build().unwrap_err();
    assert!(named.to_string().contains("`flug suche` can't be a tool's name"), "{named}");
}
