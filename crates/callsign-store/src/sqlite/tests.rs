//! Failures of the disk: a full disk, and a file that another connection has locked.

use std::time::Duration;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{Store, StoreError};
use rusqlite::Connection;

use super::store::SqliteStore;

fn user_entry(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

/// Changes the settings of the store's connection.
async fn configure(
    store: &SqliteStore,
    change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
) {
    assert!(store.worker.read(change).await.is_ok());
}

#[tokio::test]
async fn full_disk_fails_the_append_and_a_retry_succeeds() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("store.db")).await.unwrap();
    let name = ConversationId::from("ada/porto");
    store.append(&name, 0, AppendId::random(), &[user_entry("a")]).await.unwrap();
    // The limit becomes the current number of pages: the database cannot grow.
    configure(&store, |connection| connection.pragma_update(None, "max_page_count", 1)).await;

    let large = user_entry(&"word ".repeat(10_000));
    let id = AppendId::random();
    let error = store.append(&name, 1, id, std::slice::from_ref(&large)).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full; free some space"), "{error}");
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [user_entry("a")]);

    // Commands in the same transaction fail as well, and can be retried too.
    let other = ConversationId::from("ada/lisbon");
    let other_id = AppendId::random();
    let failed = tokio::join!(
        store.append(&name, 1, id, std::slice::from_ref(&large)),
        store.append(&other, 0, other_id, std::slice::from_ref(&large)),
    );
    assert!(failed.0.is_err() && failed.1.is_err(), "{failed:?}");
    configure(&store, |connection| connection.pragma_update(None, "max_page_count", 100_000)).await;
    assert_eq!(store.append(&name, 1, id, std::slice::from_ref(&large)).await.unwrap(), 2);
    assert_eq!(store.append(&other, 0, other_id, &[user_entry("b")]).await.unwrap(), 1);
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [user_entry("a"), large]);
}

#[tokio::test]
async fn locked_file_fails_the_append_but_not_a_load() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = SqliteStore::open(&path).await.unwrap();
    configure(&store, |connection| connection.busy_timeout(Duration::from_millis(20))).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (name, id) = (ConversationId::from("ada/porto"), AppendId::random());
    let error = store.append(&name, 0, id, &[user_entry("a")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("another process has kept it locked"), "{error}");
    assert_eq!(store.load(&name, 0..9).await.unwrap(), []);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.append(&name, 0, id, &[user_entry("a")]).await.unwrap(), 1);
}
