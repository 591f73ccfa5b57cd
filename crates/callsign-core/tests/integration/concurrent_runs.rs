//! Concurrent runs of one conversation.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_core::run::active_runs::ConcurrencyPolicy;
use callsign_core::run::reply::Reply;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::limits::Limits;
use callsign_types::message::Message;

use crate::common::{agent, scripted, texts};

#[tokio::test]
async fn concurrent_sends_queue() {
    let model = ScriptedModel::new((0..8).map(|n| ScriptedReply::text(format!("reply {n}"))));
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
async fn concurrency_policy_applies_to_overlapping_runs() {
    let script = || {
        let hangs = ScriptedReply::text("Half a sen").and_hang();
        ScriptedModel::new([hangs, ScriptedReply::text("All of it.")])
    };
    let agent = agent(&script()).build().unwrap();
    let chat = agent.conversation("c");
    let mut run = chat.send("Tell me.").stream();
    while !matches!(run.next().await, Some(Event::TextDelta(_))) {}
    let running = tokio::spawn(run);
    let error = chat.send("And?").concurrency(ConcurrencyPolicy::Reject).await.unwrap_err();
    assert!(error.is_locked(), "{error}");
    let reply =
        chat.send("Something else.").concurrency(ConcurrencyPolicy::CancelPrevious).await.unwrap();
    let error = running.await.unwrap().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(
        texts(reply.messages()),
        ["Tell me.", "Half a sen", "Something else.", "All of it."]
    );
    // No run is active now.
    chat.resume().concurrency(ConcurrencyPolicy::Reject).await.unwrap();
}

/// Starts a run that does not end by itself.
async fn hanging(agent: &Agent) -> tokio::task::JoinHandle<Result<Reply, Error>> {
    let mut run = agent.conversation("c").send("Tell me.").stream();
    while !matches!(run.next().await, Some(Event::TextDelta(_))) {}
    tokio::spawn(run)
}

#[tokio::test]
async fn concurrency_policy_spans_agents_that_share_a_store() {
    let hangs = || ScriptedReply::text("Half a sen").and_hang();
    let store = Arc::new(MemoryStore::new());
    let first = scripted([hangs()]).store(store.clone()).build().unwrap();
    let second =
        scripted([ScriptedReply::text("Other."), ScriptedReply::text("New.")]).build().unwrap();
    let running = hanging(&first).await;
    // Another store has a conversation of the same id.
    let other_store = second.conversation("c");
    other_store.send("Hi.").concurrency(ConcurrencyPolicy::Reject).await.unwrap();
    let same_store = second.with_store(store).conversation("c");
    let error = same_store.send("And?").concurrency(ConcurrencyPolicy::Reject).await.unwrap_err();
    assert!(error.is_locked(), "{error}");
    let reply =
        same_store.send("Stop.").concurrency(ConcurrencyPolicy::CancelPrevious).await.unwrap();
    assert_eq!(texts(reply.messages()), ["Tell me.", "Half a sen", "Stop.", "New."]);
    assert!(running.await.unwrap().unwrap_err().is_cancelled());
}

#[tokio::test]
async fn concurrency_policy_does_not_span_stores() {
    let hangs = ScriptedReply::text("Half a sen").and_hang();
    let agent = scripted([hangs, ScriptedReply::text("Two.")]).build().unwrap();
    let (one, two) = (agent.with_store(MemoryStore::new()), agent.with_store(MemoryStore::new()));
    let running = hanging(&one).await;
    let reply = two
        .conversation("c")
        .send("Hi.")
        .concurrency(ConcurrencyPolicy::CancelPrevious)
        .await
        .unwrap();
    assert_eq!(reply.text(), "Two.");
    assert!(!running.is_finished());
    let error =
        one.conversation("c").resume().concurrency(ConcurrencyPolicy::Reject).await.unwrap_err();
    assert!(error.is_locked(), "{error}");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_run_does_not_count_toward_the_timeout() {
    let slow = ScriptedReply::text("Slow.").and_wait(Duration::from_millis(500));
    let model = ScriptedModel::new([
        slow,
        ScriptedReply::text("Quick.").and_wait(Duration::from_millis(300)),
    ]);
    let agent = agent(&model).build().unwrap();
    let first = tokio::spawn(agent.conversation("c").send("One.").into_future());
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Waiting and working together exceed this timeout; each alone does not.
    let limits = Limits::default().run_timeout(Duration::from_millis(600));
    let reply = agent.conversation("c").send("Two.").limits(limits).await.unwrap();
    assert_eq!(reply.text(), "Quick.");
    first.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_run_that_is_not_polled_times_out() {
    let model = ScriptedModel::new([ScriptedReply::text("One two three.")]).ignore_rest();
    let limits = Limits::default().run_timeout(Duration::from_secs(5));
    let agent = agent(&model).limits(limits).build().unwrap();
    let chat = agent.conversation("c");
    let mut unpolled = chat.send("Go.").stream();
    unpolled.next().await;
    let error = chat.send("Hello?").await.unwrap_err();
    assert!(error.is_locked(), "{error:?}");
    assert!(error.to_string().contains("another run of this process"), "{error}");
}
