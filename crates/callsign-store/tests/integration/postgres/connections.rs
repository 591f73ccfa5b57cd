//! Connections to the server: TLS, passwords, broken connections, and a missing server.

use std::time::Duration;

use callsign_store::PostgresStore;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{Store, StoreError};

use super::{schema, terminate_connections};
use crate::support::{error_chain, message_item, user_entry};

/// Terminates all connections again and again, while three writers append and deliver. The writers
/// repeat what failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn broken_connections_lose_and_repeat_nothing() {
    let test = "broken_connections_lose_and_repeat_nothing";
    let Some((url, client)) = schema(test).await else { return };
    let store = PostgresStore::open(&url).await.unwrap();
    let terminator = tokio::spawn(async move {
        let mut terminated = 0;
        while terminated <= 60 {
            terminated += terminate_connections(&client).await;
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
                    let (id, entries) = (AppendId::random(), [user_entry(&at.to_string())]);
                    while let Err(error) = store.append(&name, at, id, &entries).await {
                        assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
                    }
                    let item = message_item(&at.to_string());
                    while let Err(error) = store.deliver(&name, id, item.clone()).await {
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
        let expected: Vec<_> = (0..300).map(|at| user_entry(&at.to_string())).collect();
        assert_eq!(store.load(&name, 0..u64::MAX).await.unwrap(), expected);
        let expected: Vec<_> = (0..300).map(|at| message_item(&at.to_string())).collect();
        assert_eq!(store.inbox(&name, 0).await.unwrap(), expected);
    }
    terminator.abort();
}

#[tokio::test]
async fn certificates_are_verified_and_no_text_contains_the_password() {
    let test = "certificates_are_verified_and_no_text_contains_the_password";
    let Some((url, _)) = schema(test).await else { return };
    let (_, settings) = url.split_once('?').unwrap();
    let tcp = std::env::var("CALLSIGN_POSTGRES_TCP").unwrap();
    let root = std::env::var("CALLSIGN_POSTGRES_ROOT").unwrap();
    let password = tcp.split([':', '@']).nth(2).unwrap().replace("%40", "@");
    let trusted = format!("sslmode=verify-full&sslrootcert={root}");
    let store = PostgresStore::open(&format!("{tcp}?{trusted}&{settings}")).await.unwrap();
    store.append(&"a".into(), 0, AppendId::random(), &[user_entry("a")]).await.unwrap();
    drop(store.lock(&"a".into()).await.unwrap());
    assert!(!format!("{store:?}").contains(&password), "{store:?}");
    PostgresStore::open(&format!("{tcp}?sslmode=disable&{settings}")).await.unwrap();

    let wrong = tcp.replace("s3cret", "wr0ng");
    for (url, expected) in [
        (format!("{tcp}?{settings}"), "certificate is not trusted"),
        (format!("{tcp}?sslmode=require&{settings}"), "certificate is not trusted"),
        (format!("{wrong}?{trusted}"), "rejected the user or the password"),
        (format!("{tcp}?sslrootcert=/no/such.pem"), "cannot read the certificates"),
        (tcp.replace("/postgres", "/nowhere") + "?sslmode=disable", "database does not exist"),
    ] {
        let error = PostgresStore::open(&url).await.unwrap_err();
        let text = format!("{error:?} {}", error_chain(&error));
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains(&password) && !text.contains("wr0ng"), "{text}");
    }
}

#[tokio::test]
async fn missing_server_is_reported_without_the_password() {
    // The listener is closed, so that the port is free.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://ada:secret@127.0.0.1:{port}/trips?sslmode=disable");
    let error = PostgresStore::open(&url).await.unwrap_err();
    let expected = format!("cannot open `postgres://127.0.0.1:{port}/trips`: no server listens");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(!error_chain(&error).contains("secret"));
}
