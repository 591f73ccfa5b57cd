//! Invariants of a conversation whose process was killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use callsign::agent::ToolCallStatus;
use callsign::model::{Content, Messages};
use callsign::store::ConversationId;
use callsign::store::Entry;
use callsign::store::journal::Journal;
use callsign::testing::check_sendable;
use callsign::{Message, Store};

use crate::effects::{self, Effect};
use crate::model::{answer, calls};
use crate::process::Scenario;
use crate::stores;
use crate::tools::value;

/// Counts over all conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) conversations: u64,
    pub(crate) kills: u64,
    pub(crate) restarts: u64,
    /// Calls with unknown outcome that have an effect.
    pub(crate) unknown_and_done: u64,
    /// Calls with unknown outcome that have no effect.
    pub(crate) unknown_and_not_done: u64,
    /// Repeated effects of calls of an idempotent tool.
    pub(crate) idempotent_again: u64,
    /// Repeated effects of calls of a read-only tool.
    pub(crate) read_again: u64,
}

/// Checks a conversation after each of its processes.
pub(crate) struct Checker<'a> {
    scenario: &'a Scenario,
    /// The description of the kills, for a failure.
    description: String,
    /// The journal at the previous check.
    entries: Vec<Entry>,
    /// The calls that had a result at the previous check, each with its number of effects.
    finished: BTreeMap<u64, usize>,
}

/// A call in the journal.
struct RecordedCall {
    tool: String,
    step: u64,
    outcome: ToolCallStatus,
    content: Content,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(scenario: &'a Scenario, description: String) -> Self {
        Self { scenario, description, entries: Vec::new(), finished: BTreeMap::new() }
    }

    /// Returns the number of entries at the last check.
    pub(crate) fn journal_length(&self) -> usize {
        self.entries.len()
    }

    /// Checks what a process has left: the lock is free, no entry is lost, no completed call ran
    /// again, and the messages can be sent to a model.
    pub(crate) async fn check(&mut self) {
        let store = stores::open(&self.scenario.store).await;
        let name = ConversationId::from(&self.scenario.conversation);
        let lock = store.lock(&name).await.unwrap();
        let entries = store.load(&name, 0..u64::MAX).await.unwrap();
        drop(lock);
        assert!(entries.starts_with(&self.entries), "an entry is lost or changed");
        let journal = Journal::read(&entries);
        check_sendable(&journal.messages()).unwrap();
        let effects = self.effects();
        for (call, before) in &self.finished {
            let now = effects.get(call).map_or(0, Vec::len);
            assert_eq!(now, *before, "call {call} had a result and ran again");
        }
        let with_result = entries.iter().filter_map(|entry| match entry {
            Entry::Result { call, .. } => Some(call.0),
            _ => None,
        });
        self.finished =
            with_result.map(|call| (call, effects.get(&call).map_or(0, Vec::len))).collect();
        self.entries = entries;
    }

    /// Returns the effects by call.
    ///
    /// It checks that a plain call has at most one effect, and that each call has its own key.
    fn effects(&self) -> BTreeMap<u64, Vec<Effect>> {
        let mut by_call: BTreeMap<u64, Vec<Effect>> = BTreeMap::new();
        let mut keys = BTreeMap::new();
        for effect in effects::read(&self.scenario.effects_path()) {
            let call = *keys.entry(effect.key.clone()).or_insert(effect.call);
            assert_eq!(call, effect.call, "two calls have the key {}", effect.key);
            by_call.entry(call).or_default().push(effect);
        }
        for effects in by_call.values() {
            let first = &effects[0];
            let is_same = effects.iter().all(|effect| effect == first);
            assert!(is_same, "one call has different effects or keys: {effects:?}");
            assert!(!is_plain(&first.tool) || effects.len() == 1, "it ran twice: {effects:?}");
        }
        by_call
    }

    /// Checks a completed conversation: compares the answer with the journal and the effects.
    pub(crate) async fn finish(mut self) -> Tally {
        self.check().await;
        let calls = self.calls();
        let effects = self.effects();
        let unrecorded: Vec<_> = effects.keys().filter(|it| !calls.contains_key(it)).collect();
        assert!(unrecorded.is_empty(), "effects of calls that are not in the journal");
        let (mut sum, mut unknown) = (0, Vec::new());
        let mut tally = Tally { conversations: 1, ..Tally::default() };
        for (index, call) in &calls {
            let count = effects.get(index).map_or(0, |effects| {
                let Effect { tool, step, .. } = &effects[0];
                assert_eq!((tool, *step), (&call.tool, call.step));
                effects.len() as u64
            });
            match call.outcome {
                ToolCallStatus::Success => {
                    assert!(count >= 1, "call {index} has a result and no effect");
                    assert_eq!(*call.content.text(), value(&call.tool, call.step).to_string());
                    sum += value(&call.tool, call.step);
                }
                ToolCallStatus::Unknown if is_plain(&call.tool) => {
                    assert!(call.content.text().contains("unknown whether it took effect"));
                    unknown.push(format!("{}{{\"step\":{}}}", call.tool, call.step));
                    tally.unknown_and_done += count;
                    tally.unknown_and_not_done += 1 - count;
                }
                outcome => panic!("call {index} of {} is {outcome:?}", call.tool),
            }
            match call.tool.as_str() {
                "reserve" => tally.idempotent_again += count - 1,
                "look_up" => tally.read_again += count - 1,
                _ => {}
            }
        }
        assert_eq!(self.answer_text(), answer(sum, &unknown));
        tally
    }

    /// Returns the calls by index.
    ///
    /// It checks that each step has its three calls and that each call has one result.
    fn calls(&self) -> BTreeMap<u64, RecordedCall> {
        let mut results = BTreeMap::new();
        for entry in &self.entries {
            if let Entry::Result { call, status, content, .. } = entry {
                let before = results.insert(call.0, (*status, content.clone()));
                assert!(before.is_none(), "call {call} has two results");
            }
        }
        let responses = self.entries.iter().filter_map(|entry| match entry {
            Entry::Assistant(response) => Some(&response.message.tool_calls),
            _ => None,
        });
        let responses = responses.filter(|calls| !calls.is_empty());
        let made: Vec<(u64, String)> = (0..)
            .zip(responses)
            .flat_map(|(step, made)| made.iter().map(move |call| (step, call.name.clone())))
            .collect();
        let expected =
            (0..self.scenario.steps).flat_map(|step| calls(step).map(|tool| (step, tool)));
        assert!(made.iter().map(|(step, tool)| (*step, tool.as_str())).eq(expected), "{made:?}");
        let calls = (0..).zip(made).map(|(index, (step, tool))| {
            let (outcome, content) = results.remove(&index).unwrap();
            (index, RecordedCall { tool, step, outcome, content })
        });
        let calls = calls.collect();
        assert!(results.is_empty(), "results without a call");
        calls
    }

    /// Returns the text of the answer.
    ///
    /// A restarted process may send another message, so there can be several answers. All of them
    /// have the same text.
    fn answer_text(&self) -> String {
        let messages: Messages = Journal::read(&self.entries).messages();
        let texts = messages.iter().filter_map(|message| match message {
            Message::Assistant(message) if message.tool_calls.is_empty() => Some(&message.text),
            _ => None,
        });
        let texts: BTreeSet<&String> = texts.collect();
        assert_eq!(texts.len(), 1, "the answers differ: {texts:?}");
        texts.into_iter().next().unwrap().clone()
    }
}

/// Returns whether a tool is neither idempotent nor read-only, so that its calls run at most once.
fn is_plain(tool: &str) -> bool {
    ["charge", "ship"].contains(&tool)
}

impl Drop for Checker<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("failed with {}: {:?}", self.description, self.scenario);
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.kills += other.kills;
        self.restarts += other.restarts;
        self.unknown_and_done += other.unknown_and_done;
        self.unknown_and_not_done += other.unknown_and_not_done;
        self.idempotent_again += other.idempotent_again;
        self.read_again += other.read_again;
    }
}
