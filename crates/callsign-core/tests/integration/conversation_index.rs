//! The conversation index: listing, labels, renaming and deletion.

use std::time::Duration;

use callsign_core::agent::agent::Agent;
use callsign_core::agent::conversations::Conversations;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{DelegatingStore, ScriptedModel, ScriptedReply};
use callsign_types::error::ErrorKind;
use callsign_types::id::JournalKey;
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::Cursor;
use callsign_types::traits::store::Store;

/// Returns an agent whose model answers `answers` times.
fn agent(store: impl Store, answers: usize) -> Agent {
    let model = ScriptedModel::new((0..answers).map(|_| ScriptedReply::text("Yes.")));
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
async fn list_is_filtered_ordered_and_paged() {
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
async fn invalid_labels_are_rejected() {
    let agent = agent(MemoryStore::new(), 1);
    let chat = agent.conversation("ada/porto");
    assert!(chat.set_labels(["open"]).await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    let many: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    for (labels, expected) in [
        (vec!["open".to_owned(), String::new()], "a label is empty"),
        (vec!["x".repeat(201)], "201 bytes"),
        (many, "65 labels are too many"),
    ] {
        let error = chat.set_labels(labels).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn rename_keeps_the_journal_inbox_and_keys() {
    let store = MemoryStore::new();
    let agent = agent(store.clone(), 4);
    let chat = agent.conversation("ada/porto");
    assert!(chat.rename("ada/lisbon").await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    agent.conversation("taken").send("Hello?").await.unwrap();
    chat.enqueue("And this.").await.unwrap();
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
    renamed.send("Continue.").await.unwrap();
    let messages = format!("{:?}", renamed.messages().await.unwrap());
    assert!(messages.contains("Hello?") && messages.contains("And this."), "{messages}");

    assert!(chat.messages().await.unwrap().is_empty());
    chat.send("Anew.").await.unwrap();
    assert_ne!(key(&store, "ada/porto").await, before);
}

#[tokio::test]
async fn concurrent_renames_do_not_deadlock() {
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
async fn delete_waits_for_the_lock_and_frees_the_id() {
    let store = MemoryStore::new();
    let agent = agent(store.clone(), 2);
    let chat = agent.conversation("ada/porto");
    assert!(chat.delete().await.unwrap_err().is_not_found());
    chat.send("Hello?").await.unwrap();
    let before = key(&store, "ada/porto").await;

    // It waits for the writer that has locked the conversation.
    let lock = store.lock(chat.id()).await.unwrap();
    let deleting = tokio::spawn({
        let chat = chat.clone();
        async move { chat.delete().await }
    });
    tokio::task::yield_now().await;
    assert!(!deleting.is_finished());
    assert!(!chat.messages().await.unwrap().is_empty());
    drop(lock);
    deleting.await.unwrap().unwrap();

    assert!(chat.messages().await.unwrap().is_empty());
    assert_eq!(names(agent.conversations()).await, "");
    chat.send("Hello?").await.unwrap();
    assert_ne!(key(&store, "ada/porto").await, before, "its calls have other keys");
}

#[tokio::test]
async fn store_without_an_index_returns_a_configuration_error() {
    let agent = agent(DelegatingStore::new(MemoryStore::new()).without_index(), 0);
    let error = agent.conversations().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("no conversation index"), "{error}");
    agent.conversation("a").delete().await.unwrap_err();
}
