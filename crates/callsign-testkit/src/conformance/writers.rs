//! Checks of concurrent writers to one conversation.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{Store, StoreError};
use tokio::task::JoinHandle;

use super::samples::user_entry;
use super::violation::{Violation, ensure, ensure_conflict, ensure_eq};

/// The number of entries that a writer appends while it holds the lock.
const BLOCK: u64 = 3;

/// Checks two writers that take turns at locking one conversation, for `rounds` rounds in total.
///
/// Each writer uses its own handle of one store. In each round another caller appends without the
/// lock, and must get a conflict.
///
/// # Errors
/// Returns the requirement that the store violates.
pub async fn writers(stores: [&Arc<dyn Store>; 2], rounds: u64) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<(), Violation>>> = stores
        .iter()
        .zip(0..)
        .map(|(store, writer)| {
            let (store, conversation) = (Arc::clone(store), conversation.clone());
            // The first writer takes the odd round.
            let rounds = rounds / 2 + (rounds % 2) * (1 - writer);
            tokio::spawn(async move {
                for round in 0..rounds {
                    write_block(&store, &conversation, &format!("{writer}.{round}")).await?;
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let entries = stores[0].load(&conversation, 0..u64::MAX).await?;
    let count = entries.len() as u64;
    ensure_eq(count, rounds * BLOCK, "no entry is lost, and no entry is stored twice")?;
    for block in entries.chunks(BLOCK as usize) {
        let requirement = "entries that are written under a lock are consecutive";
        let Some(Entry::User { message }) = block.first() else {
            return Err(Violation::new(requirement));
        };
        let text = message.content.text();
        let tag = text.trim_end_matches(":0");
        let expected: Vec<Entry> = (0..BLOCK).map(|n| user_entry(&format!("{tag}:{n}"))).collect();
        ensure_eq(block, &expected[..], requirement)?;
    }
    Ok(())
}

/// Makes two appends under a lock, while another caller appends without it.
async fn write_block(
    store: &Arc<dyn Store>,
    conversation: &ConversationId,
    tag: &str,
) -> Result<(), Violation> {
    let entries: Vec<Entry> = (0..BLOCK).map(|n| user_entry(&format!("{tag}:{n}"))).collect();
    let _lock = store.lock(conversation).await?;
    let at = store.load(conversation, 0..u64::MAX).await?.len() as u64;
    let first = store.append(conversation, at, AppendId::random(), &entries[..1]).await?;
    let other = (store.clone(), conversation.clone());
    let intruder = tokio::spawn(async move {
        other.0.append(&other.1, at, AppendId::random(), &[user_entry("intruding")]).await
    });
    let second = store.append(conversation, first, AppendId::random(), &entries[1..]).await;
    let intruder = intruder.await?;
    ensure_eq(second?, at + BLOCK, "the holder of the lock can append")?;
    match intruder {
        Err(StoreError::Conflict { actual, .. }) => {
            let is_length = actual == at + 1 || actual == at + BLOCK;
            ensure(is_length, "a conflict names the length of the journal")
        }
        other => ensure_conflict(other, (at, at + BLOCK), "an append at an old length fails"),
    }
}

/// Checks appends that are repeated concurrently, and after the first one was cancelled, for
/// `rounds` rounds.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn repeats(store: &Arc<dyn Store>, rounds: u64) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    for round in 0..rounds {
        let (id, entries) =
            (AppendId::random(), [user_entry(&format!("{round}")), user_entry("and")]);
        let at = round * 2;
        let append = || {
            let (store, conversation, entries) =
                (store.clone(), conversation.clone(), entries.clone());
            async move { store.append(&conversation, at, id, &entries).await }
        };
        // Dropped after 0 to 3 polls, which leaves the append done, undone or in progress.
        let mut cancelled = Box::pin(append());
        let mut is_done = false;
        for _ in 0..round % 4 {
            if !is_done {
                is_done = poll_fn(|cx| Poll::Ready(cancelled.as_mut().poll(cx).is_ready())).await;
                tokio::task::yield_now().await;
            }
        }
        drop(cancelled);
        let other = tokio::spawn(append());
        let one = append().await;
        let requirement = "a repeated append succeeds, whatever the progress of the first one";
        ensure_eq((one?, other.await??), (at + 2, at + 2), requirement)?;
    }
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(entries.len() as u64, rounds * 2, "a repeated append adds nothing")
}
