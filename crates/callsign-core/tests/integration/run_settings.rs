//! Settings of single runs: the tool choice, parallel calls, limits of single tools, and timeouts
//! that progress extends.

use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::handoff::Handoff;
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::journal::entry::OutputMode;
use callsign_types::limits::Limits;
use callsign_types::request::{Options, ToolChoice};
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::Arguments;
use serde_json::{Value, json};

use crate::common::{Effects, FnTool, agent, any_object, named, results, work};

fn call() -> ScriptedReply {
    ScriptedReply::call("work", json!({ "name": "a" }))
}

fn choices(model: &ScriptedModel) -> Vec<ToolChoice> {
    model.requests().into_iter().map(|request| request.tool_choice).collect()
}

fn tool(name: &str) -> ToolChoice {
    ToolChoice::Tool(name.to_owned())
}

#[tokio::test]
async fn forced_tool_choice_holds_for_the_first_response() {
    for forced in [ToolChoice::Required, tool("work")] {
        let model = ScriptedModel::new([call(), call(), ScriptedReply::text("Done.")]);
        let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
        agent.run("Work.").tool_choice(forced.clone()).await.unwrap();
        assert_eq!(choices(&model), [forced, ToolChoice::Unset, ToolChoice::Unset]);
    }
}

#[tokio::test]
async fn other_tool_choices_hold_for_the_whole_run() {
    let model =
        ScriptedModel::new([call(), ScriptedReply::text("Done."), ScriptedReply::text("Hi.")]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    agent.run("Work.").tool_choice(ToolChoice::Auto).await.unwrap();
    assert_eq!(choices(&model), [ToolChoice::Auto, ToolChoice::Auto]);
    agent.run("Do not work.").tool_choice(ToolChoice::None).await.unwrap();
    assert_eq!(choices(&model)[2..], [ToolChoice::None]);
}

#[tokio::test]
async fn failed_request_does_not_use_the_forced_choice_up() {
    // The model rejects the first way of requesting the output.
    let error = Error::new(ErrorKind::UnsupportedParameter, "no response_format");
    let model = ScriptedModel::new([
        ScriptedReply::error(error),
        call(),
        ScriptedReply::text("{\"value\": 1}"),
    ]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let run = agent.run("Work.").tool_choice(tool("work"));
    assert_eq!(run.output::<u32>().await.unwrap(), 1);
    assert_eq!(choices(&model), [tool("work"), tool("work"), ToolChoice::Unset]);
}

#[tokio::test]
async fn last_request_forbids_calls_whatever_the_choice() {
    let model = ScriptedModel::new([call(), ScriptedReply::text("Done.")]);
    let limits = Limits::default().max_turns(1);
    let agent = agent(&model).tool(work(&Effects::default())).limits(limits).build().unwrap();
    let _ = agent.run("Work.").tool_choice(ToolChoice::Auto).await;
    assert_eq!(choices(&model), [ToolChoice::Auto, ToolChoice::None]);
}

#[tokio::test]
async fn output_tool_may_be_called_if_other_calls_are_forbidden() {
    let output = ScriptedReply::call("final_answer", json!({ "value": 1 }));
    let model = ScriptedModel::new([output]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let run = agent.run("Answer.").tool_choice(ToolChoice::None).output::<u32>();
    assert_eq!(run.mode(OutputMode::Tool).await.unwrap(), 1);
    assert_eq!(choices(&model), [tool("final_answer")]);
}

#[tokio::test]
async fn choice_of_an_unknown_tool_is_an_error() {
    let model = ScriptedModel::new([]);
    let with_tool = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let error = with_tool.run("Work.").tool_choice(tool("wrk")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("`wrk`"), "{error}");
    let without = agent(&model).build().unwrap();
    let error = without.run("Work.").tool_choice(ToolChoice::Required).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn forced_tool_that_waits_for_approval_is_not_forced_again() {
    let model = ScriptedModel::new([call(), ScriptedReply::text("Done.")]);
    let work = work(&Effects::default()).with(|spec| spec.approval = true);
    let agent = agent(&model).tool(work).build().unwrap();
    let conversation = agent.conversation("c-1");
    let reply = conversation.send("Work.").tool_choice(tool("work")).await.unwrap();
    let Outcome::Paused(requests) = reply.outcome() else { panic!("not paused") };
    conversation.approve(&requests[0]).await.unwrap();
    // The choice is not recorded: a run that resumes decides for itself.
    conversation.resume().await.unwrap();
    assert_eq!(choices(&model), [tool("work"), ToolChoice::Unset]);
}

#[tokio::test]
async fn agent_that_takes_over_is_not_forced() {
    let billing_model = ScriptedModel::new([ScriptedReply::text("Paid.")]);
    let billing = Agent::builder(billing_model.clone()).name("billing").build().unwrap();
    let model = ScriptedModel::new([ScriptedReply::call("transfer_to_billing", json!({}))]);
    let agent = agent(&model).handoff(Handoff::to(&billing)).build().unwrap();
    agent.run("Pay.").tool_choice(ToolChoice::Required).await.unwrap();
    assert_eq!(choices(&billing_model), [ToolChoice::Unset]);
}

#[tokio::test]
async fn parallel_tool_calls_are_set_for_one_run() {
    let model = ScriptedModel::new([ScriptedReply::text("a"), ScriptedReply::text("b")]);
    let agent = agent(&model).options(Options::new().temperature(0.5)).build().unwrap();
    agent.run("One.").parallel_tool_calls(false).await.unwrap();
    agent.run("Two.").await.unwrap();
    let options: Vec<_> = model.requests().into_iter().map(|request| request.options).collect();
    assert_eq!(options[0].parallel_tool_calls, Some(false));
    assert_eq!(options[0].temperature, Some(0.5));
    assert_eq!(options[1].parallel_tool_calls, None);
}

#[tokio::test]
async fn calls_of_one_tool_are_limited() {
    let effects = Effects::default();
    let two = call().and_call("work", json!({ "name": "b" }));
    let other = ScriptedReply::call("other", json!({ "name": "o" }));
    let model = ScriptedModel::new([
        two.and_call("work", json!({ "name": "c" })),
        call(),
        other,
        ScriptedReply::text("Done."),
    ]);
    let limits = Limits::default().max_calls_of("work", 2);
    let agent = agent(&model)
        .tool(work(&effects))
        .tool(named("other", &effects))
        .limits(limits)
        .build()
        .unwrap();
    let reply = agent.run("Work.").await.unwrap();
    assert_eq!(reply.text(), "Done.");
    let mut effects = effects.all();
    effects.sort();
    assert_eq!(effects, ["a", "b", "o"]);
    let results = results(reply.messages());
    let statuses: Vec<_> = results.iter().map(|result| result.status).collect();
    use ToolCallStatus::{NotRun, Success};
    assert_eq!(statuses, [Success, Success, NotRun, NotRun, Success]);
    let text = results[2].content.text();
    assert!(text.contains("2 calls of `work`"), "{text}");
    // Other tools may still be called.
    assert!(!choices(&model).contains(&ToolChoice::None));
}

#[tokio::test]
async fn tool_with_a_limit_of_zero_never_runs_and_the_count_is_per_run() {
    let effects = Effects::default();
    let model = ScriptedModel::new([
        call(),
        ScriptedReply::text("No."),
        call(),
        ScriptedReply::text("Yes."),
        call(),
        ScriptedReply::text("Yes."),
    ]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let conversation = agent.conversation("c-1");
    for (limit, runs) in [(0, 0), (1, 1), (1, 2)] {
        let limits = Limits::default().max_calls_of("work", limit);
        conversation.send("Work.").limits(limits).await.unwrap();
        assert_eq!(effects.all().len(), runs);
    }
}

/// A tool that reports progress every 40 seconds, `reports` times, and ends 40 seconds later.
fn slow(reports: u32) -> FnTool {
    FnTool::new("work", any_object(), move |context: Context, _: Arguments| async move {
        for report in 0..reports {
            tokio::time::sleep(Duration::from_secs(40)).await;
            context.progress(format!("{report}"));
        }
        tokio::time::sleep(Duration::from_secs(40)).await;
        Ok("done".into())
    })
}

async fn slow_result(reports: u32, limits: Limits) -> (ToolCallStatus, String) {
    let model = ScriptedModel::new([call(), ScriptedReply::text("Done.")]);
    let tool = slow(reports).with(|spec| spec.read_only = true);
    let agent = agent(&model).tool(tool).limits(limits).build().unwrap();
    let reply = agent.run("Work.").await.unwrap();
    let result = results(reply.messages()).remove(0);
    (result.status, result.content.text().into_owned())
}

#[tokio::test(start_paused = true)]
async fn progress_extends_the_timeout_up_to_the_maximum() {
    let extended = || Limits::default().max_tool_timeout(Duration::from_secs(300));
    // The timeout of 60 seconds begins anew with each report.
    let (status, _) = slow_result(5, extended()).await;
    assert_eq!(status, ToolCallStatus::Success);
    let (status, text) = slow_result(20, extended()).await;
    assert_eq!(status, ToolCallStatus::TimedOut);
    assert!(text.contains("within 300 seconds"), "{text}");
    // Without the setting, progress extends nothing.
    let (status, text) = slow_result(5, Limits::default()).await;
    assert_eq!(status, ToolCallStatus::TimedOut);
    assert!(text.contains("within 60 seconds"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn tool_without_progress_times_out_as_before() {
    let limits = Limits::default()
        .tool_timeout(Duration::from_secs(30))
        .max_tool_timeout(Duration::from_secs(300));
    let (status, text) = slow_result(1, limits).await;
    assert_eq!(status, ToolCallStatus::TimedOut);
    assert!(text.contains("within 30 seconds"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn run_timeout_bounds_extended_calls() {
    let limits = Limits::default()
        .run_timeout(Duration::from_secs(100))
        .max_tool_timeout(Duration::from_secs(300));
    let model = ScriptedModel::new([call()]);
    let agent = agent(&model).tool(slow(5)).limits(limits).build().unwrap();
    let error = agent.run("Work.").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit(_)), "{error}");
}

#[test]
fn new_limits_are_optional_in_journals() {
    let old = serde_json::to_value(Limits::default()).unwrap();
    let fields: Vec<&str> = old.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(!fields.iter().any(|field| field.contains("calls_of") || field.contains("max_tool")));
    let limits = Limits::default().max_calls_of("a", 1).max_tool_timeout(Duration::from_secs(5));
    let written: Value = serde_json::to_value(&limits).unwrap();
    assert_eq!(serde_json::from_value::<Limits>(written).unwrap(), limits);
    assert_eq!(serde_json::from_value::<Limits>(old).unwrap(), Limits::default());
}
