//! The database of a store: conformance, opening, reopening, and damage.

use std::sync::Arc;

use callsign_core::memory::MemoryStore;
use callsign_store::PostgresStore;
use callsign_testkit::conformance;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{Store, StoreError};

use super::schema;
use crate::support::{error_chain, message_item, user_entry};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_store_conforms() {
    let Some((url, _)) = schema("postgres_store_conforms").await else { return };
    let one: Arc<dyn Store> = Arc::new(PostgresStore::open(&url).await.unwrap());
    assert!(one.index().is_some());
    conformance::check(one.clone()).await.unwrap();
    let two: Arc<dyn Store> = Arc::new(PostgresStore::open(&url).await.unwrap());
    conformance::identity([&one, &two]).await.unwrap();
    conformance::writers([&one, &two], 1000).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn postgres_store_conforms_on_one_thread_and_connection() {
    let test = "postgres_store_conforms_on_one_thread_and_connection";
    let Some((url, _)) = schema(test).await else { return };
    let store = PostgresStore::builder(&url).connections(1).open().await.unwrap();
    conformance::check(Arc::new(store)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_handles_create_the_store_at_once() {
    let Some((url, client)) = schema("many_handles_create_the_store_at_once").await else { return };
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { PostgresStore::open(&url).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let row = client.query_one("SELECT count(*) FROM callsign_store", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(PostgresStore::open(url).await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_store_conforms_in_two_processes() {
    let test = "postgres::database::postgres_store_conforms_in_two_processes";
    let Some((url, _)) = schema(test).await else { return };
    conformance::processes(test, &url, open).await.unwrap();
}

#[tokio::test]
async fn newer_version_and_foreign_tables_are_refused() {
    let test = "newer_version_and_foreign_tables_are_refused";
    let Some((url, client)) = schema(test).await else { return };
    PostgresStore::open(&url).await.unwrap();
    client.batch_execute("UPDATE callsign_store SET version = 1000").await.unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("written by a newer version of Callsign"), "{error}");
    let foreign = "DROP TABLE callsign_store; CREATE TABLE callsign_store (x integer)";
    client.batch_execute(foreign).await.unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("not those of a store"), "{error}");
}

#[tokio::test]
async fn reopening_keeps_entries_and_ids() {
    let Some((url, _)) = schema("reopening_keeps_entries_and_ids").await else { return };
    let name = ConversationId::from("ada/porto");
    let (id, delivery) = (AppendId::random(), AppendId::random());
    let entries = [user_entry("a"), user_entry("b")];
    let store = PostgresStore::open(&url).await.unwrap();
    store.append(&name, 0, id, &entries).await.unwrap();
    store.deliver(&name, delivery, message_item("c")).await.unwrap();
    drop(store);
    let store = PostgresStore::open(&url).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), entries);
    assert_eq!(store.append(&name, 0, id, &entries).await.unwrap(), 2);
    assert_eq!(store.deliver(&name, delivery, message_item("c")).await.unwrap(), 0);
}

#[tokio::test]
async fn damaged_entries_and_nul_characters_are_reported() {
    let test = "damaged_entries_and_nul_characters_are_reported";
    let Some((url, client)) = schema(test).await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let entries = [user_entry("a"), user_entry("b")];
    store.append(&name, 0, AppendId::random(), &entries).await.unwrap();
    let damage = "UPDATE callsign_entries SET entry = '{\"entry\":\"voted\"}' WHERE position = 1";
    client.batch_execute(damage).await.unwrap();
    let error = store.load(&name, 0..9).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { position: 1, .. }), "{error:?}");
    client.batch_execute("DELETE FROM callsign_entries WHERE position = 0").await.unwrap();
    let error = store.load(&name, 0..9).await.unwrap_err();
    assert!(error_chain(&error).contains("missing"), "{}", error_chain(&error));
    let error = store.load(&"a\0b".into(), 0..9).await.unwrap_err();
    assert!(error.to_string().contains(r#""a\0b" contains a NUL character"#), "{error}");
}

/// The conformance suite does not check positions as large as these.
#[tokio::test]
async fn append_at_a_huge_position_is_a_conflict() {
    let Some((url, _)) = schema("append_at_a_huge_position_is_a_conflict").await else { return };
    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(PostgresStore::open(&url).await.unwrap())];
    let name = ConversationId::from("a");
    for store in stores {
        for at in [1, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
            let outcome = store.append(&name, at, AppendId::random(), &[user_entry("a")]).await;
            match outcome {
                Err(StoreError::Conflict { expected, actual: 0, .. }) if expected == at => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
