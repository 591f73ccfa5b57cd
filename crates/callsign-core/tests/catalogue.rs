//! The conversations of a store: listed, labelled, renamed and deleted through an agent.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::conversations::Conversations;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::catalogue::Cursor;
use callsign_core::traits::store::Store;
use callsign_core::words::error::ErrorKind;
use callsign_core::words::id::JournalKey;
use callsign_testkit::{Scripted, ScriptedModel};
use common::slow_store::SlowStore;

/// An agent that answers so many times.
fn agent(store: impl Store, answers: usize) -> Agent {
    let model = ScriptedModel::new((0..answers).map(|_| Scripted::text("Yes.")));
    Agent::builder(model).store(store).build().unwrap()
}

async fn names(list: Conversations) -> String {
    let page = list.await.unwrap();
    let names: Vec<_> = page.conversations.iter().map(|found| found.id.to_string()).collect();
    names.join(" ")
}

async fn key(store: &MemoryStore, name: &str) -> JournalKey {
    let entries = store.load(&name.into(), 0..1).await.unwrap();
    let [Entry::Created { key, .. }] = &entries[..] else { panic!("{entries:?}") };
    key.clone()
}

#[tokio::test]
async fn a_list() {
    let agent = agent(MemoryStore::new(), 4);
    for name in ["ada/porto", "ada/lisbon", "bob/faro", "ada/faro"] {
        agent.conversation(name).send("Hello?").await.unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    agent.conversation("ada/porto").set_labels(["open", "tenant=acme"]).await.unwrap();
    agent.conversation("bob/faro").set_labels(["open"]).await.unwrap();

    let all = agent.conversations();
    assert_eq!(names(all.clone()).await, "ada/faro ada/lisbon ada/porto bob/faro");
    assert_eq!(
        names(all.clone().prefix("ada/").newest_first()).await,
        "ada/faro ada/lisbon ada/porto"
    );
    assert_eq!(names(all.clone().label("open")).await, "ada/porto bob/faro");
    assert_eq!(names(all.clone().label("open").label("tenant=acme")).await, "ada/porto");
    let first = all.clone().limit(3).await.unwrap();
    let faro = &first.conversations[0];
    assert_eq!(names(all.clone().changed_since(faro.changed())).await, "ada/faro");
    assert_eq!(
        names(all.clone().created_before(first.conversations[1].created())).await,
        "ada/porto"
    );
    let next: Cursor = first.next.unwrap().to_string().parse().unwrap();
    assert_eq!(names(all.limit(3).after(next)).await, "bob/faro");
    "next page".parse::<Cursor>().unwrap_err();
}

#[tokio::test]
async fn labels_are_checked() {
    let agent = agent(MemoryStore::new(), 1);
    let chat = agent.conversation("ada/porto");
    assert!(chat.set_labels(["open"]).await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    let many: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    for (labels, says) in [
        (vec!["open".to_owned(), String::new()], "a label is empty"),
        (vec!["x".repeat(201)], "201 bytes"),
        (many, "65 labels are too many"),
    ] {
        let error = chat.set_labels(labels).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn another_name() {
    let store = MemoryStore::new();
    let agent = agent(store.clone(), 4);
    let chat = agent.conversation("ada/porto");
    assert!(chat.rename("ada/lisbon").await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    agent.conversation("taken").send("Hello?").await.unwrap();
    chat.deliver("And this.").await.unwrap();
    let before = key(&store, "ada/porto").await;

    for taken in ["taken", "ada/porto"] {
        let error = chat.rename(taken).await.unwrap_err();
        assert!(error.already_exists(), "{error}");
        assert!(error.to_string().contains(taken), "{error}");
    }
    assert_eq!(chat.rename("").await.unwrap_err().kind(), ErrorKind::Configuration);
    let renamed = chat.rename("ada/lisbon").await.unwrap();
    assert_eq!(renamed.id().as_str(), "ada/lisbon");
    assert_eq!(key(&store, "ada/lisbon").await, before, "its calls keep their idempotency keys");
    renamed.send("Go on.").await.unwrap();
    let said = format!("{:?}", renamed.messages().await.unwrap());
    assert!(said.contains("Hello?") && said.contains("And this."), "{said}");

    assert!(chat.messages().await.unwrap().is_empty());
    chat.send("Anew.").await.unwrap();
    assert_ne!(key(&store, "ada/porto").await, before);
}

#[tokio::test]
async fn two_who_rename_each_to_the_others_name() {
    let agent = agent(MemoryStore::new(), 2);
    let (a, b) = (agent.conversation("a"), agent.conversation("b"));
    a.send("Hello?").await.unwrap();
    b.send("Hello?").await.unwrap();
    for _ in 0..50 {
        let (one, other) = tokio::join!(a.rename("b"), b.rename("a"));
        assert!(one.unwrap_err().already_exists() && other.unwrap_err().already_exists());
    }
}

#[tokio::test]
async fn a_deleted_one_begins_anew() {
    let store = MemoryStore::new();
    let agent = agent(store.clone(), 2);
    let chat = agent.conversation("ada/porto");
    assert!(chat.delete().await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    let before = key(&store, "ada/porto").await;

    // Whoever writes to it is waited for.
    let hold = store.hold(chat.id()).await.unwrap();
    let deleting = tokio::spawn({
        let chat = chat.clone();
        async move { chat.delete().await }
    });
    tokio::task::yield_now().await;
    assert!(!deleting.is_finished());
    assert!(!chat.messages().await.unwrap().is_empty());
    drop(hold);
    deleting.await.unwrap().unwrap();

    assert!(chat.messages().await.unwrap().is_empty());
    assert_eq!(names(agent.conversations()).await, "");
    chat.send("Hello?").await.unwrap();
    assert_ne!(key(&store, "ada/porto").await, before, "its calls have keys of their own");
}

#[tokio::test]
async fn a_store_without_a_list() {
    let agent = agent(SlowStore::default(), 0);
    let error = agent.conversations().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("keeps no list"), "{error}");
    agent.conversation("a").delete().await.unwrap_err();
}
