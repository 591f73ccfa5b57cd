//! Outputs that are rejected.

use callsign_core::agent::output::output_run::OutputEvent;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::journal::entry::OutputMode;
use callsign_types::limits::Limits;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::tool_error::ToolError;
use serde_json::json;

use super::{Trip, last_text, porto, porto_json};
use crate::common::{self, Effects, FnTool, agent, any_object, call, results, work};

const SHORT: &str = r#"{"to": "Porto"}"#;

#[tokio::test]
async fn model_receives_the_reason_and_generates_again() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Go to Porto."),
        ScriptedReply::text(SHORT),
        ScriptedReply::text(r#"{"to": "Porto", "stops": [7]}"#),
        ScriptedReply::text(porto_json().to_string()),
    ]);
    let agent = agent(&model).build().unwrap();
    let planned = agent.run("Plan it.").output::<Trip>().with_reply().await.unwrap();
    let (trip, reply) = (planned.output, planned.reply);
    assert_eq!((trip, reply.turns()), (porto(), 4));
    check_sendable(reply.messages()).unwrap();
    let requests = model.requests();
    let rejections: Vec<_> = requests[1..].iter().map(last_text).collect();
    let reasons = ["not a single JSON object", "`stops`", "`stops[0]`"];
    for (rejection, reason) in rejections.iter().zip(reasons) {
        assert!(rejection.starts_with("Your answer is not what was asked for: "), "{rejection}");
        assert!(rejection.contains(reason), "{rejection}");
        assert!(rejection.ends_with(". Fix it and answer again."), "{rejection}");
    }
}

#[tokio::test]
async fn unambiguous_json_is_repaired() {
    let fenced = format!("```json\n{}\n```", porto_json());
    for text in [fenced.as_str(), r#"{"to": "Porto", "stops": ["Aveiro",],}"#] {
        let model = ScriptedModel::new([ScriptedReply::text(text)]);
        let agent = agent(&model).build().unwrap();
        let trip: Trip = agent.run("Plan it.").output().await.unwrap();
        assert_eq!(trip, porto(), "{text}");
    }
}

#[tokio::test]
async fn checks_apply_in_order() {
    let model = ScriptedModel::new([
        ScriptedReply::text(r#"{"to": "Porto", "stops": []}"#),
        ScriptedReply::text(r#"{"to": "Lisbon", "stops": ["Aveiro"]}"#),
        ScriptedReply::text(porto_json().to_string()),
    ]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>();
    let output = output
        .check(|trip| match trip.stops.is_empty() {
            true => Err("a trip has at least one stop".to_owned()),
            false => Ok(()),
        })
        .check(|trip| if trip.to == "Porto" { Ok(()) } else { Err("it ends in Porto") });
    assert_eq!(output.await.unwrap(), porto());
    let requests = model.requests();
    assert!(last_text(&requests[1]).contains(": a trip has at least one stop. "));
    assert!(last_text(&requests[2]).contains(": it ends in Porto. "));
}

#[tokio::test]
async fn output_retries_limit_the_attempts() {
    let model = ScriptedModel::new([ScriptedReply::text("No."), ScriptedReply::text(SHORT)]);
    let limits = Limits::default().output_retries(1);
    let agent = agent(&model).limits(limits).build().unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_invalid_output(), "{error}");
    assert_eq!(error.partial_text(), SHORT);
    let message = error.to_string();
    assert!(message.contains("after 2 attempts") && message.contains("`stops`"), "{message}");
    assert_eq!(error.partial_run().unwrap().messages.len(), 3);
    model.assert_done();
}

#[tokio::test]
async fn output_retries_limit_calls_of_the_output_tool() {
    let bad = || ScriptedReply::call("final_answer", json!({"to": "Porto"}));
    // More than the consecutive failures that a tool may have.
    let model = ScriptedModel::new((0..6).map(|_| bad()));
    let limits = Limits::default().output_retries(5);
    let agent = agent(&model).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    let error = output.await.unwrap_err();
    assert!(error.is_invalid_output(), "{error}");
    assert_eq!(error.partial_text(), SHORT.replace(' ', ""));
    let messages = &error.partial_run().unwrap().messages;
    check_sendable(messages).unwrap();
    let rejections = results(messages);
    assert_eq!(rejections.len(), 1, "each attempt replaces the one before it");
    assert!(rejections.iter().all(|result| result.status == ToolCallStatus::InvalidArguments));
    assert!(rejections[0].content.text().contains("`stops`"));
    model.assert_done();
}

#[tokio::test]
async fn several_outputs_in_one_response_are_one_attempt() {
    let model = ScriptedModel::new([
        ScriptedReply::call("final_answer", json!({"to": 1}))
            .and_call("final_answer", json!({"to": 2})),
        ScriptedReply::call("final_answer", json!({})).and_call("final_answer", porto_json()),
    ]);
    let limits = Limits::default().output_retries(1);
    let agent = agent(&model).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert_eq!(output.await.unwrap(), porto());
}

#[tokio::test]
async fn one_attempt_remains_after_the_turn_limit() {
    let model = ScriptedModel::new([ScriptedReply::text("No."), ScriptedReply::text("No!")]);
    let agent = agent(&model).limits(Limits::default().max_turns(1)).build().unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_invalid_output(), "{error}");
    assert_eq!(error.partial_text(), "No!");
}

#[tokio::test]
async fn truncated_output_is_not_checked() {
    let text = porto_json().to_string();
    for mode in [OutputMode::Schema, OutputMode::Tool] {
        let reply = ScriptedReply::text(&text).finish(FinishReason::Length);
        let model = ScriptedModel::new([reply]);
        let agent = agent(&model).build().unwrap();
        let error = agent.run("Plan it.").output::<Trip>().mode(mode).await.unwrap_err();
        assert!(error.is_max_tokens(), "{error}");
        assert_eq!(error.partial_text(), text);
    }
    let reply = ScriptedReply::call("final_answer", porto_json()).finish(FinishReason::Length);
    let model = ScriptedModel::new([reply]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().mode(OutputMode::Tool);
    assert!(output.await.unwrap_err().is_max_tokens());
}

#[tokio::test]
async fn stream_yields_the_rejection() {
    for (mode, reply) in [
        (OutputMode::Schema, ScriptedReply::text(SHORT)),
        (OutputMode::Tool, ScriptedReply::call("final_answer", json!({"to": "Porto"}))),
    ] {
        let model = ScriptedModel::new([reply, ScriptedReply::text(porto_json().to_string())]);
        let agent = agent(&model).build().unwrap();
        let mut run = agent.run("Plan it.").output::<Trip>().mode(mode).stream();
        let mut reasons = Vec::new();
        while let Some(event) = run.next().await {
            if let OutputEvent::Event(Event::OutputRejected { reason }) = event {
                reasons.push(reason);
            }
        }
        assert_eq!(run.await.unwrap(), porto());
        assert!(reasons.len() == 1 && reasons[0].contains("`stops`"), "{reasons:?}");
    }
}

#[tokio::test]
async fn panicking_output_check_ends_the_run_and_keeps_the_answer() {
    let model = ScriptedModel::new([ScriptedReply::text("[1, 2]")]);
    let chat = agent(&model).build().unwrap().conversation("c");
    let stops = chat.send("Plan a trip.").output::<Vec<u32>>();
    let stops = stops.check(|_| Ok::<(), String>(()));
    let error = stops.check(|_| -> Result<(), String> { panic!("no check") }).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("check 2 of the output panicked"), "{error}");
    // Resuming does not request the output again.
    assert_eq!(chat.resume().output::<Vec<u32>>().await.unwrap(), [1, 2]);
    // The same applies to output given by a call.
    let model = ScriptedModel::new([ScriptedReply::call("final_answer", json!({"value": [1]}))]);
    let run = agent(&model).build().unwrap().run("Plan a trip.").output::<Vec<u32>>();
    let run = run.mode(OutputMode::Tool);
    let error = run.check(|_| -> Result<(), String> { panic!("no check") }).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("check 1 of the output panicked"), "{error}: {source}");
}

#[tokio::test]
async fn correction_replaces_the_rejected_output() {
    let bad = |text: &str| ScriptedReply::text(text);
    let model = ScriptedModel::new([
        bad("No."),
        bad("Not yet."),
        ScriptedReply::text(porto_json().to_string()),
        ScriptedReply::text("You are welcome."),
    ]);
    let chat = agent(&model).build().unwrap().conversation("c");
    assert_eq!(chat.send("Plan it.").output::<Trip>().await.unwrap(), porto());
    chat.send("Thanks.").await.unwrap();
    let sizes: Vec<_> = model.requests().iter().map(|request| request.messages.len()).collect();
    assert_eq!(sizes, [1, 3, 3, 3]);
    let last = common::transcript(&model.requests()[2].messages);
    assert_eq!(last[1], "assistant: Not yet.", "the newest attempt and its reason");
    let said = common::transcript(&chat.messages().await.unwrap());
    assert_eq!(said.len(), 4, "{said:?}");
}

#[tokio::test]
async fn rejected_output_stays_while_the_model_calls_tools() {
    let script = [
        ScriptedReply::text("No."),
        call("work", "a"),
        ScriptedReply::text(porto_json().to_string()),
    ];
    let model = ScriptedModel::new(script);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    assert_eq!(agent.run("Plan it.").output::<Trip>().await.unwrap(), porto());
    let sizes: Vec<_> = model.requests().iter().map(|request| request.messages.len()).collect();
    assert_eq!(sizes, [1, 3, 5]);
}

#[tokio::test]
async fn failed_calls_of_a_tool_named_like_the_output_tool_stay() {
    let tool = FnTool::new("final_answer", any_object(), |_, _| async {
        Err(ToolError::visible("not now"))
    });
    let call = || ScriptedReply::call("final_answer", json!({}));
    let model = ScriptedModel::new([call(), ScriptedReply::text("Done.")]);
    let agent = agent(&model).tool(tool).build().unwrap();
    assert_eq!(agent.run("Go.").await.unwrap().messages().len(), 4);
}

#[tokio::test]
async fn answer_of_an_earlier_run_is_not_replaced() {
    let model = ScriptedModel::new([
        ScriptedReply::text("A long story about the number one."),
        ScriptedReply::text(r#"{"value": 1}"#),
    ]);
    let chat = agent(&model).build().unwrap().conversation("c");
    chat.send("Tell me a story.").await.unwrap();
    chat.resume().output::<u32>().await.unwrap();
    let messages = chat.messages().await.unwrap();
    assert!(common::transcript(&messages).iter().any(|t| t.contains("long story")));
}

#[tokio::test]
async fn empty_output_leaves_no_reason_behind() {
    let model = ScriptedModel::new([
        ScriptedReply::empty(),
        ScriptedReply::text(r#"{"value": "x"}"#),
        ScriptedReply::text(r#"{"value": 1}"#),
    ]);
    let chat = agent(&model).build().unwrap().conversation("c");
    chat.send("Q").output::<u32>().await.unwrap();
    let messages = chat.messages().await.unwrap();
    assert_eq!(common::transcript(&messages), ["user: Q", r#"assistant: {"value": 1}"#]);
}
