//! Cancellation, crashes and store failures: finished work is kept, and the conversation continues.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{DelegatingStore, ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::event::Event;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::limits::Limits;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::{Store, StoreError};
use serde_json::json;

use crate::common::slow_store::{AppendFault, faulty_store, slow_store};
use crate::common::{Effects, agent, chat, poll_times, results, send_and_drop, work};

const CALLS: usize = 8;

/// Returns two turns: eight calls, the first of which is slow, and then an answer.
fn script() -> [ScriptedReply; 2] {
    let calls = (0..CALLS).fold(ScriptedReply::text("Let me see. "), |script, number| {
        let ms = if number == 0 { 50 } else { 5 + number as u64 };
        script.and_call("work", json!({"name": number.to_string(), "ms": ms}))
    });
    let answer = ScriptedReply::text("All of it").and_wait(Duration::from_millis(3));
    [calls, answer]
}

fn build(model: &ScriptedModel, effects: &Effects, store: impl Store, limits: Limits) -> Agent {
    agent(model).tool(work(effects)).store(store).limits(limits).build().unwrap()
}

/// Drops a run after `polls` polls, and checks the next run. Returns whether it had ended before.
async fn drop_after(polls: usize, limits: Limits) -> bool {
    let (effects, store) = (Effects::default(), slow_store(&MemoryStore::new()));
    let model = ScriptedModel::new(script()).ignore_rest();
    let agent = build(&model, &effects, store.clone(), limits.clone());
    let ended = poll_times(agent.conversation("c").send("Go.").stream(), polls).await;
    let ended = ended.map(Result::unwrap).is_some();
    drop(agent);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let done = effects.all();

    let next = ScriptedModel::new([ScriptedReply::text("Good.")]);
    let chat = build(&next, &effects, store, limits).conversation("c");
    chat.send("And now?").await.unwrap();
    let seen = &next.last_request().unwrap().messages;
    check_sendable(seen).unwrap();
    let received = results(seen);
    for name in &done {
        let number: usize = name.parse().unwrap();
        let result = &received[number];
        assert_eq!(result.status, ToolCallStatus::Success, "after {polls} polls: call {name}");
        assert_eq!(result.content.text(), format!("{name} done"));
    }
    let with_outcome = |outcome| received.iter().filter(|result| result.status == outcome).count();
    assert_eq!(with_outcome(ToolCallStatus::Success), done.len(), "after {polls} polls");
    // The next run repeats no call, because the calls were cancelled and not interrupted.
    assert_eq!(effects.all(), done, "after {polls} polls");
    ended
}

#[tokio::test(start_paused = true)]
async fn dropping_a_run_anywhere_keeps_all_finished_results() {
    for concurrency in [1, 3, 32] {
        let limits = Limits::default().tool_concurrency(concurrency);
        let mut polls = 0;
        while !drop_after(polls, limits.clone()).await {
            polls += 1;
        }
        assert!(polls > 15, "only {polls} polls were needed");
    }
}

#[tokio::test(start_paused = true)]
async fn started_calls_of_a_dropped_run_are_unknown_and_the_others_cancelled() {
    let (effects, store) = (Effects::default(), slow_store(&MemoryStore::new()));
    let model = ScriptedModel::new(script());
    let limits = Limits::default().tool_concurrency(4);
    let agent = build(&model, &effects, store.clone(), limits);
    let chat = agent.conversation("c");
    let run = tokio::time::timeout(Duration::from_millis(30), chat.send("Go.").into_future());
    assert!(run.await.is_err());
    chat.wait_idle().await.unwrap();
    model.push(ScriptedReply::text("Good."));
    chat.send("And now?").await.unwrap();
    let outcomes: Vec<_> =
        results(&chat.messages().await.unwrap()).iter().map(|result| result.status).collect();
    assert_eq!(outcomes[0], ToolCallStatus::Unknown, "{outcomes:?}");
    assert!(outcomes[1..4].iter().all(|outcome| outcome.is_success()), "{outcomes:?}");
    assert_eq!(effects.all().len(), outcomes.iter().filter(|o| o.is_success()).count());
    // The script's second response was the answer. The pushed one is still there.
    let left = chat.send("Once more.").await.unwrap();
    assert_eq!(left.text(), "Good.");
}

#[tokio::test(start_paused = true)]
async fn partial_text_of_a_dropped_run_is_kept() {
    let model = ScriptedModel::new([
        ScriptedReply::text("Half an").and_hang(),
        ScriptedReply::text("Yes."),
    ]);
    let chat = agent(&model).build().unwrap().conversation("c");
    let run = tokio::time::timeout(Duration::from_millis(5), chat.send("Tell me.").into_future());
    assert!(run.await.is_err());
    chat.send("Continue.").await.unwrap();
    let texts: Vec<_> =
        model.last_request().unwrap().messages.iter().map(|m| m.text().into_owned()).collect();
    assert_eq!(texts, ["Tell me.", "Half an", "Continue."]);
}

#[tokio::test(start_paused = true)]
async fn results_share_commits() {
    let (effects, commits) = (Effects::default(), Arc::new(AtomicU64::new(0)));
    let counter = commits.clone();
    let store = DelegatingStore::new(slow_store(&MemoryStore::new())).on_append(move |append| {
        counter.store(append.number, Ordering::Relaxed);
        async move { append.forward().await }
    });
    let model = ScriptedModel::new(script());
    let agent = build(&model, &effects, store, Limits::default());
    agent.conversation("c").send("Go.").await.unwrap();
    let commits = commits.load(Ordering::Relaxed);
    // The first entries, the response with its starts, the results and the answer: eleven entries.
    assert!(commits <= 8, "{commits} commits");
}

#[tokio::test(start_paused = true)]
async fn lost_acknowledgement_loses_no_entry() {
    for append in 1..=6 {
        let (effects, store) = (
            Effects::default(),
            faulty_store(&MemoryStore::new(), AppendFault::LostAcknowledgement(append)),
        );
        let model = ScriptedModel::new(script());
        let agent = build(&model, &effects, store.clone(), Limits::default());
        let reply = agent.conversation("c").send("Go.").await.unwrap();
        assert_eq!(reply.messages(), &agent.conversation("c").messages().await.unwrap());
        assert_eq!(results(reply.messages()).len(), CALLS);
    }
}

#[tokio::test(start_paused = true)]
async fn store_failure_ends_the_run_with_its_error() {
    for append in 1..=4 {
        let store = faulty_store(&MemoryStore::new(), AppendFault::BrokenFrom(append));
        let effects = Effects::default();
        let model = ScriptedModel::new(script()).ignore_rest();
        let agent = build(&model, &effects, store.clone(), Limits::default());
        let error = agent.conversation("c").send("Go.").await.unwrap_err();
        assert!(error.is_store(), "{error:?}");
        assert_eq!(error.to_string(), "the disk is gone");
        assert!(error.partial_run().is_some(), "{error:?}");
    }
}

/// Returns the journal of a conversation with two turns.
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
async fn crash_between_any_two_entries_can_be_resumed() {
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
                assert!(!effects.all().contains(&number), "call {number} ran again");
            }
            if !repeatable {
                for number in started(kept).filter(|number| !finished(kept).any(|f| f == *number)) {
                    assert!(!effects.all().contains(&number), "call {number} ran again");
                    let result = &results(reply.messages())[number.parse::<usize>().unwrap()];
                    assert_eq!(result.status, ToolCallStatus::Unknown);
                }
            }
            model.assert_done();
        }
    }
}

fn started(entries: &[Entry]) -> impl Iterator<Item = String> {
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

#[tokio::test]
async fn store_error_after_a_cancellation_does_not_hide_it() {
    let (effects, is_broken) = (Effects::default(), Arc::new(AtomicBool::new(false)));
    let broken = is_broken.clone();
    let store = DelegatingStore::new(MemoryStore::new()).on_load(move |load| {
        let is_broken = broken.load(Ordering::SeqCst);
        async move {
            if is_broken {
                return Err(StoreError::Failed {
                    message: "the disk is gone".into(),
                    source: None,
                });
            }
            load.forward().await
        }
    });
    let model = ScriptedModel::new([ScriptedReply::text("Wait").and_wait(Duration::from_secs(60))])
        .ignore_rest();
    let agent = build(&model, &effects, store.clone(), Limits::default());
    let mut run = agent.conversation("c").send("Go.").stream();
    while !matches!(run.next().await, Some(Event::TextDelta(_))) {}
    is_broken.store(true, Ordering::SeqCst);
    let error = run.cancel().await.unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(error.partial_text(), "Wait");
    assert_eq!(error.partial_run().unwrap().messages.len(), 1, "the message of the user");
}

#[tokio::test]
async fn cancelling_a_run_that_waits_for_the_lock_reports_the_history() {
    let (effects, store) = (Effects::default(), Arc::new(MemoryStore::default()));
    let model = ScriptedModel::new([
        ScriptedReply::text("Hello.").usage(30, 7),
        ScriptedReply::text("Never."),
    ])
    .ignore_rest();
    let agent = build(&model, &effects, store.clone(), Limits::default());
    let chat = agent.conversation("c");
    chat.send("Hi.").await.unwrap();
    let lock = store.lock(chat.id()).await.unwrap();
    let mut run = chat.send("Go.").stream();
    let waiting = tokio::time::timeout(Duration::from_millis(20), run.next()).await;
    assert!(waiting.is_err(), "the lock is held");
    let error = run.cancel().await.unwrap_err();
    drop(lock);
    assert!(error.is_cancelled(), "{error}");
    let partial = error.partial_run().unwrap();
    assert_eq!(partial.messages.len(), 2, "the history so far");
    assert_eq!(partial.usage.total_tokens(), 0, "the tokens of another run");
}

#[tokio::test(start_paused = true)]
async fn interrupted_call_is_not_repeated_if_its_tool_is_not_idempotent_now() {
    let store = MemoryStore::new();
    let effects = Effects::default();
    let model = ScriptedModel::new([
        ScriptedReply::call("work", json!({"ms": 1000, "name": "a"})),
        ScriptedReply::text("Unclear."),
    ]);
    let before = agent(&model).tool(work(&effects).with(|spec| spec.idempotent = true));
    let before = before.store(store.clone()).build().unwrap();
    send_and_drop(&before.conversation("c"), 10).await;
    // A killed process leaves no `Cancelled` entry.
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let entries: Vec<_> =
        entries.into_iter().filter(|e| !matches!(e, Entry::Cancelled { .. })).collect();
    let crashed = MemoryStore::new();
    crashed.append(&"c".into(), 0, AppendId::random(), &entries).await.unwrap();
    let after = agent(&model).tool(work(&effects)).store(crashed).build().unwrap();
    let reply = after.conversation("c").resume().await.unwrap();
    assert_eq!(results(reply.messages())[0].status, ToolCallStatus::Unknown);
    assert!(effects.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn cancel_handle_cancels_a_run_from_another_task() {
    let effects = Effects::default();
    let store = slow_store(&MemoryStore::new());
    let script = ScriptedReply::text("Both. ")
        .and_call("work", json!({"name": "quick", "ms": 1}))
        .and_call("work", json!({"name": "slow", "ms": 1000}));
    let model = ScriptedModel::new([script.usage(7, 2), ScriptedReply::text("Half").and_hang()]);
    let agent = agent(&model).tool(work(&effects)).store(store).build().unwrap();
    let chat = agent.conversation("c");
    let run = chat.send("Go.").stream();
    let handle = run.cancel_handle();
    let run = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(100)).await;
    handle.cancel();
    let error = run.await.unwrap().unwrap_err();
    assert!(error.is_cancelled());
    let progress = error.partial_run().unwrap();
    check_sendable(&progress.messages).unwrap();
    assert_eq!(progress.usage.total_tokens(), 9);
    let outcomes: Vec<_> = results(&progress.messages).iter().map(|result| result.status).collect();
    assert_eq!(outcomes, [ToolCallStatus::Success, ToolCallStatus::Unknown]);

    let run = chat.send("Again.").stream();
    let handle = run.cancel_handle();
    let run = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(100)).await;
    handle.cancel();
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.partial_text(), "Half");
}

#[tokio::test]
async fn cancelling_an_ended_run_returns_its_reply() {
    let model = ScriptedModel::new([ScriptedReply::text("Done.")]);
    let mut run = chat(&model, &Effects::default()).send("Go.").stream();
    while run.next().await.is_some() {}
    assert_eq!(run.cancel().await.unwrap().text(), "Done.");
}
