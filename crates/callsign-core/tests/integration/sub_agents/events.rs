//! Events and results of sub-agents, in the run of their parent.

use std::sync::{Arc, Mutex};

use callsign_core::agent::agent::Agent;
use callsign_core::run::run::Run;
use callsign_testkit::ScriptedReply;
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::CallIndex;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::ToolOutput;
use serde_json::json;

use crate::common;
use crate::common::{FnTool, any_object, ask};

/// Returns an agent that calls a tool whose result has metadata, and answers.
fn clerk() -> Agent {
    let tool = FnTool::new("look_up", any_object(), |_, _| async {
        ToolOutput::new("found").with_metadata(&json!({"row": 7}))
    });
    let script = [ScriptedReply::call("look_up", json!({})), ScriptedReply::text("There.")];
    common::scripted(script).name("clerk").tool(tool).build().unwrap()
}

/// Returns an agent that asks an agent that asks the clerk.
fn chief() -> Agent {
    let script = [ask("clerk"), ScriptedReply::text("So.")];
    let middle = common::scripted(script).name("head").tool(clerk().as_tool("clerk", "Finds."));
    let middle = middle.build().unwrap();
    let script = [ask("head"), ScriptedReply::text("Fine.")];
    common::scripted(script).name("chief").tool(middle.as_tool("head", "Leads.")).build().unwrap()
}

/// Returns the events of a run: the path, the agent and the kind of each.
async fn events(mut run: Run) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(event) = run.next().await {
        let (prefix, event) = match event {
            Event::SubAgent(inner) => {
                assert!(!matches!(*inner.event, Event::SubAgent(_)), "nested");
                let path: Vec<_> = inner.path.iter().map(|call| call.0).collect();
                (format!("{path:?} {}: ", inner.agent), *inner.event)
            }
            event => (String::new(), event),
        };
        let shown = match event {
            Event::TextDelta(text) => text,
            Event::ToolCall(call) => format!("calls {}", call.name),
            Event::ToolResult(result) => format!("ends {}", result.name),
            _ => continue,
        };
        seen.push(format!("{prefix}{shown}"));
    }
    seen
}

#[tokio::test]
async fn stream_has_the_events_of_sub_agents_with_the_path_of_calls() {
    let expected = [
        "calls head",
        "[0] head: calls clerk",
        "[0, 0] clerk: calls look_up",
        "[0, 0] clerk: ends look_up",
        "[0, 0] clerk: There.",
        "[0] head: ends clerk",
        "[0] head: So.",
        "ends head",
        "Fine.",
    ];
    assert_eq!(events(chief().run("Go.").stream()).await, expected);
}

#[tokio::test]
async fn callbacks_of_each_agent_receive_the_events_below_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |who: &'static str| {
        let seen = seen.clone();
        move |_: &callsign_types::traits::run_context::RunContext, event: &Event| {
            if let Event::ToolCall(call) = event {
                seen.lock().unwrap().push(format!("{who}: {}", call.name));
            } else if let Event::SubAgent(inner) = event
                && let Event::ToolCall(call) = &*inner.event
            {
                seen.lock().unwrap().push(format!("{who}, below: {}", call.name));
            }
        }
    };
    let script = [ScriptedReply::call("look_up", json!({})), ScriptedReply::text("There.")];
    let tool = FnTool::new("look_up", any_object(), |_, _| async { Ok("found".into()) });
    let child = common::scripted(script).tool(tool).on_event(note("child")).build().unwrap();
    let script = [ask("clerk"), ScriptedReply::text("So.")];
    let agent = common::scripted(script).tool(child.as_tool("clerk", "Finds."));
    // Not streamed: the callbacks alone are subscribers.
    agent.on_event(note("parent")).build().unwrap().run("Go.").await.unwrap();
    let expected = ["parent: clerk", "child: look_up", "parent, below: look_up"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn events_of_a_run_on_its_own_task_reach_the_stream() {
    let child = clerk();
    let tool = FnTool::new("ask", any_object(), move |context: Context, _| {
        let run = child.run_in(&context, "What is it?").stream();
        async move { Ok(tokio::spawn(run).await.unwrap().unwrap().text().into()) }
    });
    let script = [ScriptedReply::call("ask", json!({})), ScriptedReply::text("So.")];
    let seen =
        events(common::scripted(script).tool(tool).build().unwrap().run("Go.").stream()).await;
    let expected = [
        "calls ask",
        "[0] clerk: calls look_up",
        "[0] clerk: ends look_up",
        "[0] clerk: There.",
        "ends ask",
        "So.",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn metadata_of_sub_agents_is_in_the_reply_of_the_parent() {
    let reply = chief().run("Go.").await.unwrap();
    assert_eq!(reply.result_metadata(), [], "the chief's own calls have none");
    let [found] = reply.sub_agent_results() else { unreachable!("one result has metadata") };
    assert_eq!(found.path, [CallIndex(0), CallIndex(0)]);
    assert_eq!((&*found.agent, &*found.result.name), ("clerk", "look_up"));
    assert_eq!(found.result.metadata, Some(json!({"row": 7})));
}

#[tokio::test]
async fn metadata_of_a_sub_agent_that_fails_is_in_the_reply() {
    let script = [
        ScriptedReply::call("meta", json!({})),
        ScriptedReply::text("cut").finish(FinishReason::Length),
    ];
    let meta = FnTool::new("meta", any_object(), |_, _| async {
        Ok(ToolOutput::new("ok").with_metadata(&json!({"n": 1})).unwrap())
    });
    let child = common::scripted(script).name("child").tool(meta).build().unwrap();
    let script = [ask("child"), ScriptedReply::text("Done.")];
    let parent = common::scripted(script).tool(child.as_tool("child", "A child.")).build().unwrap();
    let reply = parent.run("Go.").await.unwrap();
    assert_eq!(reply.sub_agent_results().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sub_agent_on_a_task_that_is_faster_than_the_reader_fills_no_memory() {
    let text: String = (0..20_000).map(|n| format!("w{n} ")).collect();
    let child = common::scripted([ScriptedReply::text(text)]).build().unwrap();
    let (sender, ended) = tokio::sync::oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let script = [ask("child"), ScriptedReply::text("Done.")];
    let parent = common::scripted(script).tool(child.as_tool("child", "A child."));
    let parent = parent.tool_middleware(move |call, next| {
        let sender = sender.lock().unwrap().take();
        async move {
            let run = tokio::spawn(async move {
                let result = next.call(call).await;
                sender.unwrap().send(()).unwrap();
                result
            });
            run.await.unwrap()
        }
    });
    let mut run = parent.build().unwrap().run("Go.").stream();
    while !matches!(run.next().await, Some(Event::SubAgent(_))) {}
    // The reader stops until the sub-agent has ended.
    ended.await.unwrap();
    let mut queued = 0;
    while let Some(event) = run.next().await {
        queued += usize::from(matches!(event, Event::SubAgent(_)));
    }
    assert!(queued < 1000, "{queued}");
}
