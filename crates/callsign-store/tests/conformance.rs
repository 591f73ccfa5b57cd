//! All stores keep the promises. What needs a PostgreSQL server is in `postgres.rs`.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::Store;
use callsign_store::{SqliteStore, conformance};

/// How often the two writers take turns.
const ROUNDS: u64 = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    assert!(store.catalogue().is_some());
    conformance::check(store.clone()).await.unwrap();
    conformance::writers([&store, &store], ROUNDS).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db")).await.unwrap();
    assert!(store.catalogue().is_some());
    conformance::check(Arc::new(store)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let here: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    let there: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
    conformance::writers([&here, &there], ROUNDS).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn sqlite_on_one_thread() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db")).await.unwrap();
    conformance::check(Arc::new(store)).await.unwrap();
}
