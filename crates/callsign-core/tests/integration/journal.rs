//! What the journal of a conversation records.

use std::sync::Arc;

use callsign_core::agent::agent::Agent;
use callsign_core::journal::Journal;
use callsign_core::journal::step::{Next, step};
use callsign_core::memory::MemoryStore;
use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::id::{AppendId, ConversationId, JournalKey};
use callsign_types::journal::entry::{Entry, FORMAT};
use callsign_types::limits::Limits;
use callsign_types::traits::store::Store;
use serde_json::json;

use crate::common::{Effects, FnTool, agent, any_object, work};

#[tokio::test]
async fn journal_of_a_newer_format_is_not_changed() {
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
async fn journal_grows_linearly() {
    let effects = Effects::default();
    let store = MemoryStore::new();
    let script = (0..20).map(|_| ScriptedReply::call("work", json!({"name": "a"})));
    let model = ScriptedModel::new(script.chain([ScriptedReply::text("Done.")]));
    let agent = agent(&model).tool(work(&effects)).store(store.clone()).build().unwrap();
    agent.conversation("c").send("Go.").await.unwrap();
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    let sizes: Vec<_> =
        entries.iter().map(|entry| serde_json::to_string(entry).unwrap().len()).collect();
    let turn = |n: usize| sizes[3 + 3 * n..6 + 3 * n].iter().sum::<usize>();
    assert!(turn(19) <= turn(0) + 16, "{} then {}", turn(0), turn(19));
}

#[tokio::test]
async fn limits_are_recorded_only_if_they_changed() {
    let store = MemoryStore::new();
    let model = ScriptedModel::new((0..7).map(|n| ScriptedReply::text(n.to_string())));
    let agent = |turns| {
        let limits = Limits::default().max_turns(turns);
        agent(&model).store(store.clone()).limits(limits).build().unwrap()
    };
    let turns = |entries: Vec<Entry>| -> Vec<_> {
        let runs = entries.into_iter().filter_map(|entry| match entry {
            Entry::RunStarted(run) => Some(run.limits.map(|limits| limits.max_turns)),
            _ => None,
        });
        runs.collect()
    };
    for limit in [3, 3, 4, 4] {
        agent(limit).conversation("c").send("Hi").await.unwrap();
    }
    let entries = store.load(&"c".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(3), None, Some(4), None]);
    // A fork of the first entry alone has no run that recorded limits.
    let default_turns = Limits::default().max_turns;
    let fork = agent(default_turns).conversation("c").fork_at(1, "fork").await.unwrap();
    fork.send("Hi").await.unwrap();
    let entries = store.load(&"fork".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(default_turns)]);
    // In format 2 every run records its limits, because older readers need them.
    let old = [Entry::Created { format: 2, key: JournalKey::random() }];
    store.append(&"old".into(), 0, AppendId::random(), &old).await.unwrap();
    for _ in 0..2 {
        agent(3).conversation("old").send("Hi").await.unwrap();
    }
    let entries = store.load(&"old".into(), 0..u64::MAX).await.unwrap();
    assert_eq!(turns(entries), [Some(3), Some(3)]);
}

/// Returns the bytes of the steps and entries of a run, for each turn.
async fn bytes_per_turn(turns: u32) -> Vec<usize> {
    let store = Arc::new(MemoryStore::new());
    let tool = FnTool::new("list", any_object(), |_, _| async { Ok("row ".repeat(20).into()) });
    let script = (1..turns).map(|_| ScriptedReply::call("list", json!({"of": "rows"})));
    let model = ScriptedModel::new(script.chain([ScriptedReply::text("That is all.")]));
    let limits = Limits::default().max_turns(turns).max_tool_calls(turns);
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
async fn recorded_bytes_per_turn_stay_constant() {
    for turns in [5, 50, 500] {
        let bytes = bytes_per_turn(turns).await;
        assert_eq!(bytes.len(), turns as usize + 1);
        let (second, last) = (bytes[2], bytes[turns as usize - 1]);
        // Only numbers get more digits.
        assert!(last <= second + 40, "{turns} turns: {second} bytes, then {last}");
    }
}
