//! Failures of tool calls: each becomes a short result, and the run continues.

use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::limits::Limits;
use callsign_types::request::ToolChoice;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::tool_error::ToolError;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, chat, results, send_and_drop, work};

/// Runs one call of `tool`, and checks the result that the model receives.
async fn check(tool: FnTool, call: ScriptedReply, outcome: ToolCallStatus, expected: &str) {
    let model = ScriptedModel::new([call, ScriptedReply::text("So it is.")]);
    let agent = agent(&model)
        .tool(tool)
        .limits(Limits::default().tool_timeout(Duration::from_millis(200)))
        .build()
        .unwrap();
    let reply = agent.run("Go.").await.unwrap();
    assert_eq!(reply.text(), "So it is.");
    check_sendable(reply.messages()).unwrap();
    let received = results(&model.last_request().unwrap().messages);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].status, outcome);
    assert!(received[0].content.text().contains(expected), "{:?}", received[0].content);
    assert!(!received[0].content.text().contains("secret"), "{:?}", received[0].content);
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
async fn unknown_tool_returns_the_known_tools() {
    let call = ScriptedReply::call("flights", json!({}));
    check(
        strict(),
        call,
        ToolCallStatus::UnknownTool,
        "There is no tool `flights`. The tools are: `t`",
    )
    .await;
}

#[tokio::test]
async fn arguments_that_are_not_json_are_invalid() {
    let call = ScriptedReply::empty().and_call_raw("a", "t", "{\"n\": 1");
    check(strict(), call, ToolCallStatus::InvalidArguments, "not valid JSON").await;
}

#[tokio::test]
async fn arguments_that_are_not_an_object_are_invalid() {
    let call = ScriptedReply::empty().and_call_raw("a", "t", "[1]");
    check(strict(), call, ToolCallStatus::InvalidArguments, "not a JSON object").await;
}

#[cfg(feature = "validate")]
#[tokio::test]
async fn arguments_that_violate_the_schema_are_invalid() {
    let call = ScriptedReply::call("t", json!({"n": 0}));
    check(strict(), call, ToolCallStatus::InvalidArguments, "`n`: expected at least 1").await;
    let call = ScriptedReply::call("t", json!({"n": 1, "m": 2}));
    check(strict(), call, ToolCallStatus::InvalidArguments, "`m` is not a known key").await;
    let call = ScriptedReply::call("t", json!({}));
    check(strict(), call, ToolCallStatus::InvalidArguments, "`n` is missing").await;
}

#[tokio::test]
async fn empty_and_null_arguments_are_an_empty_object() {
    for raw in ["", "  ", "null"] {
        let tool = FnTool::new("t", any_object(), |_, arguments| async move {
            assert_eq!(arguments.as_str(), "{}");
            Ok("fine".into())
        });
        let call = ScriptedReply::empty().and_call_raw("a", "t", raw);
        check(tool, call, ToolCallStatus::Success, "fine").await;
    }
}

#[tokio::test]
async fn visibility_of_an_error_decides_what_the_model_receives() {
    let call = || ScriptedReply::call("t", json!({}));
    let visible = failing(|| ToolError::visible("no flights; take a train"));
    check(visible, call(), ToolCallStatus::Error, "no flights; take a train").await;
    let retry = failing(|| ToolError::retry("the date has to lie in the future"));
    check(retry, call(), ToolCallStatus::RetryRequested, "the date has to lie in the future").await;
    let private = failing(|| ToolError::private("the secret connection string"));
    check(private, call(), ToolCallStatus::Failed, "The tool `t` failed").await;
    let boxed = failing(|| std::io::Error::other("secret").into());
    check(boxed, call(), ToolCallStatus::Failed, "The tool `t` failed").await;
}

#[tokio::test]
async fn panics_of_a_tool_become_its_result() {
    let call = || ScriptedReply::call("t", json!({}));
    let inside = FnTool::new("t", any_object(), |_, _| async { panic!("secret") });
    check(inside, call(), ToolCallStatus::Panicked, "The tool `t` failed").await;
    let before = FnTool::new("t", any_object(), |_, _| {
        assert!(opaque_false(), "secret");
        async { Ok("never".into()) }
    });
    check(before, call(), ToolCallStatus::Panicked, "The tool `t` failed").await;
}

/// Hides a constant from the compiler, so that it does not report the code after it as unreachable.
fn opaque_false() -> bool {
    std::hint::black_box(false)
}

#[tokio::test(start_paused = true)]
async fn timed_out_call_is_unknown_unless_it_is_repeatable() {
    let call = || ScriptedReply::call("t", json!({}));
    let endless = || FnTool::new("t", any_object(), |_, _| async { std::future::pending().await });
    check(endless(), call(), ToolCallStatus::Unknown, "It is unknown whether it took effect").await;
    let harmless = endless().with(|spec| spec.read_only = true);
    check(harmless, call(), ToolCallStatus::TimedOut, "no result within 0.2 seconds").await;
    let own = endless().with(|spec| spec.timeout = Some(Duration::from_millis(10)));
    check(own, call(), ToolCallStatus::Unknown, "within 0.01 seconds").await;
}

#[tokio::test]
async fn fatal_error_ends_the_run_with_its_source() {
    let tool = failing(|| ToolError::fatal(std::io::Error::other("the account is closed")));
    let model = ScriptedModel::new([ScriptedReply::call("t", json!({}))]);
    let agent = agent(&model).tool(tool).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error:?}");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the account is closed");
    let message = "the tool `t` ended the run: the account is closed";
    assert_eq!(error.to_string(), message);
    check_sendable(&error.partial_run().unwrap().messages).unwrap();
}

#[tokio::test]
async fn three_consecutive_failures_end_the_run() {
    let call = || ScriptedReply::call("t", json!({}));
    let tool = || failing(|| ToolError::private("broken"));
    let model = ScriptedModel::new([call(), call(), call()]);
    let error = agent(&model).tool(tool()).build().unwrap().run("Go.").await.unwrap_err();
    assert!(error.is_tool(), "{error:?}");
    assert_eq!(error.to_string(), "the tool `t` failed in 3 responses in a row");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken");
    check_sendable(&error.partial_run().unwrap().messages).unwrap();
    model.assert_done();

    // The calls of one response count once: the model had no chance to correct them.
    let three = call().and_call("t", json!({})).and_call("t", json!({}));
    let model = ScriptedModel::new([three, ScriptedReply::text("Never mind.")]);
    agent(&model).tool(tool()).build().unwrap().run("Go.").await.unwrap();
}

/// An error with a source.
#[derive(Debug)]
struct Outer(std::io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot read the file")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn caller_receives_errors_that_the_model_does_not() {
    let outer = || ToolError::private(Outer(std::io::Error::other("secret")));
    let panics = FnTool::new("panics", any_object(), |_, _| async { panic!("secret {}", 1) });
    let visible =
        FnTool::new(
            "visible",
            any_object(),
            move |_, _| async move { Err(ToolError::visible("no")) },
        );
    let calls = ScriptedReply::call("t", json!({}))
        .and_call("panics", json!({}))
        .and_call("visible", json!({}))
        .and_call("missing", json!({}));
    let model = ScriptedModel::new([calls, ScriptedReply::text("So it is.")]);
    let tools = agent(&model).tool(failing(outer)).tool(panics).tool(visible);
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
    assert_eq!(errors["t"].as_deref(), Some("cannot read the file: secret"));
    assert_eq!(errors["panics"].as_deref(), Some("the tool panicked: secret 1"));
    assert_eq!((&errors["visible"], &errors["missing"]), (&None, &None));
    // Neither a request nor the journal contains it.
    assert!(!format!("{:?}", model.requests()).contains("secret"));
    assert!(!chat.export().await.unwrap().contains("secret"));
}

#[tokio::test]
async fn newest_error_since_the_last_success_is_the_source() {
    let turn = |n| ScriptedReply::call("t", json!({ "n": n }));
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
async fn visible_errors_do_not_count_as_failures() {
    let script = (0..6).map(|_| ScriptedReply::call("t", json!({})));
    let model = ScriptedModel::new(script.chain([ScriptedReply::text("Take a train.")]));
    let tool = failing(|| ToolError::visible("no flights"));
    let reply = agent(&model).tool(tool).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.turns(), 7);
}

#[tokio::test]
async fn failed_call_does_not_affect_other_calls() {
    let effects = Effects::default();
    let reply = ScriptedReply::call("work", json!({"name": "a", "ms": 20}))
        .and_call("nope", json!({}))
        .and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply, ScriptedReply::text("Done.")]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    let outcomes: Vec<_> = results(reply.messages()).iter().map(|result| result.status).collect();
    // Results are in the order of the calls; effects are in the order of time.
    let expected = [ToolCallStatus::Success, ToolCallStatus::UnknownTool, ToolCallStatus::Success];
    assert_eq!(outcomes, expected);
    assert_eq!(effects.all(), ["b", "a"]);
    assert_eq!(model.requests()[1].tool_choice, ToolChoice::Unset);
}

#[tokio::test(start_paused = true)]
async fn failures_of_a_cancelled_run_do_not_count_toward_the_next_run() {
    let call = ScriptedReply::call("work", json!({"ms": 1000}));
    let model = ScriptedModel::new([call, ScriptedReply::text("Never mind.")]);
    let effects = Effects::default();
    let limits = Limits::default().max_consecutive_failures(1);
    let agent = agent(&model).tool(work(&effects)).limits(limits).build().unwrap();
    let chat = agent.conversation("c");
    send_and_drop(&chat, 10).await;
    assert_eq!(chat.send("Never mind.").await.unwrap().text(), "Never mind.");
}

#[tokio::test]
async fn calls_that_do_not_run_do_not_reset_consecutive_failures() {
    let fails = FnTool::new("t", any_object(), |_, _| async { Err(ToolError::private("no")) });
    let twice = || ScriptedReply::call("t", json!({}));
    let model = ScriptedModel::new([twice(), twice()]);
    let limits = Limits::default().max_consecutive_failures(2);
    let error = agent(&model).tool(fails).limits(limits).build().unwrap().run("Go.").await;
    assert!(error.unwrap_err().is_tool());
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn panic_in_a_destructor_becomes_the_result() {
    let tool = FnTool::new("t", any_object(), |_, _| async {
        let _guard = PanicsWhenDropped;
        std::future::pending().await
    });
    let model =
        ScriptedModel::new([ScriptedReply::call("t", json!({})), ScriptedReply::text("Well.")]);
    let reply = agent(&model).tool(tool).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Panicked);
}

#[tokio::test(start_paused = true)]
async fn first_of_two_fatal_errors_ends_the_run() {
    let fatal = |name: &str, ms| {
        let text = format!("error of {name}");
        FnTool::new(name, any_object(), move |_, _| {
            let text = text.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Err(ToolError::fatal(text))
            }
        })
    };
    let script = ScriptedReply::call("a", json!({})).and_call("b", json!({}));
    let model = ScriptedModel::new([script]);
    let agent = agent(&model).tool(fatal("a", 20)).tool(fatal("b", 5)).build().unwrap();
    let error = agent.run("Go.").await.unwrap_err();
    assert!(error.to_string().contains("`a`"), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "error of a");
}

#[tokio::test]
async fn calls_that_do_not_run_emit_result_events() {
    let reply = ScriptedReply::call("work", json!({})).finish(FinishReason::Length);
    let model = ScriptedModel::new([reply]);
    let mut run = chat(&model, &Effects::default()).send("Go.").stream();
    let mut received = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::ToolResult(result) = event {
            received.push((result.name.to_string(), result.status));
        }
    }
    assert_eq!(received, [("work".to_owned(), ToolCallStatus::NotRun)]);
    assert!(run.await.unwrap_err().is_max_tokens());
}
