//! Forks, exports and imports of conversations.

use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, call, named, results, texts, work};

/// Returns a tool whose effect is its idempotency key.
fn keyed(effects: &Effects) -> FnTool {
    let effects = effects.clone();
    FnTool::new("key", any_object(), move |context, _| {
        effects.add(context.idempotency_key());
        async { Ok("done".into()) }
    })
}

#[tokio::test]
async fn fork_continues_independently_with_other_keys() {
    let effects = Effects::default();
    let call = || ScriptedReply::call("key", json!({}));
    let script = [
        ScriptedReply::text("Hello."),
        call(),
        ScriptedReply::text("One."),
        call(),
        ScriptedReply::text("Two."),
    ];
    let agent = agent(&ScriptedModel::new(script)).tool(keyed(&effects)).build().unwrap();
    let one = agent.conversation("one");
    one.send("Hi.").await.unwrap();
    let two = one.fork("two").await.unwrap();
    one.send("Go.").await.unwrap();
    let reply = two.send("Go, too.").await.unwrap();
    assert_eq!(texts(reply.messages()), ["Hi.", "Hello.", "Go, too.", "", "done", "Two."]);
    let keys = effects.all();
    assert_ne!(keys[0], keys[1], "the same call of two conversations");
    assert!(one.fork("two").await.unwrap_err().is_conflict());
    assert!(agent.conversation("none").fork("three").await.unwrap_err().is_configuration());
}

#[tokio::test]
async fn fork_has_its_own_inbox() {
    let script = (0..4).map(|n| ScriptedReply::text(n.to_string()));
    let model = ScriptedModel::new(script).ignore_rest();
    let agent = agent(&model).build().unwrap();
    let one = agent.conversation("one");
    one.enqueue("First.").await.unwrap();
    one.send("Hi.").await.unwrap();
    let two = one.fork("two").await.unwrap();
    one.enqueue("For one.").await.unwrap();
    two.enqueue("For two.").await.unwrap();
    let reply = two.resume().await.unwrap();
    assert_eq!(texts(reply.messages()), ["First.", "Hi.", "0", "For two.", "1"]);
}

#[tokio::test]
async fn fork_discards_pending_calls_and_approvals() {
    let effects = Effects::default();
    let pay = named("pay", &effects).with(|spec| spec.approval = true);
    let script =
        [ScriptedReply::call("pay", json!({"name": "Ada"})), ScriptedReply::text("I did not.")];
    let agent = agent(&ScriptedModel::new(script)).tool(pay).build().unwrap();
    let one = agent.conversation("one");
    let paused = one.send("Pay.").await.unwrap();
    one.approve(&paused.approvals()[0]).await.unwrap();
    let two = one.fork("two").await.unwrap();
    assert!(two.approvals().await.unwrap().is_empty());
    let reply = two.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Discarded);
    assert!(effects.all().is_empty());
    assert_eq!(one.approvals().await.unwrap(), [], "the original keeps its decision");
}

#[tokio::test]
async fn export_is_imported_completely_and_an_invalid_line_is_an_error() {
    let script = [ScriptedReply::text("Hello."), ScriptedReply::text("Again.")];
    let agent = agent(&ScriptedModel::new(script)).build().unwrap();
    let one = agent.conversation("one");
    one.send("Hi.").await.unwrap();
    let lines = one.export().await.unwrap();
    let two = agent.import("two", &lines).await.unwrap();
    assert_eq!(two.messages().await.unwrap(), one.messages().await.unwrap());
    two.send("And?").await.unwrap();
    let error = agent.import("three", &lines.replacen("run_started", "?", 1)).await.unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let reversed: Vec<_> = lines.lines().rev().collect();
    let reversed = agent.import("three", &reversed.join("\n")).await.unwrap_err();
    assert!(reversed.to_string().contains("not the beginning of a journal"), "{reversed}");
    agent.import("marked", &format!("\u{feff}{lines}")).await.unwrap();
    let empty = agent.import("three", "\n").await.unwrap_err();
    assert!(empty.is_configuration() && empty.to_string().contains("nothing to import"), "{empty}");
    assert!(agent.import("one", &lines).await.unwrap_err().is_conflict());
}

/// Returns an exported conversation without the lines that contain `what`.
async fn exported_without(what: &str) -> String {
    let reply = call("work", "a").and_call("work", json!({"name": "b"}));
    let model = ScriptedModel::new([reply, call("work", "c"), ScriptedReply::text("Done.")]);
    let agent = agent(&model).tool(work(&Effects::default())).build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Go.").await.unwrap();
    let lines = chat.export().await.unwrap();
    lines.lines().filter(|line| !line.contains(what)).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn import_discards_calls_without_results() {
    for (lost, outcomes) in [
        (r#""entry":"result","call":0"#, [ToolCallStatus::Discarded, ToolCallStatus::Success]),
        (r#""entry":"result""#, [ToolCallStatus::Discarded; 2]),
    ] {
        let lines = exported_without(lost).await;
        let model = ScriptedModel::new([ScriptedReply::text("Yes.")]);
        let agent = agent(&model).build().unwrap();
        let chat = agent.import("d", &lines).await.unwrap();
        let reply = chat.send("And?").await.unwrap();
        check_sendable(&model.last_request().unwrap().messages).unwrap();
        let found: Vec<_> = results(reply.messages()).iter().map(|r| r.status).collect();
        assert_eq!(found[..2], outcomes);
        // A fork of the import can be sent too.
        let fork = chat.fork("e").await.unwrap().messages().await.unwrap();
        check_sendable(&fork).unwrap();
    }
}

#[tokio::test]
async fn import_repairs_a_history() {
    let lines = r#"{"entry":"created","format":2,"key":"k"}
{"entry":"history","messages":[{"role":"tool","call_id":"x","content":"orphan"},{"role":"user","content":"Hi."}]}"#;
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let chat = agent.import("c", lines).await.unwrap();
    let messages = chat.messages().await.unwrap();
    assert_eq!(messages.len(), 1);
    check_sendable(&messages).unwrap();
}

#[tokio::test]
async fn import_rejects_lines_that_cannot_be_repaired() {
    let lines = exported_without("(no line contains this)").await;
    // Give the second response the call id of the first one.
    let ids: Vec<String> = lines
        .lines()
        .filter_map(|line| match serde_json::from_str(line).unwrap() {
            Entry::Assistant(reply) => Some(reply.message.tool_calls.first()?.id.clone()),
            _ => None,
        })
        .collect();
    let (first, second) = (format!(r#""id":"{}""#, ids[0]), format!(r#""id":"{}""#, ids[1]));
    assert!(lines.contains(&second));
    let broken = lines.replace(&second, &first);
    let line = 1 + broken.lines().zip(lines.lines()).position(|(one, other)| one != other).unwrap();
    let agent = agent(&ScriptedModel::new([])).build().unwrap();
    let error = agent.import("c", &broken).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("line {line} does not match")), "{error}");
    assert!(agent.import("c", &lines).await.is_ok());
}
