//! Responses with neither text nor tool calls.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::{AppendId, JournalKey};
use callsign_types::journal::entry::{Entry, FORMAT, RecordedReply, RunStarted};
use callsign_types::limits::Limits;
use callsign_types::message::AssistantMessage;
use callsign_types::traits::store::Store;
use callsign_types::usage::Usage;
use serde_json::json;

use crate::common::{Effects, agent, call, chat, scripted, transcript, work};

/// All kinds of responses that contain no answer.
fn empty_responses() -> Vec<ScriptedReply> {
    let reasoning = ModelEvent::ReasoningDelta("Hm.".to_owned());
    let mut stop = ResponseEnd::new(FinishReason::Stop);
    stop.usage = Some(Usage::new(10, 5));
    vec![
        ScriptedReply::empty(),
        ScriptedReply::text("\n \n"),
        ScriptedReply::events([reasoning, ModelEvent::Finished(Box::new(stop))]),
        ScriptedReply::empty().finish(FinishReason::ToolCalls),
    ]
}

#[tokio::test]
async fn model_is_asked_again_once() {
    for empty in empty_responses() {
        let model =
            ScriptedModel::new([empty.usage(10, 0), ScriptedReply::text("Hi.").usage(10, 1)]);
        let reply = agent(&model).build().unwrap().run("Hello.").await.unwrap();
        assert_eq!((reply.text(), reply.turns()), ("Hi.", 2));
        assert_eq!(reply.usage().input_tokens, 20, "the empty response was paid for");
        let requests = model.requests();
        assert_eq!(requests[0].messages, requests[1].messages);
        assert_eq!(transcript(reply.messages()), ["user: Hello.", "assistant: Hi."]);
    }
}

#[tokio::test]
async fn second_empty_response_in_a_row_is_an_error() {
    for (first, second) in empty_responses().into_iter().zip(empty_responses()) {
        let error = scripted([first, second]).build().unwrap().run("Hello.").await.unwrap_err();
        assert!(error.is_empty_response(), "{error}");
        assert!(error.to_string().contains("accept_empty_responses"), "{error}");
    }
}

#[tokio::test]
async fn empty_response_after_tool_calls_is_asked_again() {
    let effects = Effects::default();
    let script = [
        call("work", "a"),
        ScriptedReply::empty(),
        call("work", "b"),
        ScriptedReply::empty(),
        ScriptedReply::text("Done."),
    ];
    let reply = scripted(script).tool(work(&effects)).build().unwrap().run("Go.").await.unwrap();
    assert_eq!(reply.text(), "Done.");
    assert_eq!(effects.all(), ["a", "b"]);
}

#[tokio::test]
async fn number_of_attempts_can_be_set() {
    for retries in [0, 3] {
        let script = (0..=retries).map(|_| ScriptedReply::empty());
        let limits = Limits::default().empty_retries(retries);
        let agent = scripted(script).limits(limits).build().unwrap();
        assert_eq!(agent.run("Hello.").await.unwrap_err().kind(), ErrorKind::EmptyResponse);
    }
    let limits = Limits::default().accept_empty_responses();
    let agent = scripted([ScriptedReply::empty()]).limits(limits).build().unwrap();
    assert_eq!(agent.run("Hello.").await.unwrap().text(), "");
}

#[tokio::test]
async fn conversation_goes_on_after_an_empty_response() {
    let empty = || ScriptedReply::empty();
    let script =
        [empty(), empty(), empty(), ScriptedReply::text("Hi."), ScriptedReply::text("Yes.")];
    let model = ScriptedModel::new(script);
    let chat = chat(&model, &Effects::default());
    assert!(chat.send("Hello.").await.unwrap_err().is_empty_response());
    // Resuming asks again, with as many attempts as before.
    assert_eq!(chat.resume().await.unwrap().text(), "Hi.");
    chat.send("Really?").await.unwrap();
    let expected = ["user: Hello.", "assistant: Hi.", "user: Really?", "assistant: Yes."];
    assert_eq!(transcript(&chat.messages().await.unwrap()), expected);
}

#[tokio::test]
async fn response_with_audio_or_images_is_not_empty() {
    for field in ["audio", "images"] {
        let mut end = ResponseEnd::new(FinishReason::Stop);
        end.message_extra.insert(field.to_owned(), json!([{"data": "AAAA"}]));
        let reply = ScriptedReply::events([ModelEvent::Finished(Box::new(end))]);
        let reply = scripted([reply]).build().unwrap().run("Draw.").await.unwrap();
        assert!(reply.answer().unwrap().extra.contains_key(field));
    }
}

#[tokio::test]
async fn journals_from_before_this_limit_accept_empty_responses() {
    let limits = serde_json::from_value(json!({
        "turns": 50, "tool_calls": 500, "time": 1_800_000, "tool_timeout": 60_000,
        "tool_concurrency": 64, "tool_faults": 3,
    }));
    let limits: Limits = limits.unwrap();
    assert_eq!(limits, Limits::default().accept_empty_responses());
    let message = AssistantMessage::default();
    let entries = [
        Entry::Created { format: FORMAT, key: JournalKey::random() },
        Entry::RunStarted(RunStarted::new(0, limits)),
        Entry::User { message: "Hello.".into() },
        Entry::Assistant(RecordedReply::new(message, FinishReason::Stop)),
    ];
    let store = Arc::new(MemoryStore::new());
    store.append(&"c".into(), 0, AppendId::random(), &entries).await.unwrap();
    let chat = scripted([]).store(store).build().unwrap().conversation("c");
    assert_eq!(chat.resume().await.unwrap().text(), "", "the run had ended");
}

#[tokio::test]
async fn message_rejected_after_an_empty_response_is_replaced() {
    let model = ScriptedModel::new([
        ScriptedReply::empty(),
        ScriptedReply::error(Error::new(ErrorKind::ContentFiltered, "bad words")),
        ScriptedReply::text("Hi."),
    ]);
    let chat = chat(&model, &Effects::default());
    chat.send("BAD").await.unwrap_err();
    let reply = chat.send("Good").await.unwrap();
    assert_eq!(transcript(reply.messages()), ["user: Good", "assistant: Hi."]);
}
