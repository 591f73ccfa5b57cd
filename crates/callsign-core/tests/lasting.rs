//! Conversations that go on: forks, exports, late results, overlapping runs, histories that are
//! made shorter.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::compaction::clear_results::ClearResults;
use callsign_core::compaction::keep_last::KeepLast;
use callsign_core::compaction::summarise::Summarise;
use callsign_core::definition::blocking;
use callsign_core::journal::Journal;
use callsign_core::journal::entry::Entry;
use callsign_core::journal::step::{Next, step};
use callsign_core::memory::MemoryStore;
use callsign_core::run::live::Overlap;
use callsign_core::traits::store::Store;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::Event;
use callsign_core::words::limits::Limits;
use callsign_core::words::messages::Messages;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::{Effects, FnTool, any_object, named, results};
use serde_json::json;

fn texts(messages: &Messages) -> Vec<String> {
    messages.iter().map(|message| message.text().into_owned()).collect()
}

/// A tool whose effect is its idempotency key.
fn keyed(effects: &Effects) -> FnTool {
    let effects = effects.clone();
    FnTool::new("key", any_object(), move |context, _| {
        effects.add(context.idempotency_key());
        async { Ok("done".into()) }
    })
}

#[tokio::test]
async fn a_fork_goes_its_own_way_under_keys_of_its_own() {
    let effects = Effects::default();
    let call = || Scripted::call("key", json!({}));
    let script =
        [Scripted::text("Hello."), call(), Scripted::text("One."), call(), Scripted::text("Two.")];
    let agent = common::agent(&ScriptedModel::new(script)).tool(keyed(&effects)).build().unwrap();
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
async fn a_fork_has_an_inbox_of_its_own() {
    let script = (0..4).map(|n| Scripted::text(n.to_string()));
    let model = ScriptedModel::new(script).ignore_rest();
    let agent = common::agent(&model).build().unwrap();
    let one = agent.conversation("one");
    one.deliver("First.").await.unwrap();
    one.send("Hi.").await.unwrap();
    let two = one.fork("two").await.unwrap();
    one.deliver("For one.").await.unwrap();
    two.deliver("For two.").await.unwrap();
    let reply = two.resume().await.unwrap();
    assert_eq!(texts(reply.messages()), ["First.", "Hi.", "0", "For two.", "1"]);
}

#[tokio::test]
async fn what_is_open_is_not_carried_over_and_neither_is_an_approval() {
    let effects = Effects::default();
    let pay = named("pay", &effects).with(|spec| spec.approval = true);
    let script = [Scripted::call("pay", json!({"name": "Ada"})), Scripted::text("I did not.")];
    let agent = common::agent(&ScriptedModel::new(script)).tool(pay).build().unwrap();
    let one = agent.conversation("one");
    let paused = one.send("Pay.").await.unwrap();
    one.approve(&paused.approvals()[0]).await.unwrap();
    let two = one.fork("two").await.unwrap();
    assert!(two.approvals().await.unwrap().is_empty());
    let reply = two.resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::NotCarriedOver);
    assert!(effects.all().is_empty());
    assert_eq!(one.approvals().await.unwrap().len(), 1, "the other one stays as it is");
}

#[tokio::test]
async fn an_export_is_imported_whole_and_a_broken_line_is_named() {
    let script = [Scripted::text("Hello."), Scripted::text("Again.")];
    let agent = common::agent(&ScriptedModel::new(script)).build().unwrap();
    let one = agent.conversation("one");
    one.send("Hi.").await.unwrap();
    let lines = one.export().await.unwrap();
    let two = agent.import("two", &lines).await.unwrap();
    assert_eq!(two.messages().await.unwrap(), one.messages().await.unwrap());
    two.send("And?").await.unwrap();
    let error = agent.import("three", &lines.replacen("run_started", "?", 1)).await.unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let empty = agent.import("three", "\n").await.unwrap_err();
    assert!(empty.is_configuration() && empty.to_string().contains("nothing to import"), "{empty}");
    assert!(agent.import("one", &lines).await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn a_result_that_comes_too_late_reaches_the_next_run() {
    let (go, waits) = channel::<()>();
    let waits = Arc::new(std::sync::Mutex::new(waits));
    let (done, ended) = channel();
    let tool = FnTool::new("slow", any_object(), move |context, _| {
        let (waits, done) = (waits.clone(), done.clone());
        Box::pin(async move {
            blocking(move || {
                waits.lock().unwrap().recv().unwrap();
                done.send(context.cancellation().is_cancelled()).unwrap();
                Ok("paid 7".into())
            })
            .await?
        })
    });
    let script =
        [Scripted::call("slow", json!({})), Scripted::text("Unclear."), Scripted::text("Paid.")];
    let limits = Limits::default().tool_timeout(Duration::from_millis(20));
    let model = ScriptedModel::new(script);
    let agent = common::agent(&model).tool(tool).limits(limits).build().unwrap();
    let chat = agent.conversation("c");
    let reply = chat.send("Pay.").await.unwrap();
    assert_eq!(results(reply.messages())[0].outcome, CallOutcome::Unknown);
    go.send(()).unwrap();
    let cancelled = tokio::task::spawn_blocking(move || ended.recv().unwrap()).await.unwrap();
    assert!(cancelled, "the function could have known");
    // It is delivered by a task of its own.
    let mut answer = String::new();
    for _ in 0..500 {
        answer = chat.resume().await.unwrap().text().to_owned();
        if answer == "Paid." {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(answer, "Paid.");
    let told = texts(&model.last_request().unwrap().messages);
    assert!(told.last().unwrap().contains("paid 7"), "{told:?}");
}

#[tokio::test]
async fn what_is_said_to_a_run_that_is_under_way_is_heard_at_its_next_turn() {
    let (effects, go) = (Effects::default(), Arc::new(tokio::sync::Notify::new()));
    let (waits, seen) = (go.clone(), effects.clone());
    let tool = FnTool::new("wait", any_object(), move |_, _| {
        let (waits, seen) = (waits.clone(), seen.clone());
        async move {
            seen.add("begun");
            waits.notified().await;
            Ok("done".into())
        }
    });
    let script = [Scripted::call("wait", json!({})), Scripted::text("Both.")];
    let model = ScriptedModel::new(script);
    let agent = common::agent(&model).tool(tool).build().unwrap();
    let chat = agent.conversation("c");
    let mut run = chat.send("One.").stream();
    while !matches!(run.next().await, Some(Event::ToolCall(_))) {}
    let receipt = chat.deliver("And two.").await.unwrap();
    assert!(!chat.has_taken(&receipt).await.unwrap());
    go.notify_one();
    let reply = run.await.unwrap();
    assert!(chat.has_taken(&receipt).await.unwrap());
    assert_eq!(texts(reply.messages()), ["One.", "", "done", "And two.", "Both."]);
}

/// The bytes of a run's steps and of what they came to, for each of its turns.
async fn bytes_per_turn(turns: u32) -> Vec<usize> {
    let store = Arc::new(MemoryStore::new());
    let tool = FnTool::new("list", any_object(), |_, _| async { Ok("row ".repeat(20).into()) });
    let script = (1..turns).map(|_| Scripted::call("list", json!({"of": "rows"})));
    let model = ScriptedModel::new(script.chain([Scripted::text("That is all.")]));
    let limits = Limits::default().turns(turns).tool_calls(turns);
    let agent = Agent::builder(model).tool(tool).limits(limits).store(store.clone());
    agent.build().unwrap().conversation("c").send("Go.").await.unwrap();
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let mut journal = Journal::default();
    let mut turns = vec![0];
    for entry in entries {
        if matches!(entry, Entry::Assistant(_)) {
            turns.push(0);
        }
        let step = match step(&journal) {
            Next::Perform(steps) => serde_json::to_string(&steps).unwrap().len(),
            _ => 0,
        };
        *turns.last_mut().unwrap() += step + serde_json::to_string(&entry).unwrap().len();
        journal.apply(entry);
    }
    turns
}

#[tokio::test]
async fn what_is_recorded_of_a_turn_does_not_grow() {
    for turns in [5, 50, 500] {
        let bytes = bytes_per_turn(turns).await;
        assert_eq!(bytes.len(), turns as usize + 1);
        let (second, last) = (bytes[2], bytes[turns as usize - 1]);
        // Only the numbers in it are written with more digits.
        assert!(last <= second + 40, "{turns} turns: {second} bytes, then {last}");
    }
}

#[tokio::test]
async fn overlapping_runs_queue_or_make_way_or_are_refused() {
    let script = || {
        let hangs = Scripted::text("Half a sen").and_hang();
        ScriptedModel::new([hangs, Scripted::text("All of it.")])
    };
    let agent = common::agent(&script()).build().unwrap();
    let chat = agent.conversation("c");
    let mut run = chat.send("Tell me.").stream();
    while !matches!(run.next().await, Some(Event::TextDelta(_))) {}
    let running = tokio::spawn(run);
    let error = chat.send("And?").overlap(Overlap::Reject).await.unwrap_err();
    assert!(error.is_held(), "{error}");
    let reply = chat.send("Something else.").overlap(Overlap::Replace).await.unwrap();
    let error = running.await.unwrap().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(
        texts(reply.messages()),
        ["Tell me.", "Half a sen", "Something else.", "All of it."]
    );
    // Nothing is under way any longer.
    chat.resume().overlap(Overlap::Reject).await.unwrap();
}

/// An agent that has a conversation of several turns, each with a large result.
async fn long(store: &Arc<MemoryStore>, turns: usize) {
    let large = FnTool::new("list", any_object(), |_, _| async { Ok("row ".repeat(200).into()) });
    let script = (0..turns).flat_map(|turn| {
        [Scripted::call("list", json!({})), Scripted::text(format!("Answer {turn}."))]
    });
    let agent = common::agent(&ScriptedModel::new(script)).tool(large).store(store.clone()).build();
    let chat = agent.unwrap().conversation("c");
    for turn in 0..turns {
        chat.send(format!("Question {turn}.")).await.unwrap();
    }
}

#[tokio::test]
async fn a_long_history_is_made_shorter_and_the_journal_keeps_it() {
    let store = Arc::new(MemoryStore::new());
    long(&store, 6).await;
    let model =
        ScriptedModel::new([Scripted::text("Six lists were made."), Scripted::text("Fine.")]);
    let agent = common::agent(&model)
        .limits(Limits::default().context_tokens(300))
        .compaction(ClearResults::keep_last(1))
        .compaction(Summarise::keep_last(2))
        .store(store.clone())
        .build()
        .unwrap();
    let chat = agent.conversation("c");
    let before = chat.entries().await.unwrap().len() as u64;
    let mut run = chat.send("Go on.").stream();
    let mut shorter = None;
    while let Some(event) = run.next().await {
        if let Event::Compacted { before, after } = event {
            shorter = Some((before, after));
        }
    }
    let reply = run.await.unwrap();
    let (was, is) = shorter.unwrap();
    assert!(is < was / 2, "{was} {is}");
    check_sendable(reply.messages()).unwrap();
    let said = texts(reply.messages());
    assert!(said[0].contains("Six lists were made."), "{said:?}");
    assert_eq!(said[1], "Question 5.");
    assert_eq!(said.last().unwrap(), "Fine.");
    // A fork from before it has everything.
    let beyond = chat.fork_at(1000, "beyond").await.unwrap_err();
    assert!(beyond.to_string().ends_with("entries, and not 1000"), "{beyond}");
    let whole = chat.fork_at(before, "whole").await.unwrap().messages().await.unwrap();
    assert_eq!(texts(&whole)[0], "Question 0.");
    assert_eq!(whole.len(), 24);
}

#[tokio::test]
async fn what_a_service_calls_too_long_is_made_shorter_once() {
    let too_long = || Scripted::error(Error::new(ErrorKind::ContextLength, "too long"));
    let store = Arc::new(MemoryStore::new());
    long(&store, 3).await;
    let model = ScriptedModel::new([too_long(), Scripted::text("Fine.")]);
    let build = |model: &ScriptedModel| {
        let builder = common::agent(model).compaction(KeepLast::messages(1)).store(store.clone());
        builder.build().unwrap().conversation("c")
    };
    let reply = build(&model).send("Go on.").await.unwrap();
    assert_eq!(texts(reply.messages()).len(), 3, "a note, what was said, the answer");
    let model = ScriptedModel::new([too_long(), too_long()]);
    let error = build(&model).send("Go on.").await.unwrap_err();
    assert!(error.is_context_length(), "{error}");
}

#[tokio::test]
async fn without_a_way_to_make_it_shorter_a_long_history_is_sent_as_it_is() {
    let store = Arc::new(MemoryStore::new());
    long(&store, 2).await;
    let model = ScriptedModel::new([Scripted::text("Fine.")]);
    let limits = Limits::default().context_tokens(1);
    let agent = common::agent(&model).limits(limits).store(store).build().unwrap();
    agent.conversation("c").send("Go on.").await.unwrap();
    assert_eq!(model.last_request().unwrap().messages.len(), 9);
}
