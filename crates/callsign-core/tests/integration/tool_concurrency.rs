//! Concurrent tool calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::limits::Limits;
use callsign_types::tool_status::ToolCallStatus;
use serde_json::{Value, json};

use crate::common;
use crate::common::{Effects, FnTool, agent, any_object, results, work};

#[tokio::test(start_paused = true)]
async fn tool_concurrency_is_limited_and_results_keep_their_order() {
    let effects = Effects::default();
    let mut script = ScriptedReply::empty();
    for (name, ms) in [("a", 50), ("b", 10), ("c", 10), ("d", 10)] {
        script = script.and_call("work", json!({"ms": ms, "name": name}));
    }
    let model = ScriptedModel::new([script, ScriptedReply::text("Done.")]);
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
async fn tool_limits_its_own_concurrency() {
    let effects = Effects::default();
    let mut script = ScriptedReply::empty();
    for name in ["a", "b", "c"] {
        script = script.and_call("work", json!({"ms": 10, "name": name}));
    }
    let model = ScriptedModel::new([script, ScriptedReply::text("Done.")]);
    let tool = work(&effects).with(|spec| spec.concurrency = Some(1));
    let agent = agent(&model).tool(tool).build().unwrap();
    let began = tokio::time::Instant::now();
    agent.run("Go.").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 30);
    assert_eq!(effects.all(), ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn sequential_call_runs_alone() {
    let (running, concurrent) = (Arc::new(Mutex::new(0_i32)), Arc::new(Mutex::new(Vec::new())));
    let tool = |name: &str| {
        let (running, concurrent) = (running.clone(), concurrent.clone());
        FnTool::new(name, any_object(), move |context, _| {
            let (running, concurrent) = (running.clone(), concurrent.clone());
            async move {
                *running.lock().unwrap() += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
                concurrent
                    .lock()
                    .unwrap()
                    .push((context.tool().to_owned(), *running.lock().unwrap()));
                *running.lock().unwrap() -= 1;
                Ok("done".into())
            }
        })
    };
    let reply = ["any", "any", "alone", "any", "any"]
        .into_iter()
        .fold(ScriptedReply::empty(), |reply, name| reply.and_call(name, json!({})));
    let agent = common::builder(ScriptedModel::new([reply, ScriptedReply::text("Ok.")]))
        .tool(tool("any"))
        .tool(tool("alone").with(|spec| spec.sequential = true))
        .build()
        .unwrap();
    agent.run("Go.").await.unwrap();
    let concurrent = concurrent.lock().unwrap().clone();
    let alone = concurrent.iter().position(|(name, _)| name == "alone").unwrap();
    assert_eq!(alone, 2, "earlier calls come first: {concurrent:?}");
    assert_eq!(concurrent[alone].1, 1, "{concurrent:?}");
    assert_eq!(concurrent[0].1, 2, "other calls run concurrently: {concurrent:?}");
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_take_the_time_of_one_and_survive_a_panic() {
    for (concurrency, rounds) in [(64, 1), (8, 8)] {
        let tool = FnTool::new("wait", any_object(), |_, arguments| async move {
            let arguments: Value = arguments.decode()?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            if arguments["n"] == 7 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            Ok("done".into())
        });
        let calls = (0..64)
            .fold(ScriptedReply::empty(), |reply, n| reply.and_call("wait", json!({"n": n})));
        let limits = Limits::default().tool_concurrency(concurrency);
        let agent = common::builder(ScriptedModel::new([calls, ScriptedReply::text("Ok.")]))
            .tool(tool)
            .limits(limits)
            .build()
            .unwrap();
        let began = tokio::time::Instant::now();
        let reply = agent.run("Go.").await.unwrap();
        // The test clock advances only by waiting.
        assert_eq!(began.elapsed().as_millis() / 50, rounds);
        let results = results(reply.messages());
        let successes = results.iter().filter(|result| result.status.is_success()).count();
        assert_eq!((successes, results[7].status), (63, ToolCallStatus::Panicked));
    }
}
