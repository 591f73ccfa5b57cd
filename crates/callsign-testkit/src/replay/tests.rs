//! Tests of the replay server over a plain TCP connection.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// Sends a request, and returns the whole response.
async fn send(server: &ReplayServer, path: &str, body: &str) -> String {
    let authority = server.endpoint().strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nApi-Key: secret-key\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn responses_are_replayed_in_order_and_requests_recorded() {
    let steps = [
        ReplayStep::json("{\"a\":1}"),
        ReplayStep::events("data: x\r\n\r\n"),
        ReplayStep::new(429, "text/plain", "slow down").header("retry-after", "1"),
        ReplayStep::new(200, "a\nb", ""),
    ];
    let server = ReplayServer::start(steps).await.unwrap();
    assert_eq!(server.unreached(), [0, 1, 2, 3]);
    let first = send(&server, "/v1/chat/completions?v=1", "{\"n\":1}").await;
    assert!(first.starts_with("HTTP/1.1 200") && first.ends_with("\r\n\r\n{\"a\":1}"), "{first}");
    assert!(first.contains("content-type: application/json\r\n"), "{first}");
    let second = send(&server, "/v1/x", "no JSON").await;
    assert!(second.contains("content-type: text/event-stream\r\n"), "{second}");
    assert!(second.ends_with("\r\n\r\ndata: x\r\n\r\n"), "{second}");
    let panic = catch_unwind(AssertUnwindSafe(|| server.assert_done())).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("[2, 3] were not reached"), "{message}");
    let third = send(&server, "/v1/x", "").await;
    assert!(third.starts_with("HTTP/1.1 429") && third.contains("retry-after: 1\r\n"), "{third}");
    let fourth = send(&server, "/v1/x", "").await;
    assert!(fourth.contains("replay_malformed"), "{fourth}");
    server.assert_done();
    let beyond = send(&server, "/v1/x", "").await;
    assert!(beyond.starts_with("HTTP/1.1 400") && beyond.contains("replay_exhausted"), "{beyond}");
    assert_eq!((server.unreached(), server.beyond()), (vec![], 1));
    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!((&*requests[0].method, &*requests[0].target), ("POST", "/v1/chat/completions?v=1"));
    assert_eq!((&requests[0].body, &requests[1].body), (&json!({ "n": 1 }), &json!(null)));
    assert!(requests[0].headers.contains(&("api-key".to_owned(), "secret-key".to_owned())));
    assert!(!format!("{requests:?} {server:?}").contains("secret-key"));
}
