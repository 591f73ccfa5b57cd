//! Several processes that share a file.

use callsign_store::SqliteStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{Store, StoreError};

use crate::support::child_process::{ChildProcess, ROUNDS, assert_consecutive_pairs};
use crate::support::{temporary_path, user_entry};

#[tokio::test]
async fn lock_of_another_process_fails_without_waiting() {
    let (_directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut child = ChildProcess::start(path.to_str().unwrap());
    child.run("lock ada/porto");

    // The child keeps the lock: a wait for it would not end.
    let error = store.lock(&name).await.unwrap_err();
    assert!(matches!(&error, StoreError::Locked(locked) if *locked == name), "{error:?}");
    store.lock(&"ada/lisbon".into()).await.unwrap();

    child.run("unlock all");
    drop(store.lock(&name).await.unwrap());
    child.run("lock ada/porto");
    store.lock(&name).await.unwrap_err();
}

#[tokio::test]
async fn killing_a_process_frees_its_locks() {
    let (_directory, path) = temporary_path();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut child = ChildProcess::start(path.to_str().unwrap());
    child.run("append ada/porto");
    child.run("lock ada/porto");
    store.lock(&name).await.unwrap_err();
    child.kill();
    let _lock = store.lock(&name).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [user_entry("from the child")]);
    store.append(&name, 1, AppendId::random(), &[user_entry("from here")]).await.unwrap();
}

#[tokio::test]
async fn processes_see_the_entries_of_each_other() {
    let (_directory, path) = temporary_path();
    let mut child = ChildProcess::start(path.to_str().unwrap());
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    child.run("append ada/porto");
    store.append(&name, 1, AppendId::random(), &[user_entry("from here")]).await.unwrap();
    child.run("append ada/porto");
    let expected = ["from the child", "from here", "from the child"].map(user_entry);
    assert_eq!(store.load(&name, 0..9).await.unwrap(), expected);
}

#[tokio::test]
async fn locks_of_processes_are_mutually_exclusive() {
    let (directory, path) = temporary_path();
    let counter = directory.path().join("counter");
    std::fs::write(&counter, "0").unwrap();
    let mut children: Vec<ChildProcess> =
        (0..4).map(|_| ChildProcess::start(path.to_str().unwrap())).collect();
    for child in &mut children {
        child.send(&format!("count {}", counter.display()));
    }
    for child in &mut children {
        child.wait_until_done();
    }
    assert_eq!(std::fs::read_to_string(&counter).unwrap(), (4 * ROUNDS).to_string());
}

#[tokio::test]
async fn entries_of_processes_under_a_lock_are_consecutive() {
    let (_directory, path) = temporary_path();
    let mut children: Vec<ChildProcess> =
        (0..5).map(|_| ChildProcess::start(path.to_str().unwrap())).collect();
    for child in &mut children {
        child.send("write ada/porto");
    }
    for child in &mut children {
        child.wait_until_done();
    }
    let store = SqliteStore::open(&path).await.unwrap();
    assert_consecutive_pairs(&store, 5).await;
}
