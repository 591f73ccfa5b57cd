//! Agents whose model writes reasoning and tool calls into its text.

use callsign_core::middleware::retry::Retry;
use callsign_core::middleware::text_format::{TextReasoning, TextToolCalls};
use callsign_core::run::reply::Outcome;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::Event;
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::text_format::ReasoningTags;
use callsign_types::traits::model::{Model, ModelExt as _};
use futures_util::StreamExt as _;
use serde_json::json;

use crate::common::{Effects, agent, builder, results, work};

const CALL: &str = r#"<tool_call>{"name": "work", "arguments": {"name": "a"}}</tool_call>"#;

#[tokio::test]
async fn written_call_runs() {
    let effects = Effects::default();
    let text = format!("<think>Let me see.</think>\nOne moment.\n{CALL}");
    let model = ScriptedModel::new([ScriptedReply::text(text), ScriptedReply::text("Done.")]);
    let wrapped = TextToolCalls::new(Retry::new(model.clone())).reasoning([ReasoningTags::THINK]);
    let agent = builder(wrapped).tool(work(&effects)).build().unwrap();
    let conversation = agent.conversation("c-1");
    let reply = conversation.send("Work.").await.unwrap();
    assert_eq!((reply.text(), effects.all()), ("Done.", vec!["a".to_owned()]));
    // The next request has the call and its result, and not the call's text.
    let messages = conversation.messages().await.unwrap();
    assert_eq!(results(&messages).len(), 1);
    assert!(!format!("{:?}", model.last_request()).contains("<tool_call>"));
}

#[tokio::test]
async fn written_call_without_the_middleware_is_text() {
    let effects = Effects::default();
    let model = ScriptedModel::new([ScriptedReply::text(CALL)]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    assert_eq!(agent.run("Work.").await.unwrap().text(), CALL);
    assert_eq!(effects.all(), Vec::<String>::new());
}

#[tokio::test]
async fn written_call_of_a_cut_response_never_runs() {
    for text in [CALL, &CALL[..CALL.len() - 3]] {
        let effects = Effects::default();
        let cut = ScriptedReply::text(text).finish(FinishReason::Length);
        let model = TextToolCalls::new(ScriptedModel::new([cut]));
        let agent = builder(model).tool(work(&effects)).build().unwrap();
        agent.run("Work.").await.unwrap_err();
        assert_eq!(effects.all(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn written_call_waits_for_approval() {
    let effects = Effects::default();
    let model = TextToolCalls::new(ScriptedModel::new([ScriptedReply::text(CALL)]));
    let work = work(&effects).with(|spec| spec.approval = true);
    let agent = builder(model).tool(work).build().unwrap();
    let reply = agent.run("Work.").await.unwrap();
    assert!(matches!(reply.outcome(), Outcome::Paused(_)));
    assert_eq!(effects.all(), Vec::<String>::new());
}

#[tokio::test]
async fn written_reasoning_streams_as_reasoning() {
    let model = ScriptedModel::new([ScriptedReply::text("Let me see.</think>\n\nIt is 4.")]);
    let model = TextReasoning::new(model).tags([ReasoningTags::THINK]).begins_with_reasoning(true);
    let agent = builder(model).build().unwrap();
    let events: Vec<_> = agent.run("2 + 2?").stream().collect().await;
    let (mut reasoning, mut text) = (String::new(), String::new());
    for event in &events {
        match event {
            Event::ReasoningDelta(delta) => reasoning.push_str(delta),
            Event::TextDelta(delta) => text.push_str(delta),
            _ => {}
        }
    }
    assert_eq!((&*reasoning, &*text), ("Let me see.", "It is 4."));
}

#[tokio::test]
async fn middleware_without_tools_changes_nothing() {
    let model = ScriptedModel::new([ScriptedReply::text(CALL)]);
    let model = TextToolCalls::new(model);
    assert_eq!(model.info().name, ScriptedModel::new([]).info().name);
    let response = model.complete("Hi").await.unwrap();
    assert_eq!((response.text(), &response.finish_reason), (CALL, &FinishReason::Stop));
    assert_eq!(json!(response.message.tool_calls), json!([]));
}

/// A response of which a part has arrived when the connection breaks off.
fn broken(text: impl AsRef<str>) -> ScriptedReply {
    ScriptedReply::text(text).and_fail(Error::new(ErrorKind::Transport, "broke"))
}

#[tokio::test(start_paused = true)]
async fn call_of_a_discarded_response_does_not_run() {
    let effects = Effects::default();
    let script = [
        broken(format!("{CALL}\nmore text")),
        ScriptedReply::text(CALL),
        ScriptedReply::text("Done."),
    ];
    let wrapped = TextToolCalls::new(Retry::new(ScriptedModel::new(script)));
    let agent = builder(wrapped).tool(work(&effects)).build().unwrap();
    agent.run("Work.").await.unwrap();
    assert_eq!(effects.all(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn discarded_response_leaves_nothing_behind() {
    let tool = ToolDefinition::new("work", "", json!({"type": "object"}));
    for begun in ["<think>half of", "<tool_ca", "Hel"] {
        let model = ScriptedModel::new([broken(begun), ScriptedReply::text("Hello")]);
        let model = TextToolCalls::new(Retry::new(model)).reasoning([ReasoningTags::THINK]);
        let request = Request::user("hi").tools([tool.clone()]);
        let response = model.complete(request).await.unwrap();
        assert_eq!((response.text(), &*response.message.reasoning), ("Hello", ""), "{begun}");
    }
}
