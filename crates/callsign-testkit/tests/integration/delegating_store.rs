//! The delegating store: forwarding, and hooks that observe, delay and fail operations.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_testkit::DelegatingStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{InboxItem, Store, StoreError};
use tokio::time::{Instant, timeout};

fn entry(text: &str) -> Entry {
    Entry::User { message: text.into() }
}

fn item(text: &str) -> InboxItem {
    InboxItem::Message { message: text.into() }
}

fn failed(message: &str) -> StoreError {
    StoreError::Failed { message: message.to_owned(), source: None }
}

/// A log of operations, which hooks write.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, operation: String) {
        self.0.lock().unwrap().push(operation);
    }
}

#[tokio::test]
async fn every_method_is_forwarded_without_hooks() {
    let memory = MemoryStore::new();
    let store = DelegatingStore::new(memory.clone());
    assert_eq!(store.identity(), memory.identity());
    assert_eq!(store.appends_immediately(), memory.appends_immediately());
    let name = ConversationId::from("c");
    let lock = store.lock(&name).await.unwrap();
    let waiting = timeout(Duration::from_millis(20), memory.lock(&name)).await;
    assert!(waiting.is_err(), "the inner store is not locked");
    drop(lock);
    let entries = [entry("a"), entry("b")];
    assert_eq!(store.append(&name, 0, AppendId::random(), &entries).await.unwrap(), 2);
    assert_eq!(store.load(&name, 1..9).await.unwrap(), [entry("b")]);
    assert_eq!(store.deliver(&name, AppendId::random(), item("c")).await.unwrap(), 0);
    assert_eq!(store.inbox(&name, 0).await.unwrap(), [item("c")]);
    assert_eq!(memory.load(&name, 0..9).await.unwrap(), entries);
    store.index().unwrap().delete(&name).await.unwrap();
    assert_eq!(memory.load(&name, 0..9).await.unwrap(), []);
    assert!(store.without_index().index().is_none());
}

#[tokio::test]
async fn hooks_observe_operations_and_their_numbers() {
    let log = Log::default();
    let logs: [Log; 5] = std::array::from_fn(|_| log.clone());
    let [locks, appends, loads, deliveries, inboxes] = logs;
    let store = DelegatingStore::new(MemoryStore::new())
        .on_lock(move |lock| {
            locks.add(format!("lock {} {}", lock.number, lock.conversation));
            async move { lock.forward().await }
        })
        .on_append(move |append| {
            let (number, entries) = (append.number, append.entries.len());
            appends.add(format!("append {number} {} {} {entries}", append.conversation, append.at));
            async move { append.forward().await }
        })
        .on_load(move |load| {
            loads.add(format!("load {} {} {:?}", load.number, load.conversation, load.range));
            async move { load.forward().await }
        })
        .on_deliver(move |delivery| {
            deliveries.add(format!("deliver {} {:?}", delivery.number, delivery.item));
            async move { delivery.forward().await }
        })
        .on_inbox(move |inbox| {
            inboxes.add(format!("inbox {} {}", inbox.number, inbox.from));
            async move { inbox.forward().await }
        });
    let name = ConversationId::from("c");
    drop(store.lock(&name).await.unwrap());
    store.append(&name, 0, AppendId::random(), &[entry("a"), entry("b")]).await.unwrap();
    // Clones share the counters.
    store.clone().append(&name, 2, AppendId::random(), &[entry("c")]).await.unwrap();
    assert_eq!(store.load(&name, 0..2).await.unwrap(), [entry("a"), entry("b")]);
    store.deliver(&name, AppendId::random(), item("d")).await.unwrap();
    assert_eq!(store.inbox(&name, 0).await.unwrap(), [item("d")]);
    let expected = [
        "lock 1 c".to_owned(),
        "append 1 c 0 2".to_owned(),
        "append 2 c 2 1".to_owned(),
        "load 1 c 0..2".to_owned(),
        format!("deliver 1 {:?}", item("d")),
        "inbox 1 0".to_owned(),
    ];
    assert_eq!(*log.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn append_hook_fails_before_or_after_the_inner_store() {
    let memory = MemoryStore::new();
    let store = DelegatingStore::new(memory.clone()).on_append(|append| async move {
        if append.number == 1 {
            return Err(failed("disk full"));
        }
        append.forward().await?;
        Err(failed("acknowledgement lost"))
    });
    let (name, id) = (ConversationId::from("c"), AppendId::random());
    let error = store.append(&name, 0, id, &[entry("a")]).await.unwrap_err();
    assert_eq!(error.to_string(), "disk full");
    assert_eq!(memory.load(&name, 0..9).await.unwrap(), []);
    let error = store.append(&name, 0, id, &[entry("a")]).await.unwrap_err();
    assert_eq!(error.to_string(), "acknowledgement lost");
    assert_eq!(memory.load(&name, 0..9).await.unwrap(), [entry("a")]);
}

#[tokio::test(start_paused = true)]
async fn hooks_delay_operations() {
    let wait = Duration::from_secs(5);
    let store = DelegatingStore::new(MemoryStore::new()).on_load(move |load| async move {
        tokio::time::sleep(wait).await;
        load.forward().await
    });
    let started = Instant::now();
    store.load(&"c".into(), 0..9).await.unwrap();
    assert_eq!(started.elapsed(), wait);
}

#[tokio::test]
async fn later_hook_replaces_an_earlier_one() {
    let store = DelegatingStore::new(MemoryStore::new())
        .on_inbox(|_| async { Err(failed("first")) })
        .on_inbox(|_| async { Err(failed("second")) });
    let error = store.inbox(&"c".into(), 0).await.unwrap_err();
    assert_eq!(error.to_string(), "second");
}
