//! The messages and calls of a reply.

use callsign_core::compaction::keep_last::KeepLast;
use callsign_core::run::reply::Reply;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::limits::Limits;
use callsign_types::message::Message;
use callsign_types::tool_status::ToolCallStatus;
use serde_json::json;

use crate::common::{Effects, agent, call, payer, scripted, send_and_drop, work};

/// Returns the roles and texts of the messages of the run alone.
fn new_messages(reply: &Reply) -> Vec<String> {
    let line = |message: &Message| format!("{}: {}", message.role(), message.text());
    reply.new_messages().map(line).collect()
}

/// Returns the names, the results and the statuses of the calls of the run.
fn calls(reply: &Reply) -> Vec<(String, Option<String>, Option<ToolCallStatus>)> {
    let calls = reply.calls().map(|call| {
        let text = call.result.map(|result| result.content.text().into_owned());
        (call.call.arguments.clone(), text, call.result.map(|result| result.status))
    });
    calls.collect()
}

fn success(name: &str) -> (String, Option<String>, Option<ToolCallStatus>) {
    let arguments = json!({ "name": name }).to_string();
    (arguments, Some(format!("{name} done")), Some(ToolCallStatus::Success))
}

#[tokio::test]
async fn messages_and_calls_are_those_of_the_run_alone() {
    let effects = Effects::default();
    let two = call("work", "b").and_call("work", json!({"ms": 1, "name": "c"}));
    let script = [call("work", "a"), ScriptedReply::text("One."), two, ScriptedReply::text("Two.")];
    let agent = scripted(script).tool(work(&effects)).build().unwrap();
    let chat = agent.conversation("c");
    let first = chat.send("First?").history([Message::user("Before."), Message::assistant("Yes.")]);
    let first = first.await.unwrap();
    assert_eq!(
        new_messages(&first),
        ["user: First?", "assistant: ", "tool: a done", "assistant: One."]
    );
    assert_eq!(calls(&first), [success("a")]);

    let second = chat.send("Second?").await.unwrap();
    assert_eq!(second.messages().len(), 11);
    assert_eq!(new_messages(&second)[0], "user: Second?");
    assert_eq!(new_messages(&second).len(), 5);
    let mut c = success("c");
    c.0 = json!({"ms": 1, "name": "c"}).to_string();
    assert_eq!(calls(&second), [success("b"), c]);

    // There is nothing to resume: this is the same reply.
    let again = chat.resume().await.unwrap();
    assert_eq!(new_messages(&again), new_messages(&second));
}

#[tokio::test]
async fn failed_and_denied_calls_have_results() {
    let script = [
        ScriptedReply::call("nope", json!({})).and_call("pay", json!({"name": "x"})),
        ScriptedReply::text("Done."),
    ];
    let effects = Effects::default();
    let chat = payer(script, &effects).conversation("c");
    let paused = chat.send("Pay.").await.unwrap();
    let statuses: Vec<_> = calls(&paused).into_iter().map(|call| call.2).collect();
    assert_eq!(statuses[1], None, "it waits for approval");
    chat.deny(&paused.approvals()[0], "Not today.").await.unwrap();
    let reply = chat.resume().await.unwrap();
    let statuses: Vec<_> = calls(&reply).into_iter().map(|call| call.2).collect();
    assert_eq!(statuses, [Some(ToolCallStatus::UnknownTool), Some(ToolCallStatus::Denied)]);
}

#[tokio::test]
async fn resumed_run_continues_its_messages() {
    let effects = Effects::default();
    let script = [ScriptedReply::text("Hi."), call("pay", "a"), ScriptedReply::text("Paid.")];
    let chat = payer(script, &effects).conversation("c");
    chat.send("Hello.").await.unwrap();
    let paused = chat.send("Pay.").await.unwrap();
    assert_eq!(new_messages(&paused), ["user: Pay.", "assistant: "]);
    chat.enqueue("Quickly!").await.unwrap();
    chat.approve(&paused.approvals()[0]).await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(
        new_messages(&reply),
        ["user: Pay.", "assistant: ", "tool: a done", "user: Quickly!", "assistant: Paid."]
    );
    assert_eq!(calls(&reply), [success("a")]);
}

#[tokio::test]
async fn new_message_starts_new_messages_while_calls_are_pending() {
    let effects = Effects::default();
    let script = [call("pay", "a"), ScriptedReply::text("Then not."), ScriptedReply::text("Bye.")];
    let chat = payer(script, &effects).conversation("c");
    chat.send("Pay.").await.unwrap();
    let reply = chat.send("Never mind.").await.unwrap();
    assert_eq!(new_messages(&reply), ["user: Never mind.", "assistant: Then not."]);
    assert!(calls(&reply).is_empty());
    chat.enqueue("Bye!").await.unwrap();
    let reply = chat.resume().await.unwrap();
    assert_eq!(new_messages(&reply), ["user: Bye!", "assistant: Bye."]);
}

#[tokio::test(start_paused = true)]
async fn interrupted_and_failed_runs_do_not_count_for_the_next_one() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Well,").and_hang(),
        ScriptedReply::error(Error::new(ErrorKind::Server, "down")),
        ScriptedReply::text("Yes."),
        ScriptedReply::error(Error::new(ErrorKind::InvalidRequest, "no")),
        ScriptedReply::text("Good."),
    ]);
    let chat = agent(&model).build().unwrap().conversation("c");
    send_and_drop(&chat, 10).await;
    chat.send("Is it?").await.unwrap_err();
    let reply = chat.resume().await.unwrap();
    assert_eq!(new_messages(&reply), ["user: Is it?", "assistant: Yes."]);
    chat.send("Bad.").await.unwrap_err();
    let reply = chat.send("Better.").await.unwrap();
    assert_eq!(new_messages(&reply), ["user: Better.", "assistant: Good."]);
}

#[tokio::test]
async fn compaction_keeps_the_messages_of_the_run() {
    let effects = Effects::default();
    let script = [
        ScriptedReply::text("word ".repeat(400)),
        call("work", "a"),
        ScriptedReply::text("Short."),
    ];
    let agent = scripted(script)
        .tool(work(&effects))
        .limits(Limits::default().context_tokens(300))
        .compaction(KeepLast::messages(1))
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    chat.send("Long?").await.unwrap();
    let reply = chat.send("Short?").await.unwrap();
    assert!(reply.messages()[0].text().starts_with('['), "compacted: {:?}", reply.messages());
    let new = new_messages(&reply);
    assert_eq!(new, ["user: Short?", "assistant: ", "tool: a done", "assistant: Short."]);
}
