//! Crashes and drops of runs with sub-agents.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply, check_sendable};
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::store::Store;
use serde_json::json;

use super::{Shared, child_of, parent, received, research};
use crate::common;
use crate::common::slow_store::slow_store;
use crate::common::{Effects, call, poll_times, scripted, work};

/// Returns the store of a finished run whose sub-agent called `work` twice, and the id of the
/// sub-agent's conversation.
async fn finished_run(repeatable: bool) -> (Shared, ConversationId) {
    let (effects, store) = (Effects::default(), Shared::default());
    let chat = agent_after_crash(0, 0, repeatable, &effects, &store);
    chat.conversation("c").send("Well?").await.unwrap();
    let id = child_of(&store, "c", "research").await;
    (store, id)
}

/// Returns the agents of a process that starts after a crash. `boss` and `inner` are the numbers of
/// responses in the journals of the parent and the sub-agent.
fn agent_after_crash(
    boss: usize,
    inner: usize,
    repeatable: bool,
    effects: &Effects,
    store: &Shared,
) -> Agent {
    let script = [call("work", "0"), call("work", "1"), ScriptedReply::text("It is a fish.")];
    let child = scripted(script.into_iter().skip(inner))
        .tool(work(effects).with(|spec| spec.idempotent = repeatable))
        .build()
        .unwrap();
    parent([research(), ScriptedReply::text("A fish.")].into_iter().skip(boss), &child, store)
}

fn replies(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| matches!(entry, Entry::Assistant(_))).count()
}

fn numbers(entries: &[Entry], of: fn(&Entry) -> Option<u64>) -> Vec<String> {
    entries.iter().filter_map(of).map(|number| number.to_string()).collect()
}

fn started(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Started { call } => Some(call.0),
        _ => None,
    }
}

fn finished(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Result { call, .. } => Some(call.0),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn crash_after_any_entry_of_a_sub_agent_can_be_resumed() {
    for repeatable in [false, true] {
        let (whole, child) = finished_run(repeatable).await;
        let mut outer = whole.load(&"c".into(), 0..u64::MAX).await.unwrap();
        let at = outer.iter().position(|entry| finished(entry).is_some()).unwrap();
        outer.truncate(at);
        let inner = whole.load(&child, 0..u64::MAX).await.unwrap();
        // The first commit is atomic.
        let first = inner.iter().position(|entry| matches!(entry, Entry::User { .. })).unwrap() + 1;
        for length in std::iter::once(0).chain(first..=inner.len()) {
            let kept = &inner[..length];
            let (effects, store) = (Effects::default(), Shared::default());
            store.append(&"c".into(), 0, AppendId::random(), &outer).await.unwrap();
            store.append(&child, 0, AppendId::random(), kept).await.unwrap();
            let agent = agent_after_crash(1, replies(kept), repeatable, &effects, &store);
            let reply = agent.conversation("c").resume().await.unwrap();
            assert_eq!(reply.text(), "A fish.", "after {length} entries");
            assert_eq!(received(&reply), [(ToolCallStatus::Success, "It is a fish.".to_owned())]);
            let done = effects.all();
            let finished_calls = numbers(kept, finished).into_iter();
            let never =
                finished_calls.chain(numbers(kept, started).into_iter().filter(|_| !repeatable));
            for number in never {
                assert!(!done.contains(&number), "call {number} ran again, {length} entries kept");
            }
        }
    }
}

/// Drops the parent run after `polls` polls, and then resumes it or sends another message. Returns
/// whether it had ended before.
async fn drop_after(polls: usize, resumes: bool) -> bool {
    let (effects, memory) = (Effects::default(), MemoryStore::new());
    let store = slow_store(&memory);
    let work_for =
        |name: &str, ms: u64| ScriptedReply::call("work", json!({"name": name, "ms": ms}));
    let script = [work_for("0", 5), work_for("1", 50), ScriptedReply::text("A fish.")];
    let child = common::builder(ScriptedModel::new(script).ignore_rest());
    let child = child.tool(work(&effects)).build().unwrap();
    let agent = |model| {
        let tool = child.as_tool("research", "Finds out.");
        common::builder(model).tool(tool).store(store.clone()).build().unwrap()
    };
    let first =
        agent(ScriptedModel::new([research(), ScriptedReply::text("A fish.")]).ignore_rest());
    let run = first.conversation("c").send("Well?").stream();
    let ended = poll_times(run, polls).await.map(Result::unwrap).is_some();
    // Waiting for the parent includes waiting for the sub-agent.
    first.conversation("c").wait_idle().await.unwrap();
    let done = effects.all();
    let outer = memory.load(&"c".into(), 0..u64::MAX).await.unwrap();
    if !outer.is_empty() {
        let child = child_of(&Arc::new(memory.clone()), "c", "research").await;
        let inner = memory.load(&child, 0..u64::MAX).await.unwrap();
        assert_eq!(numbers(&inner, finished), done, "after {polls} polls");
        let cancelled = inner.iter().any(|entry| matches!(entry, Entry::Cancelled { .. }));
        let answered = replies(&inner) == 3;
        assert!(inner.is_empty() || cancelled || answered, "after {polls} polls");
    }
    let next = ScriptedModel::new([ScriptedReply::text("Good.")]).ignore_rest();
    let chat = agent(next.clone()).conversation("c");
    let reply = if resumes && !outer.is_empty() {
        chat.resume().await.unwrap()
    } else {
        chat.send("And now?").await.unwrap()
    };
    check_sendable(reply.messages()).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(effects.all(), done, "no call continues or starts again");
    ended
}

#[tokio::test(start_paused = true)]
async fn dropping_the_parent_run_drops_the_sub_agent_and_keeps_finished_work() {
    for resumes in [false, true] {
        let mut polls = 0;
        while !drop_after(polls, resumes).await {
            polls += 1;
        }
        assert!(polls > 15, "only {polls} polls were needed");
    }
}
