//! Claims: one writer at a time, the others wait, and nobody waits for the dead.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::store::{Hold, Store, StoreError};
use callsign_core::words::id::ConversationId;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::violation::{Violation, ensure, ensure_eq};

/// How long one who should wait is watched.
const WATCHED: Duration = Duration::from_millis(50);

/// How long one who should not wait is given.
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks the claims on conversations within this process.
///
/// # Errors
/// The promise that is broken, and how.
pub async fn holds(store: &Arc<dyn Store>) -> Result<(), Violation> {
    excludes(store).await?;
    abandoned(store).await?;
    many(store).await
}

async fn excludes(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let hold = store.hold(&conversation).await?;
    let found = store.load(&conversation, 0..9).await?;
    ensure_eq(found, vec![], "a claim writes no entries")?;

    let waiting = claim(store, &conversation);
    sleep(WATCHED).await;
    ensure(!waiting.is_finished(), "a second claim waits while the first is held")?;
    let other = soon(store.hold(&ConversationId::random()), "conversations do not wait").await??;
    drop(other);

    // Where there is no runtime, and on another thread than the one it was made on.
    let dropped = std::thread::spawn(move || drop(hold)).join();
    ensure(dropped.is_ok(), "a claim can be dropped anywhere")?;
    drop(soon(waiting, "a claim is given on when it is dropped").await???);
    drop(soon(store.hold(&conversation), "a claim can be made again").await??);
    Ok(())
}

async fn abandoned(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let hold = store.hold(&conversation).await?;
    let gone = claim(store, &conversation);
    sleep(WATCHED).await;
    gone.abort();
    let waiting = claim(store, &conversation);
    drop(hold);
    drop(soon(waiting, "one who stopped waiting is in nobody's way").await???);
    Ok(())
}

async fn many(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let inside = Arc::new(());
    let tasks: Vec<JoinHandle<Result<bool, StoreError>>> = (0..16)
        .map(|_| {
            let (store, conversation) = (store.clone(), conversation.clone());
            let inside = Arc::downgrade(&inside);
            tokio::spawn(async move {
                let hold = store.hold(&conversation).await?;
                let (me, others) = (inside.upgrade(), inside.strong_count());
                tokio::task::yield_now().await;
                // The outer one and this one.
                let alone = others == 2 && inside.strong_count() == 2;
                drop((me, hold));
                Ok(alone)
            })
        })
        .collect();
    for task in tasks {
        let alone = soon(task, "everybody who waits gets the claim").await???;
        ensure(alone, "only one has the claim at a time")?;
    }
    Ok(())
}

fn claim(
    store: &Arc<dyn Store>,
    conversation: &ConversationId,
) -> JoinHandle<Result<Hold, StoreError>> {
    let (store, conversation) = (store.clone(), conversation.clone());
    tokio::spawn(async move { store.hold(&conversation).await })
}

async fn soon<T>(what: impl Future<Output = T>, promise: &str) -> Result<T, Violation> {
    match timeout(PATIENCE, what).await {
        Ok(done) => Ok(done),
        Err(_) => Err(Violation::late(promise)),
    }
}
