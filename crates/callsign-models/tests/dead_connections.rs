//! Connections that the server has closed while the client still thinks them alive.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_models::chat::model::ChatModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 70\r\n\
                      \r\n{\"choices\":[{\"message\":{\"content\":\"Hello.\"},\"finish_reason\":\"stop\"}]} ";

/// Reads a request: its head and its body come in one piece, small as they are.
async fn request(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 8192];
    stream.read(&mut bytes).await.is_ok_and(|read| read > 0)
}

/// Answers so many requests on each connection, and closes it on the next, after this long.
async fn serve(answers: usize, wait: Duration) -> (ChatModel, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                for _ in 0..answers {
                    if !request(&mut stream).await {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    stream.write_all(ANSWER.as_bytes()).await.unwrap();
                }
                if request(&mut stream).await {
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(wait).await;
                }
            });
        }
    });
    (ChatModel::builder(endpoint).build().unwrap(), requests)
}

#[tokio::test]
async fn a_connection_that_was_closed_after_a_reply_costs_nothing() {
    let (model, requests) = serve(1, Duration::ZERO).await;
    for _ in 0..4 {
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    }
    // The second, third and fourth were sent on a dead connection first.
    assert_eq!(requests.load(Ordering::Relaxed), 7);
}

#[tokio::test]
async fn a_server_that_answers_nothing_is_asked_twice_at_the_most() {
    let (model, requests) = serve(0, Duration::ZERO).await;
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_server_that_breaks_off_while_it_works_is_not_asked_again() {
    let (model, requests) = serve(0, Duration::from_millis(700)).await;
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

/// A server that has enough of a request before its end answers, and reads no more of it.
#[tokio::test]
async fn a_connection_whose_request_was_not_read_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(request(&mut stream).await);
            stream.write_all(ANSWER.as_bytes()).await.unwrap();
            streams.push(stream);
        }
        streams.len()
    });
    let patience = Duration::from_secs(20);
    let model = ChatModel::builder(endpoint).max_connections(1).first_byte_timeout(patience);
    let model = model.build().unwrap();
    // More than the system takes for whoever reads it later.
    let long = "x".repeat(32 * 1024 * 1024);
    assert_eq!(model.complete(long).await.unwrap().text(), "Hello.");
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    assert_eq!(served.await.unwrap(), 2);
}
