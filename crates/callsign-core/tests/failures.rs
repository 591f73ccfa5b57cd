//! Promise 1: every call is answered. Each way in which a call can fail becomes a short result,
//! and the run goes on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_core::traits::tool_error::ToolError;
use callsign_core::words::event::Event;
use callsign_core::words::limits::Limits;
use callsign_core::words::request::ToolChoice;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, FnTool, agent, any_object, results, work};
use serde_json::json;

/// Runs one call of `tool` and answers what the model heard of it.
async fn check(tool: FnTool, call: Scripted, outcome: CallOutcome, says: &str) {
    let model = ScriptedModel::new([call, Scripted::text("So it is.")]);
    let agent = agent(&model)
        .tool(tool)
        .limits(Limits::default().tool_timeout(Duration::from_millis(200)))
        .build()
        .unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(reply.text(), "So it is.");
    check_sendable(reply.messages()).unwrap();
    let heard = results(&model.last_request().unwrap().messages);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].outcome, outcome);
    assert!(heard[0].content.text().contains(says), "{:?}", heard[0].content);
    assert!(!heard[0].content.text().contains("secret"), "{:?}", heard[0].content);
}

fn failing(error: fn() -> ToolError) -> FnTool {
    FnTool::new("t", any_object(), move |_, _| async move { Err(error()) })
}

fn strict() -> FnTool {
    let schema = json!({
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1}},
        "required": ["n"],
        "additionalProperties": false,
    });
    FnTool::new("t", schema, |_, _| async { Ok("ok".into()) })
}

#[tokio::test]
async fn unknown_tool() {
    let call = Scripted::call("flights", json!({}));
    check(
        strict(),
        call,
        CallOutcome::UnknownTool,
        "There is no tool `flights`. The tools are: `t`",
    )
    .await;
}

#[tokio::test]
async fn arguments_that_are_not_json() {
    let call = Scripted::empty().and_call_raw("a", "t", "{\"n\": 1");
    check(strict(), call, CallOutcome::InvalidArguments, "not valid JSON").await;
}

#[tokio::test]
async fn arguments_that_are_no_object() {
    let call = Scripted::empty().and_call_raw("a", "t", "[1]");
    check(strict(), call, CallOutcome::InvalidArguments, "not a JSON object").await;
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn arguments_that_break_the_schema() {
    let call = Scripted::call("t", json!({"n": 0}));
    check(strict(), call, CallOutcome::InvalidArguments, "`n`: expected at least 1").await;
    let call = Scripted::call("t", json!({"n": 1, "m": 2}));
    check(strict(), call, CallOutcome::InvalidArguments, "`m` is not known").await;
    let call = Scripted::call("t", json!({}));
    check(strict(), call, CallOutcome::InvalidArguments, "`n` is missing").await;
}

#[tokio::test]
async fn empty_and_null_arguments_are_an_empty_object() {
    for raw in ["", "  ", "null"] {
        let tool = FnTool::new("t", any_object(), |_, arguments| async move {
            assert_eq!(arguments.as_str(), "{}");
            Ok("fine".into())
        });
        let call = Scripted::empty().and_call_raw("a", "t", raw);
        check(tool, call, CallOutcome::Answered, "fine").await;
    }
}

#[tokio::test]
async fn errors_for_the_model_and_for_the_log() {
    let call = || Scripted::call("t", json!({}));
    let told = failing(|| ToolError::tell("no flights; take a train"));
    check(told, call(), CallOutcome::Told, "no flights; take a train").await;
    let retry = failing(|| ToolError::retry("the date has to lie in the future"));
    check(retry, call(), CallOutcome::Retry, "the date has to lie in the future").await;
    let private = failing(|| ToolError::private("the secret connection string"));
    check(private, call(), CallOutcome::Failed, "The tool `t` failed").await;
    let foreign = failing(|| std::io::Error::other("secret").into());
    check(foreign, call(), CallOutcome::Failed, "The tool `t` failed").await;
}

#[tokio::test]
async fn panics_before_and_inside_the_future() {
    let call = || Scripted::call("t", json!({}));
    let inside = FnTool::new("t", any_object(), |_, _| async { panic!("secret") });
    check(inside, call(), CallOutcome::Panicked, "The tool `t` failed").await;
    let before = FnTool::new("t", any_object(), |_, _| {
        assert!(false_at_run_time(), "secret");
        async { Ok("never".into()) }
    });
    check(before, call(), CallOutcome::Panicked, "The tool `t` failed").await;
}

/// Hides a constant from the compiler, so that what comes after is not found unreachable.
fn false_at_run_time() -> bool {
    std::hint::black_box(false)
}

#[tokio::test(start_paused = true)]
async fn timeouts_tell_what_is_known() {
    let call = || Scripted::call("t", json!({}));
    let endless = || FnTool::new("t", any_object(), |_, _| async { std::future::pending().await });
    check(endless(), call(), CallOutcome::Unknown, "Whether it took effect is not known").await;
    let harmless = endless().with(|spec| spec.read_only = true);
    check(harmless, call(), CallOutcome::TimedOut, "no result within 0.2 seconds").await;
    let own = endless().with(|spec| spec.timeout = Some(Duration::from_millis(10)));
    check(own, call(), CallOutcome::Unknown, "within 0.01 seconds").await;
}

#[tokio::test]
async fn a_fatal_error_ends_the_run_with_its_source() {
    let tool = failing(|| ToolError::fatal(std::io::Error::other("the account is closed")));
    let model = ScriptedModel::new([Scripted::call("t", json!({}))]);
    let agent = agent(&model).tool(tool).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error:?}");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the account is closed");
    let said = "the tool `t` said that the run cannot go on: the account is closed";
    assert_eq!(error.to_string(), said);
    check_sendable(&error.progress().unwrap().messages).unwrap();
}

#[tokio::test]
async fn three_faults_in_a_row_end_the_run() {
    let call = || Scripted::call("t", json!({}));
    let tool = || failing(|| ToolError::private("broken"));
    let model = ScriptedModel::new([call(), call(), call()]);
    let error = agent(&model).tool(tool()).build().unwrap().run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error:?}");
    assert_eq!(error.to_string(), "the tool `t` faulted in 3 replies in a row");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken");
    check_sendable(&error.progress().unwrap().messages).unwrap();
    model.assert_done();

    // The calls of one reply count once: the model had no chance to mend them.
    let three = call().and_call("t", json!({})).and_call("t", json!({}));
    let model = ScriptedModel::new([three, Scripted::text("Never mind.")]);
    agent(&model).tool(tool()).build().unwrap().run("Go.").await.unwrap();
}

/// An error with a cause.
#[derive(Debug)]
struct Outer(std::io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the file can't be read")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn what_the_model_is_not_told_the_caller_sees() {
    let outer = || ToolError::private(Outer(std::io::Error::other("secret")));
    let said = |text| ToolError::tell(text);
    let panics = FnTool::new("panics", any_object(), |_, _| async { panic!("secret {}", 1) });
    let tells = FnTool::new("tells", any_object(), move |_, _| async move { Err(said("no")) });
    let calls = Scripted::call("t", json!({}))
        .and_call("panics", json!({}))
        .and_call("tells", json!({}))
        .and_call("nobody", json!({}));
    let model = ScriptedModel::new([calls, Scripted::text("So it is.")]);
    let tools = agent(&model).tool(failing(outer)).tool(panics).tool(tells);
    let store = MemoryStore::new();
    let chat = tools.build().unwrap().with_store(store.clone()).conversation("c");
    let mut run = chat.send("Go.").stream();
    let mut errors = std::collections::BTreeMap::new();
    while let Some(event) = run.next().await {
        if let Event::ToolResult(result) = event {
            errors.insert(result.name.to_string(), result.error);
        }
    }
    run.await.unwrap();
    assert_eq!(errors["t"].as_deref(), Some("the file can't be read: secret"));
    assert_eq!(errors["panics"].as_deref(), Some("the tool panicked: secret 1"));
    assert_eq!((&errors["tells"], &errors["nobody"]), (&None, &None));
    // Neither a request nor the journal has it.
    assert!(!format!("{:?}", model.requests()).contains("secret"));
    assert!(!chat.export().await.unwrap().contains("secret"));
}

#[tokio::test]
async fn the_newest_error_of_a_tool_is_the_source_and_none_from_before_it_worked() {
    let turn = |n| Scripted::call("t", json!({ "n": n }));
    let tool = || {
        FnTool::new("t", any_object(), |_, arguments| async move {
            let n: serde_json::Value = arguments.decode()?;
            match n["n"].as_u64() {
                Some(0) => Ok("ok".into()),
                Some(1) => Err(ToolError::retry("again")),
                n => Err(ToolError::private(format!("broken {n:?}"))),
            }
        })
    };
    for (turns, source) in [
        (vec![2, 3, 4], Some("broken Some(4)")),
        (vec![2, 3, 1], Some("broken Some(3)")),
        (vec![2, 0, 1, 1, 1], None),
    ] {
        let model = ScriptedModel::new(turns.into_iter().map(turn));
        let error = agent(&model).tool(tool()).build().unwrap().run("Go.").await.unwrap_err();
        let found = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(found.as_deref(), source, "{error}");
    }
}

#[tokio::test]
async fn what_a_tool_tells_is_no_fault() {
    let script = (0..6).map(|_| Scripted::call("t", json!({})));
    let model = ScriptedModel::new(script.chain([Scripted::text("Take a train.")]));
    let tool = failing(|| ToolError::tell("no flights"));
    let reply = agent(&model).tool(tool).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.turns(), 7);
}

#[tokio::test]
async fn one_failure_leaves_the_others_alone() {
    let effects = Effects::default();
    let reply = Scripted::call("work", json!({"name": "a", "ms": 20}))
        .and_call("nope", json!({}))
        .and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply, Scripted::text("Done.")]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let outcomes: Vec<_> = results(reply.messages()).iter().map(|result| result.outcome).collect();
    // The results stand in the order of the calls; the effects happened in the order of time.
    let expected = [CallOutcome::Answered, CallOutcome::UnknownTool, CallOutcome::Answered];
    assert_eq!(outcomes, expected);
    assert_eq!(effects.all(), ["b", "a"]);
    assert_eq!(model.requests()[1].tool_choice, ToolChoice::Unset);
}
