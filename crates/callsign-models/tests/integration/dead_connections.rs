//! Requests on connections that the server has closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callsign_models::chat::model::ChatModel;
use callsign_types::error::ErrorKind;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::ModelExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const RESPONSE: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 70\r\n\
                      \r\n{\"choices\":[{\"message\":{\"content\":\"Hello.\"},\"finish_reason\":\"stop\"}]} ";

/// Reads a request. It is small, so one read returns all of it.
async fn request(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 8192];
    stream.read(&mut bytes).await.is_ok_and(|read| read > 0)
}

/// Starts a server that responds to `responses` requests on each connection, and closes it at the
/// next one after `wait`.
async fn serve(responses: usize, wait: Duration) -> (ChatModel, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                for _ in 0..responses {
                    if !request(&mut stream).await {
                        return;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    stream.write_all(RESPONSE.as_bytes()).await.unwrap();
                }
                if request(&mut stream).await {
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(wait).await;
                }
            });
        }
    });
    (model(endpoint), requests)
}

/// Starts a server whose first connection serves `responses` requests. It sends `partial` as the
/// response to the next one and closes the connection. Other connections are closed at their first
/// request.
async fn serve_first(responses: usize, partial: &'static str) -> (ChatModel, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    tokio::spawn(async move {
        let mut left = responses;
        while let Ok((mut stream, _)) = listener.accept().await {
            while request(&mut stream).await {
                count.fetch_add(1, Ordering::Relaxed);
                if left == 0 {
                    stream.write_all(partial.as_bytes()).await.unwrap();
                    break;
                }
                left -= 1;
                stream.write_all(RESPONSE.as_bytes()).await.unwrap();
            }
        }
    });
    (model(endpoint), requests)
}

/// Returns a model that sends each request once, apart from the resend on a closed connection.
fn model(endpoint: String) -> ChatModel {
    ChatModel::builder(endpoint).retry(RetryPolicy::none()).build().unwrap()
}

#[tokio::test]
async fn request_on_a_closed_connection_is_resent() {
    let (model, requests) = serve(1, Duration::ZERO).await;
    for _ in 0..4 {
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    }
    // The second, third and fourth requests were first sent on a closed connection.
    assert_eq!(requests.load(Ordering::Relaxed), 7);
}

/// The server may have read the request, and the provider may have begun to work on it.
#[tokio::test]
async fn request_on_a_new_connection_is_not_resent() {
    let (model, requests) = serve(0, Duration::ZERO).await;
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

/// The resend uses a new connection, so that it cannot meet another closed one.
#[tokio::test]
async fn resend_does_not_use_an_idle_connection() {
    let (model, requests) = serve(1, Duration::ZERO).await;
    let (first, second) = tokio::join!(model.complete("hi"), model.complete("hi"));
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    assert_eq!(requests.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn request_is_resent_at_most_once() {
    // Only the first connection serves a request.
    let (model, requests) = serve_first(1, "").await;
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn resend_can_be_turned_off() {
    let (model, requests) = serve(1, Duration::ZERO).await;
    let endpoint = model.endpoint().to_string();
    let model = ChatModel::builder(endpoint).resend_on_closed_connection(false);
    let model = model.retry(RetryPolicy::none()).build().unwrap();
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

/// A server that has begun to respond has read the request.
#[tokio::test]
async fn request_with_a_partial_response_is_not_resent() {
    for partial in ["HTTP/1.1 200 OK\r\ncontent-", "H"] {
        let (model, requests) = serve_first(1, partial).await;
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
        let error = model.complete("hi").await.unwrap_err();
        assert!(error.is_transport() || error.kind() == ErrorKind::Protocol, "{error:?}");
        assert_eq!(requests.load(Ordering::Relaxed), 2, "{partial:?}");
    }
}

#[tokio::test]
async fn late_close_is_not_followed_by_a_resend() {
    let (model, requests) = serve(1, Duration::from_millis(700)).await;
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

/// A server may respond before it has read the whole request, and then read no more.
#[tokio::test]
async fn connection_with_an_unread_request_is_not_reused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(request(&mut stream).await);
            stream.write_all(RESPONSE.as_bytes()).await.unwrap();
            streams.push(stream);
        }
        streams.len()
    });
    let timeout = Duration::from_secs(20);
    let model = ChatModel::builder(endpoint).max_connections(1).first_byte_timeout(timeout);
    let model = model.build().unwrap();
    // More than the socket buffers hold.
    let long = "x".repeat(32 * 1024 * 1024);
    assert_eq!(model.complete(long).await.unwrap().text(), "Hello.");
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hello.");
    assert_eq!(served.await.unwrap(), 2);
}
