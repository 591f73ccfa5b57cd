//! The conformance suite, on stores that conform and on stores that do not.
//!
//! The tests on PostgreSQL are in `postgres/`, because they need a server.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_store::conformance;
use callsign_testkit::DelegatingStore;
use callsign_types::id::AppendId;
use callsign_types::traits::store::{ConversationLock, Store};

/// The number of rounds of the two writers.
const ROUNDS: u64 = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_store_conforms() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    assert!(store.index().is_some());
    conformance::check(store.clone()).await.unwrap();
    conformance::writers([&store, &store], ROUNDS).await.unwrap();
}

#[tokio::test]
async fn store_without_index_conforms() {
    let store = DelegatingStore::new(MemoryStore::new()).without_index();
    conformance::check(Arc::new(store)).await.unwrap();
}

/// Returns the requirement that a wrapper of the store in memory violates.
async fn violation(wrap: impl FnOnce(DelegatingStore) -> DelegatingStore) -> String {
    let store = wrap(DelegatingStore::new(MemoryStore::new()));
    conformance::check(Arc::new(store)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn violations_are_reported() {
    let forgets_ids = violation(|store| {
        store.on_append(|mut append| {
            append.id = AppendId::random();
            async move { append.forward().await }
        })
    });
    let forgets_ids = forgets_ids.await;
    assert_eq!(forgets_ids, "an operation failed that must succeed");

    let drops_entries = violation(|store| {
        store.on_append(|mut append| {
            append.entries.truncate(1);
            async move { append.forward().await }
        })
    });
    let drops_entries = drops_entries.await;
    assert!(drops_entries.starts_with("`append` returns the new length"), "{drops_entries}");

    let ignores_start = violation(|store| {
        store.on_inbox(|mut inbox| {
            inbox.from = 0;
            async move { inbox.forward().await }
        })
    });
    let ignores_start = ignores_start.await;
    assert!(ignores_start.starts_with("`inbox` returns the items at `from`"), "{ignores_start}");

    let never_waits =
        violation(|store| store.on_lock(|_| async { Ok(ConversationLock::new(())) })).await;
    assert_eq!(never_waits, "`lock` waits while the conversation is locked");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use callsign_store::SqliteStore;

    use super::*;
    use crate::support::temporary_path;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn sqlite_store_conforms() {
        let (_directory, path) = temporary_path();
        let store = SqliteStore::open(path).await.unwrap();
        assert!(store.index().is_some());
        conformance::check(Arc::new(store)).await.unwrap();
    }

    #[tokio::test(flavor = "current_thread")]
    async fn sqlite_store_conforms_on_one_thread() {
        let (_directory, path) = temporary_path();
        let store = SqliteStore::open(path).await.unwrap();
        conformance::check(Arc::new(store)).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn writers_on_two_handles_conform() {
        let (_directory, path) = temporary_path();
        let one: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        let two: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        conformance::writers([&one, &two], ROUNDS).await.unwrap();
    }
}
