//! The events of tool calls: each result follows its call, with the same id, name and arguments.

use std::collections::BTreeMap;
use std::time::Duration;

use callsign_core::agent::builder::AgentBuilder;
use callsign_core::agent::run_builder::RunBuilder;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::limits::Limits;
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Verdict};
use serde_json::json;

use crate::common::{Effects, FnTool, agent, call, named, scripted, send_and_drop, work};

/// Returns the calls and results of a run, in the order of their events, and checks that each
/// result follows its call.
async fn call_events(run: RunBuilder) -> Vec<String> {
    let (mut run, mut seen) = (run.stream(), Vec::new());
    let mut announced = BTreeMap::new();
    while let Some(event) = run.next().await {
        match event {
            Event::ToolCall(call) => {
                seen.push(format!("call {} {}", call.call_id, call.arguments));
                let index = call.index;
                assert_eq!(announced.insert(index, call), None, "announced twice");
            }
            Event::ToolResult(result) => {
                seen.push(format!("{} {:?}", result.call_id, result.status));
                let call = announced.get(&result.index).unwrap();
                assert_eq!(call.call_id, result.call_id);
                assert_eq!(call.name, result.name);
                assert_eq!(call.arguments, result.arguments);
            }
            _ => {}
        }
    }
    seen
}

fn two(tool: &str, first: &str, second: &str) -> ScriptedReply {
    ScriptedReply::empty().and_call_raw("a", tool, first).and_call_raw("b", tool, second)
}

fn done() -> ScriptedReply {
    ScriptedReply::text("Done.")
}

#[tokio::test]
async fn calls_that_start_together_are_announced_together_and_in_order() {
    let tool = FnTool::new("ping", json!({"type": "object"}), |_, _| async { Ok("pong".into()) });
    let agent = scripted([two("ping", r#"{"n":1}"#, r#"{"n":2}"#), done()]).tool(tool);
    let seen = call_events(agent.build().unwrap().run("Go.")).await;
    assert_eq!(seen, [r#"call a {"n":1}"#, r#"call b {"n":2}"#, "a Success", "b Success"]);
}

#[tokio::test]
async fn calls_that_wait_for_a_free_place_are_announced_when_they_start() {
    let tool = work(&Effects::default()).with(|spec| spec.concurrency = Some(1));
    let agent = scripted([two("work", r#"{"n":1}"#, r#"{"n":2}"#), done()]).tool(tool);
    let seen = call_events(agent.build().unwrap().run("Go.")).await;
    assert_eq!(seen, [r#"call a {"n":1}"#, "a Success", r#"call b {"n":2}"#, "b Success"]);
}

fn with_policy(script: [ScriptedReply; 2]) -> AgentBuilder {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let tool = FnTool::new("ping", schema, |_, _| async { Ok("pong".into()) });
    scripted(script).tool(tool).policy(|call: &PendingToolCall, _: &Context| {
        match call.arguments["n"].as_i64() {
            Some(2) => Verdict::Deny("not two".to_owned()),
            _ => Verdict::Allow,
        }
    })
}

#[tokio::test]
async fn call_with_invalid_arguments_and_denied_call_are_announced() {
    let agent = with_policy([two("ping", "nonsense", r#"{"n":2}"#), done()]);
    let seen = call_events(agent.build().unwrap().run("Go.")).await;
    let expected = ["call a nonsense", "a InvalidArguments", r#"call b {"n":2}"#, "b Denied"];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn unknown_tool_is_announced_under_the_name_that_the_model_wrote() {
    let agent = scripted([call("fly", "a"), done()]).tool(work(&Effects::default()));
    let seen = call_events(agent.build().unwrap().run("Go.")).await;
    assert_eq!(seen, [r#"call c00000000 {"name":"a"}"#, "c00000000 UnknownTool"]);
}

#[tokio::test]
async fn calls_of_a_truncated_response_are_announced() {
    let cut = call("work", "a").finish(FinishReason::Length);
    let agent = scripted([cut]).tool(work(&Effects::default()));
    let seen = call_events(agent.build().unwrap().run("Go.")).await;
    assert_eq!(seen, [r#"call c00000000 {"name":"a"}"#, "c00000000 NotRun"]);
}

#[tokio::test]
async fn calls_above_a_limit_are_announced() {
    let limits = Limits::default().max_tool_calls(1);
    let agent = scripted([two("work", "{}", "{}"), done()]).tool(work(&Effects::default()));
    let seen = call_events(agent.limits(limits).build().unwrap().run("Go.")).await;
    assert_eq!(seen, ["call b {}", "b NotRun", "call a {}", "a Success"]);
}

#[tokio::test(start_paused = true)]
async fn timed_out_calls_are_announced_once() {
    let limits = Limits::default().run_timeout(Duration::from_millis(10));
    let agent = scripted([ScriptedReply::call("work", json!({"ms": 99}))]);
    let agent = agent.tool(work(&Effects::default())).limits(limits).build().unwrap();
    let seen = call_events(agent.run("Go.")).await;
    assert_eq!(seen, [r#"call c00000000 {"ms":99}"#, "c00000000 Unknown"]);
}

#[tokio::test]
async fn interrupted_and_superseded_calls_are_announced_by_the_run_that_settles_them() {
    let pay = named("pay", &Effects::default()).with(|spec| spec.approval = true);
    let model = ScriptedModel::new([call("pay", "a"), done()]);
    let chat = agent(&model).tool(pay).build().unwrap().conversation("c");
    assert_eq!(call_events(chat.send("Pay.")).await, [""; 0]);
    let seen = call_events(chat.send("Don't.")).await;
    assert_eq!(seen, [r#"call c00000000 {"name":"a"}"#, "c00000000 Superseded"]);

    let slow = ScriptedReply::call("work", json!({"ms": 60_000}));
    let model = ScriptedModel::new([slow, done()]);
    let chat = agent(&model).tool(work(&Effects::default())).build().unwrap().conversation("d");
    send_and_drop(&chat, 20).await;
    let seen = call_events(chat.resume()).await;
    assert_eq!(seen, [r#"call c00000000 {"ms":60000}"#, "c00000000 Unknown"]);
}
