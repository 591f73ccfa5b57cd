//! A run that is dropped at any await loses nothing that was finished, and the conversation
//! goes on with a transcript that a service takes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::Store;
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_core::words::limits::Limits;
use callsign_core::words::result::CallOutcome;
use callsign_testkit::{Scripted, ScriptedModel, check_sendable};
use common::slow_store::SlowStore;
use common::{Effects, agent, poll_times, results, work};
use serde_json::json;

const CALLS: usize = 8;

/// Two turns: eight calls, the first of them slow, then an answer.
fn script() -> [Scripted; 2] {
    let calls = (0..CALLS).fold(Scripted::text("Let me see. "), |script, number| {
        let ms = if number == 0 { 50 } else { 5 + number as u64 };
        script.and_call("work", json!({"name": number.to_string(), "ms": ms}))
    });
    let answer = Scripted::text("All of it").and_wait(Duration::from_millis(3));
    [calls, answer]
}

fn build(model: &ScriptedModel, effects: &Effects, store: impl Store, limits: Limits) -> Agent {
    agent(model).tool(work(effects)).store(store).limits(limits).build().unwrap()
}

/// Drops the run after so many polls; answers whether it had ended before.
async fn drop_after(polls: usize, limits: Limits) -> bool {
    let (effects, store) = (Effects::default(), SlowStore::default());
    let model = ScriptedModel::new(script()).ignore_rest();
    let agent = build(&model, &effects, store.clone(), limits.clone());
    let ended = poll_times(agent.conversation("c").send("Go.").stream(), polls).await;
    let ended = ended.map(Result::unwrap).is_some();
    drop(agent);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let done = effects.all();

    let next = ScriptedModel::new([Scripted::text("Good.")]);
    let chat = build(&next, &effects, store, limits).conversation("c");
    chat.send("And now?").await.unwrap();
    let seen = &next.last_request().unwrap().messages;
    check_sendable(seen).unwrap();
    let heard = results(seen);
    for name in &done {
        let number: usize = name.parse().unwrap();
        let result = &heard[number];
        assert_eq!(result.outcome, CallOutcome::Answered, "after {polls} polls: call {name}");
        assert_eq!(result.content.text(), format!("{name} done"));
    }
    let answered = |outcome| heard.iter().filter(|result| result.outcome == outcome).count();
    assert_eq!(answered(CallOutcome::Answered), done.len(), "after {polls} polls");
    // The next message did not run anything again: it was cancelled, not interrupted.
    assert_eq!(effects.all(), done, "after {polls} polls");
    ended
}

#[tokio::test(start_paused = true)]
async fn nothing_finished_is_lost_wherever_the_run_is_dropped() {
    for concurrency in [1, 3, 32] {
        let limits = Limits::default().tool_concurrency(concurrency);
        let mut polls = 0;
        while !drop_after(polls, limits.clone()).await {
            polls += 1;
        }
        assert!(polls > 15, "only {polls} awaits were found");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_and_not_finished_is_unknown_and_what_was_not_begun_is_cancelled() {
    let (effects, store) = (Effects::default(), SlowStore::default());
    let model = ScriptedModel::new(script());
    let limits = Limits::default().tool_concurrency(4);
    let agent = build(&model, &effects, store.clone(), limits);
    let chat = agent.conversation("c");
    let run = tokio::time::timeout(Duration::from_millis(30), chat.send("Go.").into_future());
    assert!(run.await.is_err());
    chat.settled().await.unwrap();
    model.push(Scripted::text("Good."));
    chat.send("And now?").await.unwrap();
    let outcomes: Vec<_> =
        results(&chat.messages().await.unwrap()).iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes[0], CallOutcome::Unknown, "{outcomes:?}");
    assert!(outcomes[1..4].iter().all(|outcome| outcome.is_answered()), "{outcomes:?}");
    assert_eq!(effects.all().len(), outcomes.iter().filter(|o| o.is_answered()).count());
    // The script's second reply answered; what was pushed is left.
    let left = chat.send("Once more.").await.unwrap();
    assert_eq!(left.text(), "Good.");
}

use std::future::IntoFuture as _;

#[tokio::test(start_paused = true)]
async fn text_that_was_seen_is_kept_when_a_reply_is_cancelled() {
    let model = ScriptedModel::new([Scripted::text("Half an").and_hang(), Scripted::text("Yes.")]);
    let chat = agent(&model).build().unwrap().conversation("c");
    let run = tokio::time::timeout(Duration::from_millis(5), chat.send("Tell me.").into_future());
    assert!(run.await.is_err());
    chat.send("Go on.").await.unwrap();
    let texts: Vec<_> =
        model.last_request().unwrap().messages.iter().map(|m| m.text().into_owned()).collect();
    assert_eq!(texts, ["Tell me.", "Half an", "Go on."]);
}

#[tokio::test(start_paused = true)]
async fn commits_are_grouped() {
    let (effects, store) = (Effects::default(), SlowStore::default());
    let model = ScriptedModel::new(script());
    let agent = build(&model, &effects, store.clone(), Limits::default());
    agent.conversation("c").send("Go.").await.unwrap();
    let commits = store.appends.load(std::sync::atomic::Ordering::Relaxed);
    // Opening, reply with its starts, results as they come, answer: eleven entries apart.
    assert!(commits <= 8, "{commits} commits");
}

#[tokio::test(start_paused = true)]
async fn a_lost_acknowledgement_is_no_loss() {
    for lose in 1..=6 {
        let (effects, store) =
            (Effects::default(), SlowStore { lose: Some(lose), ..SlowStore::default() });
        let model = ScriptedModel::new(script());
        let agent = build(&model, &effects, store.clone(), Limits::default());
        let reply = agent.conversation("c").send("Go.").await.unwrap();
        assert_eq!(reply.messages(), &agent.conversation("c").messages().await.unwrap());
        assert_eq!(results(reply.messages()).len(), CALLS);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_breaks_ends_the_run_with_its_error() {
    for break_at in 1..=4 {
        let store = SlowStore { break_at: Some(break_at), ..SlowStore::default() };
        let effects = Effects::default();
        let model = ScriptedModel::new(script()).ignore_rest();
        let agent = build(&model, &effects, store.clone(), Limits::default());
        let error = agent.conversation("c").send("Go.").await.unwrap_err();
        assert!(error.is_store(), "{error:?}");
        assert_eq!(error.to_string(), "the disk is gone");
        assert!(error.progress().is_some(), "{error:?}");
    }
}

/// The journal of a whole conversation of two turns.
async fn journal(repeatable: bool) -> Vec<Entry> {
    let (effects, store) = (Effects::default(), MemoryStore::new());
    let model = ScriptedModel::new(script());
    let tool = work(&effects).with(|spec| spec.idempotent = repeatable);
    let limits = Limits::default().tool_concurrency(3);
    let agent = agent(&model).tool(tool).store(store.clone()).limits(limits).build().unwrap();
    agent.conversation("c").send("Go.").await.unwrap();
    store.load(&"c".into(), 0..u64::MAX).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_any_two_entries_can_be_resumed() {
    for repeatable in [false, true] {
        let whole = journal(repeatable).await;
        for length in 3..=whole.len() {
            let kept = &whole[..length];
            let store = MemoryStore::new();
            let id = ConversationId::from("c");
            store.append(&id, 0, AppendId::random(), kept).await.unwrap();
            let replies = kept.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count();
            let model = ScriptedModel::new(script().into_iter().skip(replies));
            let effects = Effects::default();
            let tool = work(&effects).with(|spec| spec.idempotent = repeatable);
            let agent = agent(&model).tool(tool).store(store.clone()).build().unwrap();
            let reply = agent.conversation("c").resume().await.unwrap();
            assert_eq!(reply.text(), "All of it");
            check_sendable(reply.messages()).unwrap();
            for number in finished(kept) {
                assert!(!effects.all().contains(&number), "call {number} was run again");
            }
            if !repeatable {
                for number in begun(kept).filter(|number| !finished(kept).any(|f| f == *number)) {
                    assert!(!effects.all().contains(&number), "call {number} was run again");
                    let result = &results(reply.messages())[number.parse::<usize>().unwrap()];
                    assert_eq!(result.outcome, CallOutcome::Unknown);
                }
            }
            model.assert_done();
        }
    }
}

fn begun(entries: &[Entry]) -> impl Iterator<Item = String> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Started { call } => Some(call.0.to_string()),
        _ => None,
    })
}

fn finished(entries: &[Entry]) -> impl Iterator<Item = String> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Result { call, .. } => Some(call.0.to_string()),
        _ => None,
    })
}
