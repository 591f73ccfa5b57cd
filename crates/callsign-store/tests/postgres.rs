//! The store in PostgreSQL. It needs a server: `tests/postgres.sh` starts one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "all of this is a test, which says what it skips"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::{Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};
use callsign_store::{PostgresStore, conformance};
use common::processes::{Other, PLACE, held, serve, stands_together};
use common::{chain, item, said};
use tokio_postgres::{Client, NoTls};

/// The URL of a schema of this test's own, and somebody who looks after the server; `None`
/// where there is no server.
async fn place(test: &str) -> Option<(String, Client)> {
    let Ok(url) = std::env::var("CALLSIGN_POSTGRES") else {
        eprintln!("skipped: {test}: there is no server; run tests/postgres.sh");
        return None;
    };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let schema = format!("s{}", ConversationId::random());
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let options = format!("?application_name={schema}&options=-csearch_path%3D{schema}");
    client.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    Some((url + &options, client))
}

/// Ends the connections of all who opened the schema of this client.
const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = current_schema()";

/// Not a test of its own: what the other process does.
#[tokio::test]
async fn other_process() {
    let Ok(url) = std::env::var(PLACE) else { return };
    serve(Arc::new(PostgresStore::open(&url).await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_keeps_the_promises() {
    let Some((url, _)) = place("it_keeps_the_promises").await else { return };
    let here: Arc<dyn Store> = Arc::new(PostgresStore::open(&url).await.unwrap());
    assert!(here.catalogue().is_some());
    conformance::check(here.clone()).await.unwrap();
    let there: Arc<dyn Store> = Arc::new(PostgresStore::open(&url).await.unwrap());
    conformance::writers([&here, &there], 1000).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn it_keeps_the_promises_on_one_thread_and_connection() {
    let name = "it_keeps_the_promises_on_one_thread_and_connection";
    let Some((url, _)) = place(name).await else { return };
    let store = PostgresStore::builder(&url).connections(1).open().await.unwrap();
    conformance::check(Arc::new(store)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_it_at_once() {
    let Some((url, client)) = place("many_open_it_at_once").await else { return };
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

#[tokio::test]
async fn a_newer_version_and_strange_tables() {
    let Some((url, client)) = place("a_newer_version_and_strange_tables").await else { return };
    PostgresStore::open(&url).await.unwrap();
    client.batch_execute("UPDATE callsign_store SET version = 1000").await.unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("written by a newer version of Callsign"), "{error}");
    let strange = "DROP TABLE callsign_store; CREATE TABLE callsign_store (x integer)";
    client.batch_execute(strange).await.unwrap();
    let error = PostgresStore::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("not those of a store"), "{error}");
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let Some((url, _)) = place("everything_is_there_after_opening_again").await else { return };
    let name = ConversationId::from("ada/porto");
    let (id, delivery) = (AppendId::random(), AppendId::random());
    let store = PostgresStore::open(&url).await.unwrap();
    store.append(&name, 0, id, &[said("a"), said("b")]).await.unwrap();
    store.deliver(&name, delivery, item("c")).await.unwrap();
    drop(store);
    let store = PostgresStore::open(&url).await.unwrap();
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("a"), said("b")]);
    assert_eq!(store.append(&name, 0, id, &[said("a"), said("b")]).await.unwrap(), 2);
    assert_eq!(store.deliver(&name, delivery, item("c")).await.unwrap(), 0);
}

#[tokio::test]
async fn damage_and_nul_characters_are_named() {
    let Some((url, client)) = place("damage_and_nul_characters_are_named").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    store.append(&name, 0, AppendId::random(), &[said("a"), said("b")]).await.unwrap();
    let damage = "UPDATE callsign_entries SET entry = '{\"entry\":\"voted\"}' WHERE position = 1";
    client.batch_execute(damage).await.unwrap();
    let error = store.load(&name, 0..9).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { position: 1, .. }), "{error:?}");
    client.batch_execute("DELETE FROM callsign_entries WHERE position = 0").await.unwrap();
    let error = store.load(&name, 0..9).await.unwrap_err();
    assert!(chain(&error).contains("not there"), "{}", chain(&error));
    let error = store.load(&"a\0b".into(), 0..9).await.unwrap_err();
    assert!(error.to_string().contains("NUL"), "{error}");
}

/// All connections are ended again and again while entries are appended and items delivered, by
/// somebody who repeats what failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_end_in_mid_work() {
    let Some((url, client)) = place("connections_that_end_in_mid_work").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let ender = tokio::spawn(async move {
        let mut ended = 0;
        loop {
            ended += client.query_one(END, &[]).await.unwrap().get::<_, i64>(0);
            if ended > 60 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
    });
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = ConversationId::from(format!("c{writer}"));
                let mut at: u64 = 0;
                while at < 300 {
                    let (id, entries) = (AppendId::random(), [said(&at.to_string())]);
                    while let Err(error) = store.append(&name, at, id, &entries).await {
                        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
                    }
                    let delivery = item(&at.to_string());
                    while let Err(error) = store.deliver(&name, id, delivery.clone()).await {
                        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
                    }
                    at += 1;
                }
                name
            })
        })
        .collect();
    for writer in writers {
        let name = writer.await.unwrap();
        let promised: Vec<_> = (0..300).map(|at| said(&at.to_string())).collect();
        assert_eq!(store.load(&name, 0..u64::MAX).await.unwrap(), promised);
        let promised: Vec<_> = (0..300).map(|at| item(&at.to_string())).collect();
        assert_eq!(store.inbox(&name, 0).await.unwrap(), promised);
    }
    ender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_are_lost_with_their_connection_and_nothing_interleaves() {
    let name = "claims_are_lost_with_their_connection_and_nothing_interleaves";
    let Some((url, client)) = place(name).await else { return };
    let mut other = Other::start(&url);
    other.does("hold ada/porto");
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let error = store.hold(&name).await.unwrap_err();
    assert!(matches!(&error, StoreError::Held(held) if *held == name), "{error:?}");
    drop(store.hold(&"ada/lisbon".into()).await.unwrap());

    client.query_one(END, &[]).await.unwrap();
    let hold = held(&store, &name).await;
    store.append(&name, 0, AppendId::random(), &[said("here")]).await.unwrap();
    other.does("conflict ada/porto");
    other.does("free all");
    assert_eq!(store.load(&name, 0..9).await.unwrap(), [said("here")]);
    drop(hold);
    other.does("hold ada/porto");
    store.hold(&name).await.unwrap_err();
}

#[tokio::test]
async fn killing_a_process_frees_what_it_held() {
    let Some((url, _)) = place("killing_a_process_frees_what_it_held").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let name = ConversationId::from("ada/porto");
    let mut other = Other::start(&url);
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
async fn what_processes_write_under_a_claim_stands_together() {
    let name = "what_processes_write_under_a_claim_stands_together";
    let Some((url, _)) = place(name).await else { return };
    let mut others: Vec<Other> = (0..5).map(|_| Other::start(&url)).collect();
    for other in &mut others {
        other.tell("write ada/porto");
    }
    for other in &mut others {
        other.hear("done");
    }
    stands_together(&PostgresStore::open(&url).await.unwrap(), 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_claim_that_is_given_up_while_it_is_asked_for_is_free() {
    let name = "a_claim_that_is_given_up_while_it_is_asked_for_is_free";
    let Some((url, _)) = place(name).await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let mut other = Other::start(&url);
    for wait in 0..40 {
        let name = ConversationId::random();
        let patience = Duration::from_micros(wait * 25);
        let _ = tokio::time::timeout(patience, store.hold(&name)).await;
        // It would say that it is held, and fail.
        other.does(&format!("hold {name}"));
    }
}

#[tokio::test]
async fn a_claim_outlives_its_store() {
    let Some((url, _)) = place("a_claim_outlives_its_store").await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let hold = store.hold(&"a".into()).await.unwrap();
    drop(store);
    let store = PostgresStore::open(&url).await.unwrap();
    let waiting = tokio::spawn(async move { store.hold(&"a".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    drop(hold);
    drop(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn secure_connections_and_passwords() {
    let Some((url, _)) = place("secure_connections_and_passwords").await else { return };
    let (_, settings) = url.split_once('?').unwrap();
    let tcp = std::env::var("CALLSIGN_POSTGRES_TCP").unwrap();
    let root = std::env::var("CALLSIGN_POSTGRES_ROOT").unwrap();
    let password = tcp.split([':', '@']).nth(2).unwrap().replace("%40", "@");
    let trusted = format!("sslmode=verify-full&sslrootcert={root}");
    let store = PostgresStore::open(&format!("{tcp}?{trusted}&{settings}")).await.unwrap();
    store.append(&"a".into(), 0, AppendId::random(), &[said("a")]).await.unwrap();
    drop(store.hold(&"a".into()).await.unwrap());
    assert!(!format!("{store:?}").contains(&password), "{store:?}");
    PostgresStore::open(&format!("{tcp}?sslmode=disable&{settings}")).await.unwrap();

    let wrong = tcp.replace("s3cret", "wr0ng");
    for (url, says) in [
        (format!("{tcp}?{settings}"), "certificate is not accepted"),
        (format!("{tcp}?sslmode=require&{settings}"), "certificate is not accepted"),
        (format!("{wrong}?{trusted}"), "does not accept the user or the password"),
        (format!("{tcp}?sslrootcert=/no/such.pem"), "cannot read the certificates"),
        (tcp.replace("/postgres", "/nowhere") + "?sslmode=disable", "no such database"),
    ] {
        let error = PostgresStore::open(&url).await.unwrap_err();
        let text = format!("{error:?} {}", chain(&error));
        assert!(text.contains(says), "{text}");
        assert!(!text.contains(&password) && !text.contains("wr0ng"), "{text}");
    }
}

#[tokio::test]
async fn no_server_is_there() {
    // The port was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ada:secret@127.0.0.1:{port}/trips?sslmode=disable");
    let error = PostgresStore::open(&url).await.unwrap_err();
    let promised = format!("cannot open `postgres://127.0.0.1:{port}/trips`: no server is there");
    assert!(error.to_string().starts_with(&promised), "{error}");
    assert!(!chain(&error).contains("secret"));
}

/// Both give the same answers where the conformance suite has nothing to say.
#[tokio::test]
async fn places_beyond_all_journals() {
    let Some((url, _)) = place("places_beyond_all_journals").await else { return };
    let stores: [Arc<dyn Store>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(PostgresStore::open(&url).await.unwrap())];
    let name = ConversationId::from("a");
    for store in stores {
        for at in [1, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
            let outcome = store.append(&name, at, AppendId::random(), &[said("a")]).await;
            match outcome {
                Err(StoreError::Conflict { expected, actual: 0, .. }) if expected == at => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
