//! What has to be true of a conversation, whenever its process was killed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use callsign::journal::Journal;
use callsign::journal::entry::Entry;
use callsign::{CallOutcome, Content, ConversationId, Message, Messages, Store, check_sendable};

use crate::effects::{self, Effect};
use crate::life::Task;
use crate::model::{answer, calls};
use crate::stores;
use crate::tools::value;

/// What was seen, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) conversations: u64,
    pub(crate) kills: u64,
    pub(crate) restarts: u64,
    /// Calls whose outcome is not known, and of which there is an effect.
    pub(crate) unknown_and_done: u64,
    /// Calls whose outcome is not known, and of which there is none.
    pub(crate) unknown_and_not_done: u64,
    /// Effects beyond the first of one call of a tool that is idempotent.
    pub(crate) idempotent_again: u64,
    /// The same of one that only reads.
    pub(crate) read_again: u64,
}

/// Looks at a conversation after each of its lives.
pub(crate) struct Witness<'a> {
    task: &'a Task,
    /// What is done to the conversation, for whoever reads of a failure.
    how: String,
    /// The journal as it was seen last.
    entries: Vec<Entry>,
    /// The effects of each call that had its result then.
    finished: BTreeMap<u64, usize>,
}

/// A call, and what the journal says of it.
struct Call {
    tool: String,
    step: u64,
    outcome: CallOutcome,
    content: Content,
}

impl<'a> Witness<'a> {
    pub(crate) fn of(task: &'a Task, how: String) -> Self {
        Self { task, how, entries: Vec::new(), finished: BTreeMap::new() }
    }

    /// How many entries there are by now.
    pub(crate) fn length(&self) -> usize {
        self.entries.len()
    }

    /// Looks at what a killed process has left: the conversation is free, nothing that was
    /// recorded is lost or was done again, and what it comes to can be sent.
    pub(crate) async fn look(&mut self) {
        let store = stores::open(&self.task.store).await;
        let name = ConversationId::from(&self.task.conversation);
        let hold = store.hold(&name).await.unwrap();
        let entries = store.load(&name, 0..u64::MAX).await.unwrap();
        drop(hold);
        assert!(entries.starts_with(&self.entries), "something recorded is gone or changed");
        let journal = Journal::read(&entries);
        check_sendable(&journal.messages()).unwrap();
        let happened = self.effects();
        for (number, before) in &self.finished {
            let now = happened.get(number).map_or(0, Vec::len);
            assert_eq!(now, *before, "call {number} had its result and was run again");
        }
        let numbers = entries.iter().filter_map(|entry| match entry {
            Entry::Result { call, .. } => Some(call.0),
            _ => None,
        });
        self.finished =
            numbers.map(|number| (number, happened.get(&number).map_or(0, Vec::len))).collect();
        self.entries = entries;
    }

    /// What happened, by the numbers of the calls. A call that is not repeatable has happened
    /// once at most, and every call has a key of its own.
    fn effects(&self) -> BTreeMap<u64, Vec<Effect>> {
        let mut happened: BTreeMap<u64, Vec<Effect>> = BTreeMap::new();
        let mut keys = BTreeMap::new();
        for effect in effects::read(&self.task.effects()) {
            let number = *keys.entry(effect.key.clone()).or_insert(effect.number);
            assert_eq!(number, effect.number, "two calls have the key {}", effect.key);
            happened.entry(number).or_default().push(effect);
        }
        for effects in happened.values() {
            let first = &effects[0];
            let same = effects.iter().all(|effect| effect == first);
            assert!(same, "one call is two effects, or has two keys: {effects:?}");
            let plain = ["charge", "ship"].contains(&first.tool.as_str());
            assert!(!plain || effects.len() == 1, "it happened again: {effects:?}");
        }
        happened
    }

    /// Looks at a conversation that was answered, and compares the answer with everything else.
    pub(crate) async fn conclude(mut self) -> Tally {
        self.look().await;
        let calls = self.calls();
        let happened = self.effects();
        let strangers: Vec<_> = happened.keys().filter(|it| !calls.contains_key(it)).collect();
        assert!(strangers.is_empty(), "effects of calls that the journal does not know");
        let (mut sum, mut unknown) = (0, Vec::new());
        let mut tally = Tally { conversations: 1, ..Tally::default() };
        for (number, call) in &calls {
            let count = happened.get(number).map_or(0, |effects| {
                let Effect { tool, step, .. } = &effects[0];
                assert_eq!((tool, *step), (&call.tool, call.step));
                effects.len() as u64
            });
            let plain = ["charge", "ship"].contains(&call.tool.as_str());
            match call.outcome {
                CallOutcome::Answered => {
                    assert!(count >= 1, "call {number} has a result and no effect");
                    assert_eq!(*call.content.text(), value(&call.tool, call.step).to_string());
                    sum += value(&call.tool, call.step);
                }
                CallOutcome::Unknown if plain => {
                    assert!(call.content.text().contains("is not known"));
                    unknown.push(format!("{}{{\"step\":{}}}", call.tool, call.step));
                    tally.unknown_and_done += count;
                    tally.unknown_and_not_done += 1 - count;
                }
                outcome => panic!("call {number} of {} is {outcome:?}", call.tool),
            }
            match call.tool.as_str() {
                "reserve" => tally.idempotent_again += count - 1,
                "look_up" => tally.read_again += count - 1,
                _ => {}
            }
        }
        assert_eq!(self.answered(), answer(sum, &unknown));
        tally
    }

    /// The calls, which are three of each step and have one result each.
    fn calls(&self) -> BTreeMap<u64, Call> {
        let mut results = BTreeMap::new();
        for entry in &self.entries {
            if let Entry::Result { call, outcome, content, .. } = entry {
                let before = results.insert(call.0, (*outcome, content.clone()));
                assert!(before.is_none(), "call {call} has two results");
            }
        }
        let replies = self.entries.iter().filter_map(|entry| match entry {
            Entry::Assistant(reply) => Some(&reply.message.tool_calls),
            _ => None,
        });
        let replies = replies.filter(|calls| !calls.is_empty());
        let made: Vec<(u64, String)> = (0..)
            .zip(replies)
            .flat_map(|(step, made)| made.iter().map(move |call| (step, call.name.clone())))
            .collect();
        let expected = (0..self.task.steps).flat_map(|step| calls(step).map(|tool| (step, tool)));
        assert!(made.iter().map(|(step, tool)| (*step, tool.as_str())).eq(expected), "{made:?}");
        let calls = (0..).zip(made).map(|(number, (step, tool))| {
            let (outcome, content) = results.remove(&number).unwrap();
            (number, Call { tool, step, outcome, content })
        });
        let calls = calls.collect();
        assert!(results.is_empty(), "results of no call");
        calls
    }

    /// The newest text of the model's. Of one answer there is one, whatever was said in between.
    fn answered(&self) -> String {
        let messages: Messages = Journal::read(&self.entries).messages();
        let texts = messages.iter().filter_map(|message| match message {
            Message::Assistant(message) if message.tool_calls.is_empty() => Some(&message.text),
            _ => None,
        });
        let texts: BTreeSet<&String> = texts.collect();
        assert_eq!(texts.len(), 1, "the answer is not always the same: {texts:?}");
        texts.into_iter().next().unwrap().clone()
    }
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("it failed with {}: {:?}", self.how, self.task);
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
