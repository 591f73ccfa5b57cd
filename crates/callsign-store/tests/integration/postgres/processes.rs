//! Several processes that share a database, and their locks.

use std::time::Duration;

use callsign_store::PostgresStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{Store, StoreError};

use super::{schema, terminate_connections};
use crate::support::child_process::{ChildProcess, assert_consecutive_pairs, lock_eventually};
use crate::support::user_entry;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lock_lost_with_its_connection_causes_a_conflict() {
    let test = "lock_lost_with_its_connection_causes_a_conflict";
    let Some((url, client)) = schema(test).await else { return };
    let mut child = ChildProcess::start(&url);
    child.run("lock ada/porto");
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let error = store.lock(&name).await.unwrap_err();
    assert!(matches!(&error, StoreError::Locked(locked) if *locked == name), "{error:?}");
    drop(store.lock(&"ada/lisbon".into()).await.unwrap());

    terminate_connections(&client).await;
    let lock = lock_eventually(&store, &name).await;
    store.append(&name, 0, AppendId::random(), &[user_entry("from here")]).await.unwrap();
    child.run("conflict ada/porto");
    child.run("unlock all");
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [user_entry("from here")]);
    drop(lock);
    child.run("lock ada/porto");
    store.lock(&name).await.unwrap_err();
}

#[tokio::test]
async fn killing_a_process_frees_its_locks() {
    let Some((url, _)) = schema("killing_a_process_frees_its_locks").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut child = ChildProcess::start(&url);
    child.run("append ada/porto");
    child.run("lock ada/porto");
    store.lock(&name).await.unwrap_err();
    child.kill();
    let _lock = store.lock(&name).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [user_entry("from the child")]);
    store.append(&name, 1, AppendId::random(), &[user_entry("from here")]).await.unwrap();
}

#[tokio::test]
async fn entries_of_processes_under_a_lock_are_consecutive() {
    let test = "entries_of_processes_under_a_lock_are_consecutive";
    let Some((url, _)) = schema(test).await else { return };
    let mut children: Vec<ChildProcess> = (0..5).map(|_| ChildProcess::start(&url)).collect();
    for child in &mut children {
        child.send("write ada/porto");
    }
    for child in &mut children {
        child.wait_until_done();
    }
    assert_consecutive_pairs(&PostgresStore::open(&url).await.unwrap(), 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelled_lock_request_leaves_no_lock() {
    let Some((url, _)) = schema("cancelled_lock_request_leaves_no_lock").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let mut child = ChildProcess::start(&url);
    for round in 0..40 {
        let name = ConversationId::random();
        // The request is cancelled at a different point in each round.
        let limit = Duration::from_micros(round * 25);
        let _ = tokio::time::timeout(limit, store.lock(&name)).await;
        // The child process would end if the conversation were locked.
        child.run(&format!("lock {name}"));
    }
}

#[tokio::test]
async fn lock_outlives_its_store() {
    let Some((url, _)) = schema("lock_outlives_its_store").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let lock = store.lock(&"a".into()).await.unwrap();
    drop(store);
    let store = PostgresStore::open(&url).await.unwrap();
    let waiting = tokio::spawn(async move { store.lock(&"a".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    drop(lock);
    drop(waiting.await.unwrap().unwrap());
}
