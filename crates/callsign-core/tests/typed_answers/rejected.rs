//! Answers that are not what was asked for.

use callsign_core::agent::output::output_run::OutputEvent;
use callsign_core::journal::entry::AnswerFormat;
use callsign_core::words::event::Event;
use callsign_core::words::finish::FinishReason;
use callsign_core::words::limits::Limits;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use serde_json::json;

use super::common::{agent, results};
use super::{Trip, last_text, porto, porto_json};

const SHORT: &str = r#"{"to": "Porto"}"#;

#[tokio::test]
async fn the_model_hears_what_is_wrong_and_answers_again() {
    let model = ScriptedModel::new([
        Scripted::text("Go to Porto."),
        Scripted::text(SHORT),
        Scripted::text(r#"{"to": "Porto", "stops": [7]}"#),
        Scripted::text(porto_json().to_string()),
    ]);
    let agent = agent(&model).build().unwrap();
    let (trip, reply) = agent.run("Plan it.").output::<Trip>().with_reply().await.unwrap();
    assert_eq!((trip, reply.turns()), (porto(), 4));
    check_sendable(reply.messages()).unwrap();
    let requests = model.requests();
    let told: Vec<_> = requests[1..].iter().map(last_text).collect();
    for (told, what) in told.iter().zip(["not one JSON object", "`stops`", "`stops[0]`"]) {
        assert!(told.starts_with("Your answer is not what was asked for: "), "{told}");
        assert!(told.contains(what), "{told}");
        assert!(told.ends_with(". Answer again, mended."), "{told}");
    }
}

#[tokio::test]
async fn what_surely_was_meant_is_taken() {
    let fenced = format!("```json\n{}\n```", porto_json());
    for text in [fenced.as_str(), r#"{"to": "Porto", "stops": ["Aveiro",],}"#] {
        let model = ScriptedModel::new([Scripted::text(text)]);
        let agent = agent(&model).build().unwrap();
        let trip: Trip = agent.run("Plan it.").output().await.unwrap();
        assert_eq!(trip, porto(), "{text}");
    }
}

#[tokio::test]
async fn checks_are_asked_in_order() {
    let model = ScriptedModel::new([
        Scripted::text(r#"{"to": "Porto", "stops": []}"#),
        Scripted::text(r#"{"to": "Lisbon", "stops": ["Aveiro"]}"#),
        Scripted::text(porto_json().to_string()),
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
async fn the_model_is_asked_again_so_often_and_no_more() {
    let model = ScriptedModel::new([Scripted::text("No."), Scripted::text(SHORT)]);
    let limits = Limits::default().answer_retries(1);
    let agent = agent(&model).limits(limits).build().unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_invalid_answer(), "{error}");
    assert_eq!(error.partial_text(), SHORT);
    let said = error.to_string();
    assert!(said.contains("2 times") && said.contains("`stops`"), "{said}");
    assert_eq!(error.progress().unwrap().messages.len(), 5);
    model.assert_done();
}

#[tokio::test]
async fn calls_of_the_answers_tool_have_the_same_bound() {
    let bad = || Scripted::call("final_answer", json!({"to": "Porto"}));
    // More than a tool may fault in a row.
    let model = ScriptedModel::new((0..6).map(|_| bad()));
    let limits = Limits::default().answer_retries(5);
    let agent = agent(&model).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    let error = output.await.unwrap_err();
    assert!(error.is_invalid_answer(), "{error}");
    assert_eq!(error.partial_text(), SHORT.replace(' ', ""));
    let messages = &error.progress().unwrap().messages;
    check_sendable(messages).unwrap();
    let told = results(messages);
    assert_eq!(told.len(), 6);
    assert!(told.iter().all(|result| result.outcome == CallOutcome::InvalidArguments));
    assert!(told[0].content.text().contains("`stops`"));
    model.assert_done();
}

#[tokio::test]
async fn several_answers_in_one_reply_are_one_try() {
    let model = ScriptedModel::new([
        Scripted::call("final_answer", json!({"to": 1})).and_call("final_answer", json!({"to": 2})),
        Scripted::call("final_answer", json!({})).and_call("final_answer", porto_json()),
    ]);
    let limits = Limits::default().answer_retries(1);
    let agent = agent(&model).limits(limits).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert_eq!(output.await.unwrap(), porto());
}

#[tokio::test]
async fn past_the_turns_there_is_one_try() {
    let model = ScriptedModel::new([Scripted::text("No."), Scripted::text("No!")]);
    let agent = agent(&model).limits(Limits::default().turns(1)).build().unwrap();
    let error = agent.run("Plan it.").output::<Trip>().await.unwrap_err();
    assert!(error.is_invalid_answer(), "{error}");
    assert_eq!(error.partial_text(), "No!");
}

#[tokio::test]
async fn an_answer_that_was_cut_is_not_looked_at() {
    let text = porto_json().to_string();
    for format in [AnswerFormat::Schema, AnswerFormat::Tool] {
        let reply = Scripted::text(&text).finish(FinishReason::Length);
        let model = ScriptedModel::new([reply]);
        let agent = agent(&model).build().unwrap();
        let error = agent.run("Plan it.").output::<Trip>().format(format).await.unwrap_err();
        assert!(error.is_length(), "{error}");
        assert_eq!(error.partial_text(), text);
    }
    let reply = Scripted::call("final_answer", porto_json()).finish(FinishReason::Length);
    let model = ScriptedModel::new([reply]);
    let agent = agent(&model).build().unwrap();
    let output = agent.run("Plan it.").output::<Trip>().format(AnswerFormat::Tool);
    assert!(output.await.unwrap_err().is_length());
}

#[tokio::test]
async fn an_audience_hears_of_it() {
    for (format, reply) in [
        (AnswerFormat::Schema, Scripted::text(SHORT)),
        (AnswerFormat::Tool, Scripted::call("final_answer", json!({"to": "Porto"}))),
    ] {
        let model = ScriptedModel::new([reply, Scripted::text(porto_json().to_string())]);
        let agent = agent(&model).build().unwrap();
        let mut run = agent.run("Plan it.").output::<Trip>().format(format).stream();
        let mut reasons = Vec::new();
        while let Some(event) = run.next().await {
            if let OutputEvent::Event(Event::AnswerRejected { reason }) = event {
                reasons.push(reason);
            }
        }
        assert_eq!(run.await.unwrap(), porto());
        assert!(reasons.len() == 1 && reasons[0].contains("`stops`"), "{reasons:?}");
    }
}
