//! The conformance suite, on stores that conform and on stores that do not.
//!
//! The tests on PostgreSQL are in `postgres/`, because they need a server.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::memory::MemoryStore;
use callsign_testkit::{DelegatingStore, conformance};
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};

/// The number of rounds of the two writers.
const ROUNDS: u64 = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_store_conforms() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    assert!(store.index().is_some());
    conformance::check(store.clone()).await.unwrap();
    conformance::writers([&store, &store], ROUNDS).await.unwrap();
}

#[tokio::test]
async fn store_without_index_conforms() {
    let store = DelegatingStore::new(MemoryStore::new()).without_index();
    conformance::check(Arc::new(store)).await.unwrap();
}

/// Returns the requirement that a wrapper of the store in memory violates.
async fn violation(wrap: impl FnOnce(DelegatingStore) -> DelegatingStore) -> String {
    let store = wrap(DelegatingStore::new(MemoryStore::new()));
    conformance::check(Arc::new(store)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn violations_are_reported() {
    let forgets_ids = violation(|store| {
        store.on_append(|mut append| {
            append.id = AppendId::random();
            async move { append.forward().await }
        })
    });
    let forgets_ids = forgets_ids.await;
    assert_eq!(forgets_ids, "an operation failed that must succeed");

    let drops_entries = violation(|store| {
        store.on_append(|mut append| {
            append.entries.truncate(1);
            async move { append.forward().await }
        })
    });
    let drops_entries = drops_entries.await;
    assert!(drops_entries.starts_with("`append` returns the new length"), "{drops_entries}");

    let ignores_start = violation(|store| {
        store.on_inbox(|mut inbox| {
            inbox.from = 0;
            async move { inbox.forward().await }
        })
    });
    let ignores_start = ignores_start.await;
    assert!(ignores_start.starts_with("`inbox` returns the items at `from`"), "{ignores_start}");

    let never_waits =
        violation(|store| store.on_lock(|_| async { Ok(ConversationLock::new(())) })).await;
    assert_eq!(never_waits, "`lock` waits while the conversation is locked");
}

/// Returns at most 255 bytes of a name, as a store with one file per conversation might.
fn shorten(name: &ConversationId) -> ConversationId {
    let end =
        (0..=name.as_str().len().min(255)).rev().find(|at| name.as_str().is_char_boundary(*at));
    name.as_str()[..end.unwrap()].into()
}

#[tokio::test]
async fn truncated_names_are_a_violation() {
    let requirement = "conversation names are compared byte by byte, however long they are";
    let journals = violation(|store| {
        store
            .on_append(|mut append| {
                append.conversation = shorten(&append.conversation);
                async move { append.forward().await }
            })
            .on_load(|mut load| {
                load.conversation = shorten(&load.conversation);
                async move { load.forward().await }
            })
    });
    let journals = journals.await;
    // The second append finds the entry of the first.
    assert!(journals.starts_with(requirement), "{journals}");

    let inboxes = violation(|store| {
        store
            .on_deliver(|mut delivery| {
                delivery.conversation = shorten(&delivery.conversation);
                async move { delivery.forward().await }
            })
            .on_inbox(|mut inbox| {
                inbox.conversation = shorten(&inbox.conversation);
                async move { inbox.forward().await }
            })
    });
    let inboxes = inboxes.await;
    assert!(inboxes.starts_with(requirement), "{inboxes}");

    let locks = violation(|store| {
        store.on_lock(|mut lock| {
            lock.conversation = shorten(&lock.conversation);
            async move { lock.forward().await }
        })
    });
    let locks = locks.await;
    assert!(locks.starts_with("locks of long names are independent"), "{locks}");
}

/// A store with another identity.
struct WithIdentity<F>(MemoryStore, F);

#[async_trait]
impl<F: Fn() -> String + Send + Sync + 'static> Store for WithIdentity<F> {
    async fn lock(&self, conversation: &ConversationId) -> Result<ConversationLock, StoreError> {
        self.0.lock(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        self.0.append(conversation, at, id, entries).await
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.0.load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.0.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.0.inbox(conversation, from).await
    }

    fn identity(&self) -> String {
        (self.1)()
    }
}

fn with_identity(identity: impl Fn() -> String + Send + Sync + 'static) -> Arc<dyn Store> {
    Arc::new(WithIdentity(MemoryStore::new(), identity))
}

#[tokio::test]
async fn identity_must_be_stable_and_not_empty() {
    let empty = conformance::check(with_identity(String::new)).await.unwrap_err();
    assert_eq!(empty.to_string(), "`identity` is not empty");
    let unstable = with_identity(|| ConversationId::random().to_string());
    let unstable = conformance::check(unstable).await.unwrap_err();
    assert!(unstable.to_string().starts_with("`identity` stays the same"), "{unstable}");
    conformance::check(with_identity(|| "mine".to_owned())).await.unwrap();
}

#[tokio::test]
async fn identity_must_tell_stores_apart() {
    let (one, two) = (with_identity(|| "same".to_owned()), with_identity(|| "same".to_owned()));
    let violation = conformance::identity([&one, &two]).await.unwrap_err();
    let requirement = "handles to other conversations have another `identity`";
    assert!(violation.to_string().starts_with(requirement), "{violation}");

    let one: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let two: Arc<dyn Store> = Arc::new(MemoryStore::new());
    conformance::identity([&one, &two]).await.unwrap();
    let shared = one.clone();
    conformance::identity([&one, &shared]).await.unwrap();

    let store = MemoryStore::new();
    let one: Arc<dyn Store> = Arc::new(WithIdentity(store.clone(), || "one".to_owned()));
    let two: Arc<dyn Store> = Arc::new(WithIdentity(store, || "two".to_owned()));
    let violation = conformance::identity([&one, &two]).await.unwrap_err();
    let requirement = "handles to the same conversations have the same `identity`";
    assert!(violation.to_string().starts_with(requirement), "{violation}");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use callsign_store::SqliteStore;

    use super::*;
    use crate::support::temporary_path;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn sqlite_store_conforms() {
        let (_directory, path) = temporary_path();
        let store = SqliteStore::open(path).await.unwrap();
        assert!(store.index().is_some());
        conformance::check(Arc::new(store)).await.unwrap();
    }

    #[tokio::test(flavor = "current_thread")]
    async fn sqlite_store_conforms_on_one_thread() {
        let (_directory, path) = temporary_path();
        let store = SqliteStore::open(path).await.unwrap();
        conformance::check(Arc::new(store)).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn writers_on_two_handles_conform() {
        let (_directory, path) = temporary_path();
        let one: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        let two: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        conformance::identity([&one, &two]).await.unwrap();
        conformance::writers([&one, &two], ROUNDS).await.unwrap();
    }

    #[tokio::test]
    async fn files_have_different_identities() {
        let (directory, path) = temporary_path();
        let one: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        let other = directory.path().join("other.db");
        let other: Arc<dyn Store> = Arc::new(SqliteStore::open(&other).await.unwrap());
        conformance::identity([&one, &other]).await.unwrap();
    }

    async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(SqliteStore::open(address).await?))
    }

    #[tokio::test]
    async fn sqlite_store_conforms_in_two_processes() {
        let (_directory, path) = temporary_path();
        let test = "conformance::sqlite::sqlite_store_conforms_in_two_processes";
        conformance::processes(test, path.to_str().unwrap(), open).await.unwrap();
    }

    /// Locks that other processes do not see.
    async fn open_without_locks(address: &str) -> Result<Arc<dyn Store>, StoreError> {
        let store = DelegatingStore::new(SqliteStore::open(address).await?);
        let store = store.on_lock(|_| async { Ok(ConversationLock::new(())) });
        Ok(Arc::new(store))
    }

    #[tokio::test]
    async fn lock_within_one_process_is_a_violation() {
        let (_directory, path) = temporary_path();
        let test = "conformance::sqlite::lock_within_one_process_is_a_violation";
        let outcome =
            conformance::processes(test, path.to_str().unwrap(), open_without_locks).await;
        let violation = outcome.unwrap_err().to_string();
        assert!(violation.starts_with("`lock` fails at once if another process"), "{violation}");
    }
}

async fn open_memory(_: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(MemoryStore::new()))
}

#[tokio::test]
async fn store_of_one_process_is_a_violation() {
    let test = "conformance::store_of_one_process_is_a_violation";
    let violation = conformance::processes(test, "", open_memory).await.unwrap_err().to_string();
    assert!(
        violation.starts_with("an append at an old length fails in any process"),
        "{violation}"
    );
}

#[tokio::test]
async fn wrong_test_name_is_reported() {
    let outcome = conformance::processes("no_such_test", "", open_memory).await;
    let violation = outcome.unwrap_err().to_string();
    assert!(violation.contains("`test` must be the full name"), "{violation}");
}
