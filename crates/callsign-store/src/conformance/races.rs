//! Races: many callers at once, and the journal is as if they had come one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use tokio::task::JoinHandle;

use super::samples::{item, said};
use super::violation::{Violation, ensure_conflict, ensure_eq};

/// How many callers there are.
const CALLERS: usize = 12;

/// How many appends each caller wins.
const WINS: usize = 4;

/// The places that a caller won, and what it put there.
type Won = Vec<(u64, Entry)>;

/// Checks appending and delivering by many callers at once.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn races(store: &Arc<dyn Store>) -> Result<(), Violation> {
    one_winner(store).await?;
    no_strangers(store).await?;
    deliveries(store).await?;
    one_changes(store).await?;
    deleted_meanwhile(store).await
}

/// All append to one conversation, each at the end that it saw last.
async fn one_winner(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<Won, StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let (mut at, mut won) = (0, Vec::new());
                while won.len() < WINS {
                    let entry = said(&format!("{caller} at {at}"));
                    let entries = [entry.clone()];
                    match store.append(&conversation, at, AppendId::random(), &entries).await {
                        Ok(length) => {
                            won.push((at, entry));
                            at = length;
                        }
                        Err(StoreError::Conflict { actual, .. }) => at = actual,
                        Err(error) => return Err(error),
                    }
                }
                Ok(won)
            })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        won.extend(task.await??);
    }
    won.sort_by_key(|(position, _)| *position);
    let positions: Vec<u64> = won.iter().map(|(position, _)| *position).collect();
    let promised: Vec<u64> = (0..).take(CALLERS * WINS).collect();
    ensure_eq(positions, promised, "each position has exactly one winner")?;
    let entries: Vec<Entry> = won.into_iter().map(|(_, entry)| entry).collect();
    let found = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(found, entries, "each position has the entry of its winner")
}

/// Each appends to a conversation of its own, while a conflict happens in between.
async fn no_strangers(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let tasks: Vec<JoinHandle<Result<(), Violation>>> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let conversation = ConversationId::random();
                for at in (0..).take(WINS) {
                    let entries = [said(&format!("{caller} at {at}"))];
                    let id = AppendId::random();
                    let wrong = store.append(&conversation, at + 1, id, &entries).await;
                    ensure_conflict(wrong, (at + 1, at), "a wrong place")?;
                    store.append(&conversation, at, id, &entries).await?;
                }
                let promised: Vec<Entry> =
                    (0..WINS).map(|at| said(&format!("{caller} at {at}"))).collect();
                let found = store.load(&conversation, 0..u64::MAX).await?;
                ensure_eq(found, promised, "what fails in one conversation hurts no other")
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// All deliver to one inbox: an item of their own, and one that all share.
async fn deliveries(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let shared = AppendId::random();
    let tasks: Vec<JoinHandle<Result<(u64, u64), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let own = item(&caller.to_string());
                let own = store.deliver(&conversation, AppendId::random(), own).await?;
                Ok((own, store.deliver(&conversation, shared, item("shared")).await?))
            })
        })
        .collect();
    let mut positions = BTreeSet::new();
    for task in tasks {
        let (own, shared) = task.await??;
        positions.extend([own, shared]);
    }
    let promised: BTreeSet<u64> = (0..).take(CALLERS + 1).collect();
    ensure_eq(positions, promised, "each delivery has a position, and a shared one the same")?;
    let found = store.inbox(&conversation, 0).await?;
    ensure_eq(found.len(), CALLERS + 1, "an inbox has each delivery once")
}

/// All rename the same conversation, or to the same name, or delete it: one of them does.
async fn one_changes(store: &Arc<dyn Store>) -> Result<(), Violation> {
    if store.catalogue().is_none() {
        return Ok(());
    }
    let (from, to) = (ConversationId::random(), ConversationId::random());
    store.append(&from, 0, AppendId::random(), &[said("a")]).await?;
    let tasks: Vec<JoinHandle<Result<(), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, from, to) = (store.clone(), from.clone(), to.clone());
            tokio::spawn(async move {
                let catalogue =
                    store.catalogue().ok_or_else(|| StoreError::NotFound(to.clone()))?;
                match caller % 3 {
                    0 => catalogue.rename(&from, &to).await,
                    1 => catalogue.rename(&from, &ConversationId::random()).await,
                    _ => catalogue.delete(&from).await,
                }
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await? {
            Ok(()) => done += 1,
            Err(StoreError::NotFound(_) | StoreError::Exists(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    ensure_eq(done, 1, "only one of many changes a whole conversation")?;
    ensure_eq(store.load(&from, 0..9).await?, vec![], "and its old name has nothing then")
}

/// Some write while others delete: a journal is never without its beginning.
async fn deleted_meanwhile(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<(), StoreError>>> = (0..CALLERS)
        .map(|caller| {
            let (store, conversation) = (store.clone(), conversation.clone());
            tokio::spawn(async move {
                let mut at = 0;
                for _ in 0..WINS * 4 {
                    let catalogue = store.catalogue().filter(|_| caller % 4 == 0);
                    if let Some(catalogue) = catalogue {
                        match catalogue.delete(&conversation).await {
                            Ok(()) | Err(StoreError::NotFound(_)) => continue,
                            Err(error) => return Err(error),
                        }
                    }
                    let entries = [said(&at.to_string()), said(&(at + 1).to_string())];
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
    let promised: Vec<Entry> = (0..found.len()).map(|at| said(&at.to_string())).collect();
    ensure_eq(found, promised, "a journal that is begun again begins with its first entry")
}
