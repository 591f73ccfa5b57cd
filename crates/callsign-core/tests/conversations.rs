//! Conversations go on: in the same process, from a history, with an inbox beside them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use callsign_core::journal::entry::{Entry, FORMAT};
use callsign_core::journal::repair::repair;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::Store;
use callsign_core::traits::tool::ToolOutput;
use callsign_core::words::id::{AppendId, ConversationId, JournalKey};
use callsign_core::words::limits::Limits;
use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use callsign_core::words::messages::Messages;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, FnTool, agent, any_object, results, work};
use serde_json::json;

fn texts(messages: &Messages) -> Vec<String> {
    messages.iter().map(|message| format!("{}: {}", message.role(), message.text())).collect()
}

#[tokio::test]
async fn a_conversation_goes_on_and_others_do_not_hear_it() {
    let model = ScriptedModel::new([
        Scripted::text("Hello Ada."),
        Scripted::text("Your name is Ada."),
        Scripted::text("I do not know."),
    ]);
    let agent = agent(&model).instructions("Be kind.").build().unwrap();
    let chat = agent.conversation("ada");
    chat.send("I am Ada.").await.unwrap();
    chat.send("Who am I?").await.unwrap();
    agent.conversation("bob").send("Who am I?").await.unwrap();
    let requests = model.requests();
    let expected = ["user: I am Ada.", "assistant: Hello Ada.", "user: Who am I?"];
    assert_eq!(texts(&requests[1].messages), expected);
    assert_eq!(texts(&requests[2].messages), ["user: Who am I?"]);
    assert_eq!(requests[1].instructions.as_deref(), Some("Be kind."));
}

#[tokio::test]
async fn ids_are_made_unique_where_the_model_repeats_them() {
    let effects = Effects::default();
    let twice = || {
        Scripted::empty()
            .and_call_raw("same", "work", r#"{"name":"a"}"#)
            .and_call_raw("same", "work", r#"{"name":"b"}"#)
            .and_call_raw("", "work", r#"{"name":"c"}"#)
    };
    let model = ScriptedModel::new([twice(), twice(), Scripted::text("Done.")]);
    let agent = agent(&model).tool(work(&effects)).build().unwrap();
    let reply = agent.run("Go.").await.unwrap();
    check_sendable(reply.messages()).unwrap();
    let said: Vec<_> =
        results(reply.messages()).iter().map(|result| result.content.text().into_owned()).collect();
    assert_eq!(said, ["a done", "b done", "c done", "a done", "b done", "c done"]);
}

#[tokio::test]
async fn a_history_is_mended_before_it_is_sent() {
    let call = |id: &str| ToolCall::new(id, "old_tool", "{broken");
    let history = vec![
        Message::system("Be brief."),
        Message::user("Hi"),
        Message::Assistant(AssistantMessage {
            tool_calls: vec![call("x"), call("x")],
            ..AssistantMessage::default()
        }),
        Message::tool("x", "first"),
        Message::user("Well?"),
        Message::tool("orphan", "whose?"),
        Message::assistant(""),
    ];
    let mended = repair(history.clone());
    assert_eq!(repair(mended.clone()), mended);
    let model = ScriptedModel::new([Scripted::text("Well.")]);
    let agent = agent(&model).build().unwrap();
    let reply = agent.run("Now?").history(history).await.unwrap();
    check_sendable(reply.messages()).unwrap();
    let seen = texts(&model.last_request().unwrap().messages);
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

#[tokio::test]
async fn a_history_is_for_empty_conversations() {
    let model = ScriptedModel::new([Scripted::text("Hello.")]);
    let chat = agent(&model).build().unwrap().conversation("c");
    chat.send("Hi").await.unwrap();
    let error = chat.send("Hi").history(vec![Message::user("before")]).await.unwrap_err();
    assert!(error.is_configuration(), "{error:?}");
}

#[tokio::test]
async fn a_reply_can_be_the_next_runs_history() {
    let model = ScriptedModel::new([Scripted::text("Hello."), Scripted::text("Again.")]);
    let agent = agent(&model).build().unwrap();
    let first = agent.run("Hi").await.unwrap();
    agent.run("And?").history(first.messages().clone()).await.unwrap();
    let seen = texts(&model.last_request().unwrap().messages);
    assert_eq!(seen, ["user: Hi", "assistant: Hello.", "user: And?"]);
}

#[tokio::test]
async fn resuming_an_answered_conversation_answers_again_and_an_empty_one_says_so() {
    let model = ScriptedModel::new([Scripted::text("Hello.")]);
    let agent = agent(&model).build().unwrap();
    let chat = agent.conversation("c");
    chat.send("Hi").await.unwrap();
    assert_eq!(chat.resume().await.unwrap().text(), "Hello.");
    let error = agent.conversation("new").resume().await.unwrap_err();
    assert!(error.to_string().contains("send a message first"), "{error}");
}

#[tokio::test]
async fn a_message_delivered_during_a_run_is_heard_at_the_next_turn() {
    let store = MemoryStore::new();
    let model = ScriptedModel::new([Scripted::call("wait", json!({})), Scripted::text("Both.")]);
    let slot = Arc::new(Mutex::new(None::<callsign_core::agent::conversation::Conversation>));
    let inside = slot.clone();
    let tool = FnTool::new("wait", any_object(), move |_, _| {
        let chat = inside.lock().unwrap().clone().unwrap();
        async move {
            chat.deliver("Also hotels.").await.unwrap();
            Ok(ToolOutput::new("waited"))
        }
    });
    let chat = agent(&model).tool(tool).store(store).build().unwrap().conversation("c");
    *slot.lock().unwrap() = Some(chat.clone());
    let reply = chat.send("Flights.").await.unwrap();
    *slot.lock().unwrap() = None;
    let expected =
        ["user: Flights.", "assistant: ", "tool: waited", "user: Also hotels.", "assistant: Both."];
    assert_eq!(texts(reply.messages()), expected);
    assert_eq!(&chat.messages().await.unwrap(), reply.messages());
}

#[tokio::test]
async fn sends_beside_each_other_queue() {
    let model = ScriptedModel::new((0..8).map(|n| Scripted::text(format!("reply {n}"))));
    let agent = agent(&model).build().unwrap();
    let sends = (0..8).map(|n| {
        let chat = agent.conversation("c");
        tokio::spawn(async move { chat.send(format!("message {n}")).await })
    });
    let sends: Vec<_> = sends.collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let messages = agent.conversation("c").messages().await.unwrap();
    let roles: Vec<_> = messages.iter().map(Message::role).collect();
    assert_eq!(roles, ["user", "assistant"].repeat(8));
}

#[tokio::test]
async fn idempotency_keys_differ_between_calls_and_journals() {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    let tool = FnTool::new("pay", any_object(), move |context, _| {
        seen.lock().unwrap().push(context.idempotency_key());
        async { Ok("paid".into()) }
    });
    let twice = || Scripted::call("pay", json!({})).and_call("pay", json!({}));
    let model = ScriptedModel::new([twice(), Scripted::text("a"), twice(), Scripted::text("b")]);
    let agent = agent(&model).tool(tool).build().unwrap();
    agent.run("Pay.").await.unwrap();
    agent.run("Pay.").await.unwrap();
    let keys = keys.lock().unwrap().clone();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 4, "{keys:?}");
}

#[tokio::test]
async fn a_journal_of_a_newer_format_is_left_alone() {
    let store = MemoryStore::new();
    let id = ConversationId::from("c");
    let newer = [Entry::Created { format: FORMAT + 1, key: JournalKey::random() }];
    store.append(&id, 0, AppendId::random(), &newer).await.unwrap();
    let model = ScriptedModel::new([]);
    let agent = agent(&model).store(store.clone()).build().unwrap();
    let error = agent.conversation("c").send("Hi").await.unwrap_err();
    assert!(error.is_store() && error.to_string().contains("newer version"), "{error:?}");
    assert_eq!(store.load(&id, 0..9).await.unwrap(), newer);
}

#[tokio::test]
async fn the_journal_grows_by_what_is_new() {
    let effects = Effects::default();
    let store = MemoryStore::new();
    let script = (0..20).map(|_| Scripted::call("work", json!({"name": "a"})));
    let model = ScriptedModel::new(script.chain([Scripted::text("Done.")]));
    let agent = agent(&model).tool(work(&effects)).store(store.clone()).build().unwrap();
    agent.conversation("c").send("Go.").await.unwrap();
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let sizes: Vec<_> =
        entries.iter().map(|entry| serde_json::to_string(entry).unwrap().len()).collect();
    let turn = |n: usize| sizes[3 + 3 * n..6 + 3 * n].iter().sum::<usize>();
    assert!(turn(19) <= turn(0) + 16, "{} then {}", turn(0), turn(19));
}

#[tokio::test]
async fn a_run_says_its_bounds_where_they_are_new() {
    let store = MemoryStore::new();
    let model = ScriptedModel::new((0..7).map(|n| Scripted::text(n.to_string())));
    let agent = |turns| {
        let limits = Limits::default().turns(turns);
        agent(&model).store(store.clone()).limits(limits).build().unwrap()
    };
    let turns = |entries: Vec<Entry>| -> Vec<_> {
        let runs = entries.into_iter().filter_map(|entry| match entry {
            Entry::RunStarted(run) => Some(run.limits.map(|limits| limits.turns)),
            _ => None,
        });
        runs.collect()
    };
    for limit in [3, 3, 4, 4] {
        agent(limit).conversation("c").send("Hi").await.unwrap();
    }
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(3), None, Some(4), None]);
    // A fork of the very beginning has no run that said any.
    let as_it_comes = Limits::default().turns;
    let fork = agent(as_it_comes).conversation("c").fork_at(1, "fork").await.unwrap();
    fork.send("Hi").await.unwrap();
    let entries = store.load(&"fork".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(as_it_comes)]);
    // Whoever knows only format 2 would not find them.
    let old = [Entry::Created { format: 2, key: JournalKey::random() }];
    store.append(&"old".into(), 0, AppendId::random(), &old).await.unwrap();
    for _ in 0..2 {
        agent(3).conversation("old").send("Hi").await.unwrap();
    }
    let entries = store.load(&"old".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(3), Some(3)]);
}
