//! Writers: several who want to write to one conversation, and nothing interleaves.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use tokio::task::JoinHandle;

use super::samples::said;
use super::violation::{Violation, ensure, ensure_conflict, ensure_eq};

/// How many entries a writer appends while it has the claim.
const BLOCK: u64 = 3;

/// Checks two writers that take the claim in turns, so many rounds altogether, each through its own
/// handle of one store. Beside them, one who has no claim is refused each time.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn writers(stores: [&Arc<dyn Store>; 2], rounds: u64) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let tasks: Vec<JoinHandle<Result<(), Violation>>> = stores
        .iter()
        .zip(0..)
        .map(|(store, writer)| {
            let (store, conversation) = (Arc::clone(store), conversation.clone());
            let mine = rounds / 2 + (rounds % 2) * (1 - writer);
            tokio::spawn(async move {
                for round in 0..mine {
                    block(&store, &conversation, &format!("{writer}.{round}")).await?;
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let entries = stores[0].load(&conversation, 0..u64::MAX).await?;
    ensure_eq(entries.len() as u64, rounds * BLOCK, "nothing is lost, and nothing is there twice")?;
    for block in entries.chunks(3) {
        let Some(Entry::User { message }) = block.first() else {
            return Err(Violation::of("a block begins with what its writer said"));
        };
        let text = message.content.text();
        let tag = text.trim_end_matches(":0");
        let promised: Vec<Entry> = (0..BLOCK).map(|n| said(&format!("{tag}:{n}"))).collect();
        ensure_eq(block, &promised[..], "what is written under a claim stands together")?;
    }
    Ok(())
}

/// Writes two appends under a claim, while somebody without one tries to.
async fn block(
    store: &Arc<dyn Store>,
    conversation: &ConversationId,
    tag: &str,
) -> Result<(), Violation> {
    let entries: Vec<Entry> = (0..BLOCK).map(|n| said(&format!("{tag}:{n}"))).collect();
    let _hold = store.hold(conversation).await?;
    let at = store.load(conversation, 0..u64::MAX).await?.len() as u64;
    let first = store.append(conversation, at, AppendId::random(), &entries[..1]).await?;
    let beside = (store.clone(), conversation.clone());
    let intruder = tokio::spawn(async move {
        beside.0.append(&beside.1, at, AppendId::random(), &[said("intruding")]).await
    });
    let second = store.append(conversation, first, AppendId::random(), &entries[1..]).await;
    let intruder = intruder.await?;
    ensure_eq(second?, at + BLOCK, "whoever has the claim can write")?;
    match intruder {
        Err(StoreError::Conflict { actual, .. }) => {
            ensure(actual == at + 1 || actual == at + BLOCK, "a conflict names the length")
        }
        other => ensure_conflict(other, (at, at + BLOCK), "one without a claim is refused"),
    }
}

/// Checks appends that come again: at once, and after nobody waited for the first any longer.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn repeats(store: &Arc<dyn Store>, rounds: u64) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    for round in 0..rounds {
        let (id, entries) = (AppendId::random(), [said(&format!("{round}")), said("and")]);
        let at = round * 2;
        let append = || {
            let (store, conversation, entries) =
                (store.clone(), conversation.clone(), entries.clone());
            async move { store.append(&conversation, at, id, &entries).await }
        };
        // Given up after so many polls, which leaves it done, undone or under way.
        let mut given_up = Box::pin(append());
        let mut is_done = false;
        for _ in 0..round % 4 {
            if !is_done {
                is_done = poll_fn(|cx| Poll::Ready(given_up.as_mut().poll(cx).is_ready())).await;
                tokio::task::yield_now().await;
            }
        }
        drop(given_up);
        let other = tokio::spawn(append());
        let one = append().await;
        let promise = "an append that comes again answers as the first, however far that one was";
        ensure_eq((one?, other.await??), (at + 2, at + 2), promise)?;
    }
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    ensure_eq(entries.len() as u64, rounds * 2, "and adds nothing")
}
