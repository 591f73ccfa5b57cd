//! Whatever is asked of them in whatever order, both stores give the same answers.

#![allow(clippy::unwrap_used, reason = "all of this is a test")]

mod common;

use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::{InboxItem, Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;
use common::{item, place, said};
use proptest::prelude::*;

const NAMES: u8 = 3;

#[derive(Clone, Debug)]
enum Op {
    /// Appends so many entries, so far from where the journal ends.
    Append {
        name: u8,
        off: i8,
        entries: u8,
    },
    /// Repeats an earlier append as it was.
    Repeat {
        which: usize,
    },
    /// Uses the id of an earlier append for one of another size.
    Misuse {
        which: usize,
        entries: u8,
    },
    Load {
        name: u8,
        start: u64,
        count: u64,
    },
    Deliver {
        name: u8,
        id: u8,
    },
    Inbox {
        name: u8,
        from: u64,
    },
    Hold {
        name: u8,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let off = prop_oneof![4 => Just(0i8), 1 => -2i8..=2];
    prop_oneof![
        6 => (0..NAMES, off, 0u8..4)
            .prop_map(|(name, off, entries)| Op::Append { name, off, entries }),
        2 => (0usize..20).prop_map(|which| Op::Repeat { which }),
        1 => (0usize..20, 1u8..4).prop_map(|(which, entries)| Op::Misuse { which, entries }),
        2 => (0..NAMES, 0u64..8, 0u64..8)
            .prop_map(|(name, start, count)| Op::Load { name, start, count }),
        2 => (0..NAMES, 0u8..6).prop_map(|(name, id)| Op::Deliver { name, id }),
        1 => (0..NAMES, 0u64..6).prop_map(|(name, from)| Op::Inbox { name, from }),
        1 => (0..NAMES).prop_map(|name| Op::Hold { name }),
    ]
}

#[derive(Clone, Debug)]
struct Append {
    name: ConversationId,
    at: u64,
    id: AppendId,
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Length(u64),
    Conflict(ConversationId, u64, u64),
    Entries(Vec<Entry>),
    Items(Vec<InboxItem>),
    Held,
    Failed(String),
}

impl Answer {
    fn of<T>(outcome: Result<T, StoreError>, answer: fn(T) -> Self) -> Self {
        match outcome {
            Ok(value) => answer(value),
            Err(StoreError::Conflict { conversation, expected, actual }) => {
                Self::Conflict(conversation, expected, actual)
            }
            Err(error) => Self::Failed(format!("{error:?}")),
        }
    }
}

/// The same questions for every store: ids are random, so they are chosen before.
#[derive(Debug)]
enum Question {
    Append(Append),
    Load(ConversationId, u64, u64),
    Deliver(ConversationId, AppendId, InboxItem),
    Inbox(ConversationId, u64),
    Hold(ConversationId),
}

async fn answer(store: &dyn Store, question: &Question) -> Answer {
    match question {
        Question::Append(Append { name, at, id, entries }) => {
            Answer::of(store.append(name, *at, *id, entries).await, Answer::Length)
        }
        Question::Load(name, start, end) => {
            Answer::of(store.load(name, *start..*end).await, Answer::Entries)
        }
        Question::Deliver(name, id, item) => {
            Answer::of(store.deliver(name, *id, item.clone()).await, Answer::Length)
        }
        Question::Inbox(name, from) => Answer::of(store.inbox(name, *from).await, Answer::Items),
        Question::Hold(name) => Answer::of(store.hold(name).await, |_| Answer::Held),
    }
}

fn name(n: u8) -> ConversationId {
    format!("conversation {n}").into()
}

fn said_all(tag: &str, entries: u8) -> Vec<Entry> {
    (0..entries).map(|n| said(&format!("{tag}.{n}"))).collect()
}

/// Puts an operation into a question; `lengths` is where the journals end by now.
fn question(op: &Op, n: usize, past: &[Append], lengths: &[u64], ids: &[AppendId]) -> Question {
    let earlier = |which: usize| past.get(which % past.len().max(1)).cloned();
    let load_all = || Question::Load(name(0), 0, u64::MAX);
    match *op {
        Op::Append { name: to, off, entries } => Question::Append(Append {
            name: name(to),
            at: lengths[usize::from(to)].saturating_add_signed(off.into()),
            id: AppendId::random(),
            entries: said_all(&n.to_string(), entries),
        }),
        Op::Repeat { which } => earlier(which).map_or_else(load_all, Question::Append),
        Op::Misuse { which, entries } => match earlier(which) {
            // At another end than before, which is what tells it from a repeated one.
            Some(append) if append.entries.len() != usize::from(entries) => {
                let entries = said_all(&n.to_string(), entries);
                Question::Append(Append { entries, ..append })
            }
            _ => load_all(),
        },
        Op::Load { name: of, start, count } => Question::Load(name(of), start, start + count),
        Op::Deliver { name: to, id } => {
            Question::Deliver(name(to), ids[usize::from(id)], item(&n.to_string()))
        }
        Op::Inbox { name: of, from } => Question::Inbox(name(of), from),
        Op::Hold { name: of } => Question::Hold(name(of)),
    }
}

async fn compare(ops: Vec<Op>) -> Result<(), TestCaseError> {
    let (_folder, path) = place();
    let memory = MemoryStore::new();
    let mut sqlite = SqliteStore::open(&path).await.unwrap();
    let ids: Vec<AppendId> = (0..6).map(|_| AppendId::random()).collect();
    let (mut past, mut lengths) = (Vec::new(), vec![0; usize::from(NAMES)]);
    for (n, op) in ops.iter().enumerate() {
        let question = question(op, n, &past, &lengths, &ids);
        let promised = answer(&memory, &question).await;
        let found = answer(&sqlite, &question).await;
        prop_assert_eq!(&found, &promised, "{:?}", question);
        prop_assert!(!matches!(found, Answer::Failed(_)), "{:?}", found);
        if let (Question::Append(append), Answer::Length(length)) = (question, found) {
            let of = (0..NAMES).position(|n| name(n) == append.name).unwrap();
            lengths[of] = lengths[of].max(length);
            // One of nothing leaves nothing by which a repeated one could be known.
            if !append.entries.is_empty() {
                past.push(append);
            }
        }
        if n % 10 == 9 {
            sqlite = SqliteStore::open(&path).await.unwrap();
        }
    }
    for n in 0..NAMES {
        let question = Question::Load(name(n), 0, u64::MAX);
        prop_assert_eq!(answer(&sqlite, &question).await, answer(&memory, &question).await);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn both_answer_alike(ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(compare(ops))?;
    }
}
