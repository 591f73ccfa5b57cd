//! Checks of conversation locks: one holder at a time, waiters are woken, and a cancelled waiter
//! blocks no other.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_types::id::ConversationId;
use callsign_types::traits::store::{ConversationLock, Store, StoreError};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::violation::{Violation, ensure, ensure_eq};

/// The time after which a waiter is assumed to be blocked.
const BLOCKED_AFTER: Duration = Duration::from_millis(50);

/// The time limit for operations that must not block.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Checks `lock` within this process.
///
/// # Errors
/// Returns the requirement that `store` violates.
pub async fn locks(store: &Arc<dyn Store>) -> Result<(), Violation> {
    mutual_exclusion(store).await?;
    cancelled_waiter(store).await?;
    many_waiters(store).await
}

async fn mutual_exclusion(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let lock = store.lock(&conversation).await?;
    let found = store.load(&conversation, 0..9).await?;
    ensure_eq(found, vec![], "`lock` writes no entries")?;

    let waiting = spawn_lock(store, &conversation);
    sleep(BLOCKED_AFTER).await;
    ensure(!waiting.is_finished(), "`lock` waits while the conversation is locked")?;
    let other = ConversationId::random();
    let requirement = "locks of different conversations are independent";
    drop(within_timeout(store.lock(&other), requirement).await??);

    // The new thread has no Tokio runtime.
    let dropped = std::thread::spawn(move || drop(lock)).join();
    ensure(dropped.is_ok(), "a lock can be dropped on any thread")?;
    drop(within_timeout(waiting, "a waiter gets the lock after it is dropped").await???);
    let again = store.lock(&conversation);
    drop(within_timeout(again, "a conversation can be locked again").await??);
    Ok(())
}

async fn cancelled_waiter(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let lock = store.lock(&conversation).await?;
    let cancelled = spawn_lock(store, &conversation);
    sleep(BLOCKED_AFTER).await;
    cancelled.abort();
    let waiting = spawn_lock(store, &conversation);
    drop(lock);
    drop(within_timeout(waiting, "a cancelled waiter blocks no other waiter").await???);
    Ok(())
}

async fn many_waiters(store: &Arc<dyn Store>) -> Result<(), Violation> {
    let conversation = ConversationId::random();
    let holders = Arc::new(());
    let tasks: Vec<JoinHandle<Result<bool, StoreError>>> = (0..16)
        .map(|_| {
            let (store, conversation) = (store.clone(), conversation.clone());
            let holders = Arc::downgrade(&holders);
            tokio::spawn(async move {
                let lock = store.lock(&conversation).await?;
                let (holder, before) = (holders.upgrade(), holders.strong_count());
                tokio::task::yield_now().await;
                // The reference of the check itself, and the one of this task.
                let is_alone = before == 2 && holders.strong_count() == 2;
                drop((holder, lock));
                Ok(is_alone)
            })
        })
        .collect();
    for task in tasks {
        let is_alone = within_timeout(task, "every waiter gets the lock").await???;
        ensure(is_alone, "a lock has one holder at a time")?;
    }
    Ok(())
}

fn spawn_lock(
    store: &Arc<dyn Store>,
    conversation: &ConversationId,
) -> JoinHandle<Result<ConversationLock, StoreError>> {
    let (store, conversation) = (store.clone(), conversation.clone());
    tokio::spawn(async move { store.lock(&conversation).await })
}

pub(super) async fn within_timeout<T>(
    operation: impl Future<Output = T>,
    requirement: &str,
) -> Result<T, Violation> {
    match timeout(TIMEOUT, operation).await {
        Ok(value) => Ok(value),
        Err(_) => Err(Violation::timed_out(requirement, TIMEOUT)),
    }
}
