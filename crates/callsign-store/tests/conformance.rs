//! Both stores keep the promises.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_store::{SqliteStore, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    conformance::check(Arc::new(MemoryStore::new())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db")).await.unwrap();
    conformance::check(Arc::new(store)).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn sqlite_on_one_thread() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db")).await.unwrap();
    conformance::check(Arc::new(store)).await.unwrap();
}
