//! Other processes: this test's own executable, run again with a path in its environment.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::SqliteStore;
use common::processes::{Other, PLACE, ROUNDS, serve, stands_together};
use common::{place, said};

/// Not a test of its own: what the other process does.
#[tokio::test]
async fn other_process() {
    let Ok(path) = std::env::var(PLACE) else { return };
    serve(Arc::new(SqliteStore::open(path).await.unwrap())).await;
}

#[tokio::test]
async fn another_process_holds() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut other = Other::start(path.to_str().unwrap());
    other.does("hold ada/porto");

    let begun = Instant::now();
    let error = store.hold(&name).await.unwrap_err();
    assert!(matches!(&error, StoreError::Held(held) if *held == name), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    store.hold(&"ada/lisbon".into()).await.unwrap();

    other.does("free all");
    drop(store.hold(&name).await.unwrap());
    other.does("hold ada/porto");
    store.hold(&name).await.unwrap_err();
}

#[tokio::test]
async fn killing_a_process_frees_what_it_held() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut other = Other::start(path.to_str().unwrap());
    other.does("append ada/porto");
    other.does("hold ada/porto");
    store.hold(&name).await.unwrap_err();
    // On Unix this is SIGKILL, which nothing can answer.
    other.0.kill().unwrap();
    other.0.wait().unwrap();
    let _hold = store.hold(&name).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("there")]);
    store.append(&name, 1, AppendId::random(), &[said("here")]).await.unwrap();
}

#[tokio::test]
async fn processes_see_each_others_entries() {
    let (_folder, path) = place();
    let mut other = Other::start(path.to_str().unwrap());
    let store = SqliteStore::open(&path).await.unwrap();
    let name = ConversationId::from("ada/porto");
    other.does("append ada/porto");
    store.append(&name, 1, AppendId::random(), &[said("here")]).await.unwrap();
    other.does("append ada/porto");
    let promised = [said("there"), said("here"), said("there")];
    assert_eq!(store.load(&name, 0..9).await.unwrap(), promised);
}

#[tokio::test]
async fn claims_that_come_and_go_exclude_each_other() {
    let (folder, path) = place();
    let counter = folder.path().join("counter");
    std::fs::write(&counter, "0").unwrap();
    let mut others: Vec<Other> = (0..4).map(|_| Other::start(path.to_str().unwrap())).collect();
    for other in &mut others {
        other.tell(&format!("count {}", counter.display()));
    }
    for other in &mut others {
        other.hear("done");
    }
    assert_eq!(std::fs::read_to_string(&counter).unwrap(), (4 * ROUNDS).to_string());
}

#[tokio::test]
async fn what_processes_write_under_a_claim_stands_together() {
    let (_folder, path) = place();
    let mut others: Vec<Other> = (0..5).map(|_| Other::start(path.to_str().unwrap())).collect();
    for other in &mut others {
        other.tell("write ada/porto");
    }
    for other in &mut others {
        other.hear("done");
    }
    let store = SqliteStore::open(&path).await.unwrap();
    stands_together(&store, 5).await;
}
