//! The inbox of a conversation.

use std::sync::{Arc, Mutex};

use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::event::Event;
use callsign_types::traits::tool::ToolOutput;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, chat, texts, transcript};

#[tokio::test]
async fn enqueued_message_precedes_a_later_message() {
    let model = ScriptedModel::new([ScriptedReply::text("One."), ScriptedReply::text("Both.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("first").await.unwrap();
    chat.enqueue("second").await.unwrap();
    chat.send("third").await.unwrap();
    let seen = transcript(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: first", "assistant: One.", "user: second", "user: third"]);
}

#[tokio::test]
async fn resuming_delivers_an_enqueued_message() {
    let model = ScriptedModel::new([ScriptedReply::text("One."), ScriptedReply::text("Two.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("first").await.unwrap();
    chat.enqueue("second").await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Two.");
    // Without new input the same answer is returned, and no turn is added.
    let again = chat.resume().await.unwrap();
    assert_eq!((again.text(), again.turns()), ("Two.", 1));
}

#[tokio::test]
async fn message_enqueued_by_a_tool_reaches_the_next_turn() {
    let store = MemoryStore::new();
    let model =
        ScriptedModel::new([ScriptedReply::call("wait", json!({})), ScriptedReply::text("Both.")]);
    let handle = Arc::new(Mutex::new(None::<callsign_core::agent::conversation::Conversation>));
    let inside = handle.clone();
    let tool = FnTool::new("wait", any_object(), move |_, _| {
        let chat = inside.lock().unwrap().clone().unwrap();
        async move {
            chat.enqueue("Also hotels.").await.unwrap();
            Ok(ToolOutput::new("waited"))
        }
    });
    let chat = agent(&model).tool(tool).store(store).build().unwrap().conversation("c");
    *handle.lock().unwrap() = Some(chat.clone());
    let reply = chat.send("Flights.").await.unwrap();
    *handle.lock().unwrap() = None;
    let expected =
        ["user: Flights.", "assistant: ", "tool: waited", "user: Also hotels.", "assistant: Both."];
    assert_eq!(transcript(reply.messages()), expected);
    assert_eq!(&chat.messages().await.unwrap(), reply.messages());
}

#[tokio::test]
async fn enqueued_message_reaches_the_next_turn_of_the_active_run() {
    let (effects, go) = (Effects::default(), Arc::new(tokio::sync::Notify::new()));
    let (waits, seen) = (go.clone(), effects.clone());
    let tool = FnTool::new("wait", any_object(), move |_, _| {
        let (waits, seen) = (waits.clone(), seen.clone());
        async move {
            seen.add("started");
            waits.notified().await;
            Ok("done".into())
        }
    });
    let script = [ScriptedReply::call("wait", json!({})), ScriptedReply::text("Both.")];
    let model = ScriptedModel::new(script);
    let agent = agent(&model).tool(tool).build().unwrap();
    let chat = agent.conversation("c");
    let mut run = chat.send("One.").stream();
    while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
    let receipt = chat.enqueue("And two.").await.unwrap();
    assert!(!chat.is_delivered(&receipt).await.unwrap());
    go.notify_one();
    let reply = run.await.unwrap();
    assert!(chat.is_delivered(&receipt).await.unwrap());
    assert_eq!(texts(reply.messages()), ["One.", "", "done", "And two.", "Both."]);
}
