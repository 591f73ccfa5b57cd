//! What the file does: it is shared, it outlives its handles, and its damage is named.

#![allow(clippy::panic, reason = "all of this is a test")]

mod common;

use std::fs;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;
use common::{chain, item, place, said};
use rusqlite::Connection;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_see_each_other() {
    let (folder, path) = place();
    let here = SqliteStore::open(&path).await.unwrap();
    let there = SqliteStore::open(folder.path().join("../").join(&path)).await.unwrap();
    assert_eq!(here.identity(), there.identity());
    let elsewhere = SqliteStore::open(folder.path().join("other.db")).await.unwrap();
    assert_ne!(here.identity(), elsewhere.identity());
    let name = ConversationId::from("ada/porto");
    here.append(&name, 0, AppendId::random(), &[said("a")]).await.unwrap();
    there.append(&name, 1, AppendId::random(), &[said("b")]).await.unwrap();
    there.deliver(&name, AppendId::random(), item("c")).await.unwrap();
    assert_eq!(here.load(&name, 0..9).await.unwrap(), [said("a"), said("b")]);
    assert_eq!(here.inbox(&name, 0).await.unwrap(), [item("c")]);

    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = if n % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move {
                let name = ConversationId::random();
                store.append(&name, 0, AppendId::random(), &[said("a")]).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
}

#[tokio::test]
async fn two_handles_take_turns() {
    let (_folder, path) = place();
    let here = SqliteStore::open(&path).await.unwrap();
    let there = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let hold = here.hold(&name).await.unwrap();
    let waiting = tokio::spawn(async move { there.hold(&"ada/porto".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    drop(hold);
    drop(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn a_claim_outlives_its_store() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let hold = store.hold(&"a".into()).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    let waiting = tokio::spawn(async move { store.hold(&"a".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished(), "{:?}", waiting.await);
    drop(hold);
    drop(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn a_lock_file_exists_while_it_is_held() {
    let (folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let hold = store.hold(&"foobar".into()).await.unwrap();
    let file = folder.path().join("store.db-holds").join("85944171f73967e8.lock");
    assert!(file.is_file());
    drop(hold);
    assert_eq!(file.exists(), cfg!(not(unix)));
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let (_folder, path) = place();
    let name = ConversationId::from("ada/porto");
    let (id, delivery) = (AppendId::random(), AppendId::random());
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(&name, 0, id, &[said("a"), said("b")]).await.unwrap();
    store.deliver(&name, delivery, item("c")).await.unwrap();
    drop(store);

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("a"), said("b")]);
    assert_eq!(store.append(&name, 0, id, &[said("a"), said("b")]).await.unwrap(), 2);
    assert_eq!(store.append(&name, 2, AppendId::random(), &[said("c")]).await.unwrap(), 3);
    assert_eq!(store.deliver(&name, delivery, item("c")).await.unwrap(), 0);
    assert_eq!(store.deliver(&name, AppendId::random(), item("d")).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_sent_is_done_and_then_the_thread_ends() {
    let (folder, path) = place();
    let name = ConversationId::from("a");
    let store = SqliteStore::open(&path).await.unwrap();
    for at in 0..20 {
        let entries = [said("a")];
        let mut append = pin!(store.append(&name, at, AppendId::random(), &entries));
        // Polled once, and then dropped.
        let _ = append.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    let file = Connection::open(&path).unwrap();
    let kept =
        || -> i64 { file.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap() };
    eventually(|| kept() == 20).await;
    drop(file);
    // The last connection takes the log away when it closes.
    let log = folder.path().join("store.db-wal");
    eventually(|| !log.exists()).await;
}

async fn eventually(mut so: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not come");
}

#[tokio::test]
async fn a_damaged_entry_is_named() {
    let (_folder, path) = place();
    let name = ConversationId::from("ada/porto");
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(&name, 0, AppendId::random(), &[said("a"), said("b")]).await.unwrap();
    store.append(&name, 2, AppendId::random(), &[said("c"), said("d")]).await.unwrap();
    let file = Connection::open(&path).unwrap();
    let damages = [
        ("UPDATE entries SET entry = '{\"entry\":\"us' WHERE position = 2", "EOF"),
        ("UPDATE entries SET entry = '{\"entry\":\"voted\"}' WHERE position = 2", "voted"),
        ("UPDATE entries SET entry = CAST(x'ff' AS TEXT) WHERE position = 2", "expected value"),
        ("DELETE FROM entries WHERE position = 2", "not there"),
    ];
    for (damage, cause) in damages {
        assert_eq!(file.execute(damage, []).unwrap(), 1);
        for range in [0..9, 2..3, 2..4] {
            if range == (2..3) && cause == "not there" {
                continue;
            }
            let error = store.load(&name, range).await.unwrap_err();
            assert!(matches!(error, StoreError::Unreadable { position: 2, .. }), "{error:?}");
            assert!(chain(&error).contains(cause), "{}", chain(&error));
        }
        assert_eq!(store.load(&name, 0..2).await.unwrap(), [said("a"), said("b")]);
        assert_eq!(store.load(&name, 3..9).await.unwrap(), [said("d")]);
    }
    store.deliver(&name, AppendId::random(), item("a")).await.unwrap();
    file.execute("UPDATE inbox SET item = '{}'", []).unwrap();
    let error = store.inbox(&name, 0).await.unwrap_err();
    assert!(error.to_string().starts_with("item 0 in the inbox of conversation `ada/porto`"));
}

#[tokio::test]
async fn one_that_fails_in_a_group_hurts_no_other() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN new.entry LIKE '%refused%'
         BEGIN SELECT raise(ABORT, 'refused'); END",
    )
    .unwrap();
    // Kept busy, so that all that follows waits and shares the next transaction.
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let last = if n % 3 == 0 { "refused" } else { "kept" };
                let name = ConversationId::from(format!("c{n}"));
                let outcome =
                    store.append(&name, 0, AppendId::random(), &[said("a"), said(last)]).await;
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
            assert_eq!(entries, [said("a"), said("kept")]);
        }
    }
}

#[tokio::test]
async fn a_lock_that_cannot_be_made_is_named() {
    let (folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    fs::write(folder.path().join("store.db-holds"), "in the way").unwrap();
    let error = store.hold(&"a".into()).await.unwrap_err();
    assert!(error.to_string().contains("store.db-holds"), "{error}");
    // Nobody is left waiting for the one who failed.
    fs::remove_file(folder.path().join("store.db-holds")).unwrap();
    store.hold(&"a".into()).await.unwrap();
}
