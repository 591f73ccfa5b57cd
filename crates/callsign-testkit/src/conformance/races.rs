//! Checks of races: the result of concurrent callers is that of some sequential order.

use std::collections::BTreeSet;
use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{Store, StoreError};
use tokio::task::JoinHandle;

use super::samples::{message_item, user_entry};
use super::violation::{Violation, ensure_conflict, ensure_eq};

/// The number of concurrent callers.
const CALLERS: usize = 12;

/// The number of successful appends of each caller.
const APPENDS: usize = 4;

/// The positions and entries of the successful appends of a caller.
type Appended = Vec<(u64, Entry)>;

/// Checks concurrent appends, deliveries and changes of whole conversations.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn races(store: &Arc<dyn Store>) -> Result<(), Violation> {
    appends_to_one_conversation(store).await?;
    conflicts_in_other_conversations(store).await?;
    deliveries(store).await?;
    changes_of_one_conversation(store).await?;
    appends_and_deletions(store).await
}

/// All callers append to one conversation, each at the length that it saw last.
async fn appends_to_one_conversation(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<Appended, StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let (mut at, mut appended) = (0, Vec::new());
                while appended.len() < APPENDS {
                    let entry = user_entry(&format!("{caller} at {at}"));
                    let entries = [entry.clone()];
                    match store.append(&conversation, at, AppendId::random(), &entries).await {
                        Ok(length) => {
                            appended.push((at, entry));
                            at = length;
                        }
                        Err(StoreError::Conflict { actual, .. }) => at = actual,
                        Err(error) => return Err(error),
                    }
                }
                Ok(appended)
            })
        })
        .collect();
    let mut appended = Vec::new();
    for task in tasks {
        appended.extend(task.await??);
    }
    appended.sort_by_key(|(position, _)| *position);
    let positions: Vec<u64> = appended.iter().map(|(position, _)| *position).collect();
    let expected: Vec<u64> = (0..).take(CALLERS * APPENDS).collect();
    ensure_eq(positions, expected, "exactly one append succeeds at each position")?;
    let entries: Vec<Entry> = appended.into_iter().map(|(_, entry)| entry).collect();
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, entries, "each position has the entry of the append that succeeded")
}

/// Each caller appends to its own conversation, with a conflict before each append.
async fn conflicts_in_other_conversations(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let tasks: Vec<JoinHandle<Result<(), Violation>>> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let conversation = ConversationId::random();
                for at in (0..).take(APPENDS) {
                    let entries = [user_entry(&format!("{caller} at {at}"))];
                    let id = AppendId::random();
                    let conflict = store.append(&conversation, at + 1, id, &entries).await;
                    let requirement = "an append past the end of the journal is a conflict";
                    ensure_conflict(conflict, (at + 1, at), requirement)?;
                    store.append(&conversation, at, id, &entries).await?;
                }
                let expected: Vec<Entry> =
                    (0..APPENDS).map(|at| user_entry(&format!("{caller} at {at}"))).collect();
                let found = store.load(&conversation, 0..u64::MAX).await?;
                ensure_eq(found, expected, "a conflict affects no other conversation")
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// All callers deliver to one inbox: an item of their own, and the same shared item.
async fn deliveries(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let shared = AppendId::random();
    let tasks: Vec<JoinHandle<Result<(u64, u64), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let own = message_item(&caller.to_string());
                let own = store.deliver(&conversation, AppendId::random(), own).await?;
                let item = message_item("shared");
                Ok((own, store.deliver(&conversation, shared, item).await?))
            })
        })
        .collect();
    let mut positions = BTreeSet::new();
    for task in tasks {
        let (own, shared) = task.await??;
        positions.extend([own, shared]);
    }
    let expected: BTreeSet<u64> = (0..).take(CALLERS + 1).collect();
    let requirement = "each delivery has its own position, and a repeated one the same position";
    ensure_eq(positions, expected, requirement)?;
    let found = store.inbox(&conversation, 0).await?;
    ensure_eq(found.len(), CALLERS + 1, "an inbox has each delivery once")
}

/// All callers rename or delete the same conversation. One of them succeeds.
async fn changes_of_one_conversation(store: &Arc<dyn Store>) -> Result<(), Violation> {
    if store.index().is_none() {
        return Ok(());
    }
    let (from, to) = (ConversationId::random(), ConversationId::random());
    store.append(&from, 0, AppendId::random(), &[user_entry("a")]).await?;
    let tasks: Vec<JoinHandle<Result<(), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, from, to) = (store.clone(), from.clone(), to.clone());
            tokio::spawn(async move {
                let index = store.index().ok_or_else(|| StoreError::NotFound(to.clone()))?;
                match caller % 3 {
                    0 => index.rename(&from, &to).await,
                    1 => index.rename(&from, &ConversationId::random()).await,
                    _ => index.delete(&from).await,
                }
            })
        })
        .collect();
    let mut succeeded = 0;
    for task in tasks {
        match task.await? {
            Ok(()) => succeeded += 1,
            Err(StoreError::NotFound(_) | StoreError::AlreadyExists(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    ensure_eq(succeeded, 1, "exactly one of several concurrent changes succeeds")?;
    let found = store.load(&from, 0..9).await?;
    ensure_eq(found, vec![], "a renamed or deleted conversation has no entries under its old name")
}

/// Some callers append while others delete. A journal never lacks its first entries.
async fn appends_and_deletions(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<(), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let mut at = 0;
                for _ in 0..APPENDS * 4 {
                    let index = store.index().filter(|_| caller % 4 == 0);
                    if let Some(index) = index {
                        match index.delete(&conversation).await {
                            Ok(()) | Err(StoreError::NotFound(_)) => continue,
                            Err(error) => return Err(error),
                        }
                    }
                    let entries = [user_entry(&at.to_string()), user_entry(&(at + 1).to_string())];
                    match store.append(&conversation, at, AppendId::random(), &entries).await {
                        Ok(length) => at = length,
                        Err(StoreError::Conflict { actual, .. }) => at = actual,
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let found = store.load(&conversation, 0..u64::MAX).await?;
    let expected: Vec<Entry> = (0..found.len()).map(|at| user_entry(&at.to_string())).collect();
    ensure_eq(found, expected, "a journal that is created again begins with its first entry")
}
