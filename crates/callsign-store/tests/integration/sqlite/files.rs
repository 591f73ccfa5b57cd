//! The file of a store: handles share it, reopening keeps it, and damage is reported.

use std::fs;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use callsign_store::SqliteStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{Store, StoreError};
use rusqlite::Connection;

use crate::support::{error_chain, eventually, message_item, temporary_path, user_entry};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_share_the_file() {
    let (directory, path) = temporary_path();
    let one = SqliteStore::open(&path).await.unwrap();
    let two = SqliteStore::open(directory.path().join("../").join(&path)).await.unwrap();
    assert_eq!(one.identity(), two.identity());
    let other = SqliteStore::open(directory.path().join("other.db")).await.unwrap();
    assert_ne!(one.identity(), other.identity());
    let name = ConversationId::from("ada/porto");
    one.append(&name, 0, AppendId::random(), &[user_entry("a")]).await.unwrap();
    two.append(&name, 1, AppendId::random(), &[user_entry("b")]).await.unwrap();
    two.deliver(&name, AppendId::random(), message_item("c")).await.unwrap();
    assert_eq!(one.load(&name, 0..9).await.unwrap(), [user_entry("a"), user_entry("b")]);
    assert_eq!(one.inbox(&name, 0).await.unwrap(), [message_item("c")]);

    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move {
                let name = ConversationId::random();
                store.append(&name, 0, AppendId::random(), &[user_entry("a")]).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
}

#[tokio::test]
async fn second_handle_waits_for_the_lock_of_the_first() {
    let (_directory, path) = temporary_path();
    let one = SqliteStore::open(&path).await.unwrap();
    let two = SqliteStore::open(&path).await.unwrap();
    let lock = one.lock(&"ada/porto".into()).await.unwrap();
    let waiting = tokio::spawn(async move { two.lock(&"ada/porto".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    drop(lock);
    drop(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn lock_outlives_its_store() {
    let (_directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let lock = store.lock(&"a".into()).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    let waiting = tokio::spawn(async move { store.lock(&"a".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished(), "{:?}", waiting.await);
    drop(lock);
    drop(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn lock_file_exists_while_the_lock_is_held() {
    let (directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let lock = store.lock(&"foobar".into()).await.unwrap();
    // Processes of other versions must find the same file.
    let file = directory.path().join("store.db-holds").join("85944171f73967e8.lock");
    assert!(file.is_file());
    drop(lock);
    assert_eq!(file.exists(), cfg!(not(unix)));
}

#[tokio::test]
async fn reopening_keeps_entries_items_and_ids() {
    let (_directory, path) = temporary_path();
    let name = ConversationId::from("ada/porto");
    let (id, delivery) = (AppendId::random(), AppendId::random());
    let entries = [user_entry("a"), user_entry("b")];
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(&name, 0, id, &entries).await.unwrap();
    store.deliver(&name, delivery, message_item("c")).await.unwrap();
    drop(store);

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), entries);
    assert_eq!(store.append(&name, 0, id, &entries).await.unwrap(), 2);
    let length = store.append(&name, 2, AppendId::random(), &[user_entry("c")]).await;
    assert_eq!(length.unwrap(), 3);
    assert_eq!(store.deliver(&name, delivery, message_item("c")).await.unwrap(), 0);
    assert_eq!(store.deliver(&name, AppendId::random(), message_item("d")).await.unwrap(), 1);
}

#[tokio::test]
async fn dropping_the_store_completes_cancelled_appends() {
    let (directory, path) = temporary_path();
    let name = ConversationId::from("a");
    let store = SqliteStore::open(&path).await.unwrap();
    for at in 0..20 {
        let entries = [user_entry("a")];
        let mut append = pin!(store.append(&name, at, AppendId::random(), &entries));
        // The first poll sends the command. Then the append is cancelled.
        let _ = append.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    let file = Connection::open(&path).unwrap();
    let count =
        || -> i64 { file.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap() };
    eventually(|| count() == 20).await;
    drop(file);
    // The last connection removes the write-ahead log when it closes.
    let log = directory.path().join("store.db-wal");
    eventually(|| !log.exists()).await;
}

#[tokio::test]
async fn damaged_entry_is_reported_with_its_position() {
    let (_directory, path) = temporary_path();
    let name = ConversationId::from("ada/porto");
    let store = SqliteStore::open(&path).await.unwrap();
    let [a, b, c, d] = ["a", "b", "c", "d"].map(user_entry);
    store.append(&name, 0, AppendId::random(), &[a.clone(), b.clone()]).await.unwrap();
    store.append(&name, 2, AppendId::random(), &[c, d.clone()]).await.unwrap();
    let file = Connection::open(&path).unwrap();
    let damages = [
        ("UPDATE entries SET entry = '{\"entry\":\"us' WHERE position = 2", "EOF"),
        ("UPDATE entries SET entry = '{\"entry\":\"voted\"}' WHERE position = 2", "voted"),
        ("UPDATE entries SET entry = CAST(x'ff' AS TEXT) WHERE position = 2", "expected value"),
        ("DELETE FROM entries WHERE position = 2", "missing"),
    ];
    for (damage, cause) in damages {
        assert_eq!(file.execute(damage, []).unwrap(), 1);
        for range in [0..9, 2..3, 2..4] {
            // Without later entries, a missing entry looks like the end of the journal.
            if range == (2..3) && cause == "missing" {
                continue;
            }
            let error = store.load(&name, range).await.unwrap_err();
            assert!(matches!(error, StoreError::Unreadable { position: 2, .. }), "{error:?}");
            assert!(error_chain(&error).contains(cause), "{}", error_chain(&error));
        }
        assert_eq!(store.load(&name, 0..2).await.unwrap(), [a.clone(), b.clone()]);
        assert_eq!(store.load(&name, 3..9).await.unwrap(), std::slice::from_ref(&d));
    }
    store.deliver(&name, AppendId::random(), message_item("a")).await.unwrap();
    file.execute("UPDATE inbox SET item = '{}'", []).unwrap();
    let error = store.inbox(&name, 0).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read inbox item 0 of conversation `ada/porto`"), "{error}");
}

#[tokio::test]
async fn failed_append_does_not_affect_others_in_its_transaction() {
    let (_directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN new.entry LIKE '%refused%'
         BEGIN SELECT raise(ABORT, 'refused'); END",
    )
    .unwrap();
    // While the file is locked, the appends queue up. They share the next transaction.
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let last = if n % 3 == 0 { "refused" } else { "kept" };
                let name = ConversationId::from(format!("c{n}"));
                let entries = [user_entry("a"), user_entry(last)];
                let outcome = store.append(&name, 0, AppendId::random(), &entries).await;
                (n, outcome, store.load(&name, 0..9).await.unwrap())
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    file.execute_batch("COMMIT").unwrap();
    for task in tasks {
        let (n, outcome, entries) = task.await.unwrap();
        if n % 3 == 0 {
            assert!(matches!(outcome, Err(StoreError::Failed { .. })), "{outcome:?}");
            assert_eq!(entries, []);
        } else {
            assert_eq!(outcome.unwrap(), 2);
            assert_eq!(entries, [user_entry("a"), user_entry("kept")]);
        }
    }
}

#[tokio::test]
async fn failed_lock_names_its_file_and_blocks_no_later_lock() {
    let (directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let locks = directory.path().join("store.db-holds");
    fs::write(&locks, "a file instead of the directory").unwrap();
    let error = store.lock(&"a".into()).await.unwrap_err();
    assert!(error.to_string().contains("store.db-holds"), "{error}");
    fs::remove_file(locks).unwrap();
    store.lock(&"a".into()).await.unwrap();
}
