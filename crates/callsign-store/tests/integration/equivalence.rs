//! Property test: the store in SQLite returns the same results as the store in memory.

use callsign_core::memory::MemoryStore;
use callsign_store::SqliteStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{InboxItem, Store, StoreError};
use proptest::prelude::*;

use crate::support::{message_item, temporary_path, user_entry};

/// The number of conversations.
const NAMES: u8 = 3;

/// A generated operation, before its arguments depend on earlier ones.
#[derive(Clone, Debug)]
enum Step {
    /// Appends this many entries, at this distance from the end of the journal.
    Append {
        name: u8,
        offset: i8,
        entries: u8,
    },
    /// Repeats an earlier append.
    Repeat {
        which: usize,
    },
    /// Appends another number of entries with the id of an earlier append.
    ReuseId {
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
    Lock {
        name: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let offset = prop_oneof![4 => Just(0i8), 1 => -2i8..=2];
    prop_oneof![
        6 => (0..NAMES, offset, 0u8..4)
            .prop_map(|(name, offset, entries)| Step::Append { name, offset, entries }),
        2 => (0usize..20).prop_map(|which| Step::Repeat { which }),
        1 => (0usize..20, 1u8..4).prop_map(|(which, entries)| Step::ReuseId { which, entries }),
        2 => (0..NAMES, 0u64..8, 0u64..8)
            .prop_map(|(name, start, count)| Step::Load { name, start, count }),
        2 => (0..NAMES, 0u8..6).prop_map(|(name, id)| Step::Deliver { name, id }),
        1 => (0..NAMES, 0u64..6).prop_map(|(name, from)| Step::Inbox { name, from }),
        1 => (0..NAMES).prop_map(|name| Step::Lock { name }),
    ]
}

#[derive(Clone, Debug)]
struct Append {
    name: ConversationId,
    at: u64,
    id: AppendId,
    entries: Vec<Entry>,
}

/// An operation with all of its arguments, which both stores get.
#[derive(Debug)]
enum Operation {
    Append(Append),
    Load(ConversationId, u64, u64),
    Deliver(ConversationId, AppendId, InboxItem),
    Inbox(ConversationId, u64),
    Lock(ConversationId),
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Length(u64),
    Conflict(ConversationId, u64, u64),
    Entries(Vec<Entry>),
    Items(Vec<InboxItem>),
    Locked,
    Failed(String),
}

impl Outcome {
    fn new<T>(result: Result<T, StoreError>, success: fn(T) -> Self) -> Self {
        match result {
            Ok(value) => success(value),
            Err(StoreError::Conflict { conversation, expected, actual }) => {
                Self::Conflict(conversation, expected, actual)
            }
            Err(error) => Self::Failed(format!("{error:?}")),
        }
    }
}

async fn run(store: &dyn Store, operation: &Operation) -> Outcome {
    match operation {
        Operation::Append(Append { name, at, id, entries }) => {
            Outcome::new(store.append(name, *at, *id, entries).await, Outcome::Length)
        }
        Operation::Load(name, start, end) => {
            Outcome::new(store.load(name, *start..*end).await, Outcome::Entries)
        }
        Operation::Deliver(name, id, item) => {
            Outcome::new(store.deliver(name, *id, item.clone()).await, Outcome::Length)
        }
        Operation::Inbox(name, from) => {
            Outcome::new(store.inbox(name, *from).await, Outcome::Items)
        }
        Operation::Lock(name) => Outcome::new(store.lock(name).await, |_| Outcome::Locked),
    }
}

fn name(n: u8) -> ConversationId {
    format!("conversation {n}").into()
}

fn user_entries(tag: &str, entries: u8) -> Vec<Entry> {
    (0..entries).map(|n| user_entry(&format!("{tag}.{n}"))).collect()
}

/// Returns the operation of step `n`. `lengths` has the current lengths of the journals.
fn operation(
    step: &Step,
    n: usize,
    earlier: &[Append],
    lengths: &[u64],
    ids: &[AppendId],
) -> Operation {
    let earlier = |which: usize| earlier.get(which % earlier.len().max(1)).cloned();
    let load_all = || Operation::Load(name(0), 0, u64::MAX);
    match *step {
        Step::Append { name: to, offset, entries } => Operation::Append(Append {
            name: name(to),
            at: lengths[usize::from(to)].saturating_add_signed(offset.into()),
            id: AppendId::random(),
            entries: user_entries(&n.to_string(), entries),
        }),
        Step::Repeat { which } => earlier(which).map_or_else(load_all, Operation::Append),
        Step::ReuseId { which, entries } => match earlier(which) {
            // With the same number of entries it would be a repetition.
            Some(append) if append.entries.len() != usize::from(entries) => {
                let entries = user_entries(&n.to_string(), entries);
                Operation::Append(Append { entries, ..append })
            }
            _ => load_all(),
        },
        Step::Load { name: of, start, count } => Operation::Load(name(of), start, start + count),
        Step::Deliver { name: to, id } => {
            Operation::Deliver(name(to), ids[usize::from(id)], message_item(&n.to_string()))
        }
        Step::Inbox { name: of, from } => Operation::Inbox(name(of), from),
        Step::Lock { name: of } => Operation::Lock(name(of)),
    }
}

async fn compare(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (_directory, path) = temporary_path();
    let memory = MemoryStore::new();
    let mut sqlite = SqliteStore::open(&path).await.unwrap();
    // Ids are random, so that both stores must get the same ones.
    let ids: Vec<AppendId> = (0..6).map(|_| AppendId::random()).collect();
    let (mut earlier, mut lengths) = (Vec::new(), vec![0; usize::from(NAMES)]);
    for (n, step) in steps.iter().enumerate() {
        let operation = operation(step, n, &earlier, &lengths, &ids);
        let expected = run(&memory, &operation).await;
        let found = run(&sqlite, &operation).await;
        prop_assert_eq!(&found, &expected, "{:?}", operation);
        prop_assert!(!matches!(found, Outcome::Failed(_)), "{:?}", found);
        if let (Operation::Append(append), Outcome::Length(length)) = (operation, found) {
            let of = (0..NAMES).position(|n| name(n) == append.name).unwrap();
            lengths[of] = lengths[of].max(length);
            // An append of no entries stores no id, so that it cannot be repeated.
            if !append.entries.is_empty() {
                earlier.push(append);
            }
        }
        if n % 10 == 9 {
            sqlite = SqliteStore::open(&path).await.unwrap();
        }
    }
    for n in 0..NAMES {
        let operation = Operation::Load(name(n), 0, u64::MAX);
        prop_assert_eq!(run(&sqlite, &operation).await, run(&memory, &operation).await);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_and_memory_return_the_same_results(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(compare(steps))?;
    }
}
