//! Tests of the fault server over a plain TCP connection.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::body::after_events;
use super::gzip::stored;
use super::{FaultAt, FaultReply, FaultServer};

const REQUEST: &[u8] =
    b"POST /v1/chat/completions HTTP/1.1\r\nX-Id: 7\r\ncontent-length: 8\r\n\r\n{\"n\": 1}";

async fn connect(server: &FaultServer) -> TcpStream {
    let address = server.endpoint().trim_start_matches("http://").trim_end_matches("/v1");
    TcpStream::connect(address).await.unwrap()
}

/// Sends a request. Returns the bytes until the connection ends, and whether it ended without an
/// error.
async fn send(server: &FaultServer) -> (String, bool) {
    let mut socket = connect(server).await;
    socket.write_all(REQUEST).await.unwrap();
    let mut bytes = Vec::new();
    let ended = socket.read_to_end(&mut bytes).await;
    (String::from_utf8_lossy(&bytes).into_owned(), ended.is_ok())
}

#[tokio::test]
async fn requests_are_recorded_and_connections_reused() {
    let server = FaultServer::start([
        FaultReply::status(429).header("Retry-After", "1").header("retry-after", "2"),
        FaultReply::html(502).close(FaultAt::Body(15)),
    ])
    .await
    .unwrap();
    let mut socket = connect(&server).await;
    // Two requests, the second one split over two writes.
    socket.write_all(&[REQUEST, &REQUEST[..20]].concat()).await.unwrap();
    socket.write_all(&REQUEST[20..]).await.unwrap();
    let mut out = String::new();
    socket.read_to_string(&mut out).await.unwrap();
    let (first, second) = out.split_at(out.rfind("HTTP/1.1").unwrap());
    assert!(first.starts_with("HTTP/1.1 429 "), "{first}");
    assert!(first.contains("\r\nretry-after: 2\r\n") && !first.contains("Retry-After"), "{first}");
    assert!(second.ends_with("\r\n\r\n<!DOCTYPE html>"), "{second}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.line(), "POST /v1/chat/completions HTTP/1.1");
        assert_eq!((request.header("x-id"), request.connection), (Some("7"), 0));
        assert_eq!(request.json(), json!({ "n": 1 }));
    }
    assert_eq!(server.replies_left(), 0);
    let mut socket = connect(&server).await;
    socket.write_all(REQUEST).await.unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 400");
}

#[tokio::test]
async fn stream_breaks_off_at_the_scripted_position() {
    let reply = || FaultReply::stream("Füße");
    let script =
        [FaultAt::Start, FaultAt::Headers, FaultAt::Body(6), FaultAt::InCharacter].map(|at| {
            // A reset may discard bytes that were written before it. A close does not.
            reply().close(at)
        });
    let server = FaultServer::start(script).await.unwrap();
    assert_eq!(send(&server).await, (String::new(), true));
    let (half, _) = send(&server).await;
    assert!(half.starts_with("HTTP/1.1 200 OK\r\n") && !half.contains("\r\n\r\n"), "{half}");
    let (piece, _) = send(&server).await;
    assert!(piece.ends_with("\r\n\r\n6\r\ndata: \r\n"), "{piece}");
    let (torn, _) = send(&server).await;
    assert!(torn.ends_with("\"content\":\"F\u{FFFD}\r\n"), "{torn}");
}

#[tokio::test]
async fn reset_is_an_error_for_the_client() {
    let server = FaultServer::always(FaultReply::json("Hi").reset(FaultAt::Start)).await.unwrap();
    let (_, ended_well) = send(&server).await;
    assert!(!ended_well);
}

#[tokio::test]
async fn drip_sends_each_piece_in_its_own_chunk() {
    let reply = FaultReply::events(["{}"]).drip(5, Duration::ZERO);
    let server = FaultServer::start([reply.hang(FaultAt::Body(8))]).await.unwrap();
    let mut socket = connect(&server).await;
    socket.write_all(REQUEST).await.unwrap();
    let mut out = Vec::new();
    while !out.ends_with(b"3\r\n {}\r\n") {
        assert!(socket.read_buf(&mut out).await.unwrap() > 0, "{out:?}");
    }
    assert!(out.ends_with(b"\r\n\r\n5\r\ndata:\r\n3\r\n {}\r\n"), "{out:?}");
}

#[tokio::test]
async fn endless_stream_repeats_until_its_fault() {
    let reply = FaultReply::endless(10).close(FaultAt::Body(1_000_000));
    let server = FaultServer::start([reply]).await.unwrap();
    let (out, _) = send(&server).await;
    assert!(out.len() > 1_000_000, "{}", out.len());
    assert!(!out.contains("[DONE]"));
}

#[tokio::test]
async fn dropping_the_server_ends_its_connections() {
    let server = FaultServer::always(FaultReply::json("Hi").hang(FaultAt::Start)).await.unwrap();
    let mut socket = connect(&server).await;
    socket.write_all(REQUEST).await.unwrap();
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(server);
    // The connection may end with or without an error.
    let mut bytes = Vec::new();
    let _ = socket.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty());
}

#[test]
fn after_events_is_the_length_of_the_first_events() {
    let after = |events| after_events(b"data: 1\n\ndata: 2\n\n", events);
    assert_eq!([0, 1, 2, 3].map(after), [0, 9, 18, 18]);
}

#[test]
fn gzip_output_matches_the_format() {
    // Header, one stored block, CRC-32, length. `gzip -dc` accepts these bytes.
    let expected = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1, 5, 0, 0xFA, 0xFF, b'h', b'e', b'l', b'l', b'o',
        0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0,
    ];
    assert_eq!(stored(b"hello"), expected);
    assert_eq!(stored(&[0; 70_000]).len(), 70_000 + 10 + 2 * 5 + 8);
    assert_eq!(stored(b"").len(), 10 + 5 + 8);
}

#[tokio::test]
async fn debug_output_omits_the_api_key() {
    let server = FaultServer::start([FaultReply::status(200)]).await.unwrap();
    let mut socket = connect(&server).await;
    let request = b"POST /v1 HTTP/1.1\r\nApi-Key: sesame-7\r\nContent-Length: 2\r\n\r\n{}";
    socket.write_all(request).await.unwrap();
    assert!(socket.read_u8().await.is_ok());
    let requests = server.requests();
    assert_eq!(requests[0].header("api-key"), Some("sesame-7"));
    let shown = format!("{requests:?} {server:?}");
    assert!(shown.contains("POST /v1") && !shown.contains("sesame"), "{shown}");
}
