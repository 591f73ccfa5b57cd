//! What a disk does that is full or busy: each failure is told, and nothing is lost by it.

use std::time::Duration;

use callsign_core::journal::entry::Entry;
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use rusqlite::Connection;

use super::store::SqliteStore;

/// The user saying this.
fn said(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

/// A store whose connection was set up so.
async fn set_up(
    store: &SqliteStore,
    change: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
) {
    assert!(store.worker.read(change).await.is_ok());
}

#[tokio::test]
async fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db")).await.unwrap();
    let name = ConversationId::from("ada/porto");
    store.append(&name, 0, AppendId::random(), &[said("a")]).await.unwrap();
    set_up(&store, |connection| connection.pragma_update(None, "max_page_count", 1)).await;

    // It holds as much as it has pages for, and then no more.
    let large = said(&"word ".repeat(10_000));
    let id = AppendId::random();
    let error = store.append(&name, 1, id, std::slice::from_ref(&large)).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full; make room and try again"), "{error}");
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("a")]);

    // The others of its group fail with it, and can be repeated as it can.
    let other = ConversationId::from("ada/lisbon");
    let other_id = AppendId::random();
    let failed = tokio::join!(
        store.append(&name, 1, id, std::slice::from_ref(&large)),
        store.append(&other, 0, other_id, std::slice::from_ref(&large)),
    );
    assert!(failed.0.is_err() && failed.1.is_err(), "{failed:?}");
    set_up(&store, |connection| connection.pragma_update(None, "max_page_count", 100_000)).await;
    assert_eq!(store.append(&name, 1, id, std::slice::from_ref(&large)).await.unwrap(), 2);
    assert_eq!(store.append(&other, 0, other_id, &[said("b")]).await.unwrap(), 1);
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("a"), large]);
}

#[tokio::test]
async fn a_file_that_somebody_keeps_locked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).await.unwrap();
    set_up(&store, |connection| connection.busy_timeout(Duration::from_millis(20))).await;
    let somebody = Connection::open(&path).unwrap();
    somebody.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (name, id) = (ConversationId::from("ada/porto"), AppendId::random());
    let error = store.append(&name, 0, id, &[said("a")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("another process has kept it locked"), "{error}");
    // Reading waits for nobody.
    assert_eq!(store.load(&name, 0..9).await.unwrap(), []);
    somebody.execute_batch("COMMIT").unwrap();
    assert_eq!(store.append(&name, 0, id, &[said("a")]).await.unwrap(), 1);
}
