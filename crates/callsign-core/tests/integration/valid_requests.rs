//! Valid requests: providers accept every request, whatever happened before.

use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::message::{AssistantMessage, Message, ToolCall};
use callsign_types::messages::Messages;
use callsign_types::sanitize::repair;
use callsign_types::tool_status::ToolCallStatus;
use serde_json::json;

use crate::common::{Effects, agent, chat, outcomes, results, send_and_drop, transcript, work};

#[tokio::test]
async fn unknown_tool_name_is_sent_back_in_a_valid_form() {
    for name in ["multi_tool_use.parallel", "", "größte Suche"] {
        let call = ScriptedReply::empty().and_call_raw("a", name, "{}");
        let model = ScriptedModel::new([call, ScriptedReply::text("Well.")]);
        let chat = chat(&model, &Effects::default());
        let reply = chat.send("Go.").await.unwrap();
        check_sendable(&model.last_request().unwrap().messages).unwrap();
        let received = results(reply.messages())[0].content.text().into_owned();
        assert!(received.contains(&format!("`{name}`")), "{received}");
    }
}

#[tokio::test]
async fn invalid_json_arguments_are_not_sent_back() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    for arguments in [r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, &deep] {
        let call = ScriptedReply::empty().and_call_raw("a", "work", arguments);
        let model = ScriptedModel::new([call, ScriptedReply::text("Well.")]);
        let reply = chat(&model, &Effects::default()).send("Go.").await.unwrap();
        check_sendable(reply.messages()).unwrap();
        assert_eq!(results(reply.messages())[0].status, ToolCallStatus::InvalidArguments);
    }
}

#[tokio::test]
async fn repeated_call_ids_are_made_unique() {
    let effects = Effects::default();
    let twice = || {
        ScriptedReply::empty()
            .and_call_raw("same", "work", r#"{"name":"a"}"#)
            .and_call_raw("same", "work", r#"{"name":"b"}"#)
            .and_call_raw("", "work", r#"{"name":"c"}"#)
    };
    let model = ScriptedModel::new([twice(), twice(), ScriptedReply::text("Done.")]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    check_sendable(reply.messages()).unwrap();
    let contents: Vec<_> =
        results(reply.messages()).iter().map(|result| result.content.text().into_owned()).collect();
    assert_eq!(contents, ["a done", "b done", "c done", "a done", "b done", "c done"]);
}

#[tokio::test]
async fn history_is_repaired_before_it_is_sent() {
    let call = |id: &str| ToolCall::new(id, "old_tool", "{broken");
    let history = vec![
        Message::system("Be brief."),
        Message::user("Hi"),
        AssistantMessage::default().with_tool_calls([call("x"), call("x")]).into(),
        Message::tool("x", "first"),
        Message::user("Well?"),
        Message::tool("orphan", "whose?"),
        Message::assistant(""),
    ];
    let repaired = repair(history.clone());
    assert_eq!(repair(repaired.clone()), repaired);
    let model = ScriptedModel::new([ScriptedReply::text("Well.")]);
    let agent = agent(&model).build().unwrap();
    let reply = agent.run("Now?").history(history).await.unwrap();
    check_sendable(reply.messages()).unwrap();
    let seen = transcript(&model.last_request().unwrap().messages);
    assert_eq!(
        seen,
        [
            "system: Be brief.",
            "user: Hi",
            "assistant: ",
            "tool: first",
            "tool: The result of this call was not carried over.",
            "user: Well?",
            "user: Now?",
        ]
    );
}

#[test]
fn repair_moves_late_results_to_their_calls() {
    let call = |id: &str| {
        let tool_calls = vec![ToolCall::new(id, "t", "{}")];
        Message::from(AssistantMessage::default().with_tool_calls(tool_calls))
    };
    let repaired = repair([
        call("1"),
        call("2"),
        Message::tool("2", "second"),
        Message::tool("1", "first"),
        Message::user("And?"),
        Message::tool("2", "too late"),
    ]);
    let repaired = Messages::from(repaired);
    check_sendable(&repaired).unwrap();
    let contents = transcript(&repaired);
    assert_eq!(
        contents,
        ["assistant: ", "tool: first", "assistant: ", "tool: second", "user: And?"]
    );
}

#[tokio::test(start_paused = true)]
async fn partial_text_of_a_cancelled_run_is_not_sent_when_resuming() {
    let model =
        ScriptedModel::new([ScriptedReply::text("Half an").and_hang(), ScriptedReply::text("No.")]);
    let chat = chat(&model, &Effects::default());
    send_and_drop(&chat, 10).await;
    assert_eq!(chat.resume().await.unwrap().text(), "No.");
    assert_eq!(transcript(&model.last_request().unwrap().messages), ["user: Go."]);
}

#[tokio::test(start_paused = true)]
async fn messages_of_an_interrupted_conversation_can_be_sent() {
    let script = ScriptedReply::call("work", json!({"ms": 1000})).and_call("work", json!({}));
    let model = ScriptedModel::new([script]);
    let chat = chat(&model, &Effects::default());
    send_and_drop(&chat, 10).await;
    let messages = chat.messages().await.unwrap();
    check_sendable(&messages).unwrap();
    assert_eq!(outcomes(&messages), [ToolCallStatus::Unknown, ToolCallStatus::Success]);
}

#[tokio::test]
async fn message_rejected_by_the_provider_is_omitted_later() {
    for kind in [ErrorKind::InvalidRequest, ErrorKind::ContentFiltered, ErrorKind::ContextLength] {
        let rejected = || ScriptedReply::error(Error::new(kind, "rejected"));
        let script =
            [ScriptedReply::text("Hello."), rejected(), rejected(), ScriptedReply::text("Fine.")];
        let model = ScriptedModel::new(script);
        let chat = chat(&model, &Effects::default());
        chat.send("Hi.").await.unwrap();
        chat.send("Something bad.").await.unwrap_err();
        // Resuming sends the message again; a new message replaces it.
        chat.resume().await.unwrap_err();
        let again = transcript(&model.last_request().unwrap().messages);
        assert_eq!(again, ["user: Hi.", "assistant: Hello.", "user: Something bad."]);
        chat.send("Something good.").await.unwrap();
        let seen = transcript(&model.last_request().unwrap().messages);
        assert_eq!(seen, ["user: Hi.", "assistant: Hello.", "user: Something good."]);
    }
    // After any other error the message stays.
    let gone = ScriptedReply::error(Error::new(ErrorKind::Transport, "disconnected"));
    let model = ScriptedModel::new([gone, ScriptedReply::text("Both.")]);
    let chat = chat(&model, &Effects::default());
    chat.send("One.").await.unwrap_err();
    chat.send("Two.").await.unwrap();
    assert_eq!(transcript(&model.last_request().unwrap().messages), ["user: One.", "user: Two."]);
}
