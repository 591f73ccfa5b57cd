//! A scripted HTTP server that sends exact bytes. It shares no code with the codec under test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One step of the server after it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(String),
    /// Waits for this time.
    Wait(Duration),
    /// Closes the connection.
    Close,
}

/// One received request.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    /// The request line and the headers.
    pub head: String,
    pub body: Value,
    /// The number of its connection, counted from 0.
    pub connection: usize,
}

impl ReceivedRequest {
    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A server on this machine that responds to every request alike.
pub(crate) struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
}

impl Server {
    pub(crate) async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(serve(stream, connection, steps.clone(), kept.clone()));
            }
        });
        Self { address, requests }
    }

    /// Starts a server that responds with this status, these headers and this body.
    pub(crate) async fn fixed(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
        Self::start(vec![Step::Send(head + body)]).await
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

/// Returns the start of a chunked event stream that has not ended.
pub(crate) fn chunked(events: &[&str]) -> String {
    let mut out = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                   transfer-encoding: chunked\r\n\r\n"
        .to_owned();
    for event in events {
        let event = format!("data: {event}\n\n");
        out.push_str(&format!("{:x}\r\n{event}\r\n", event.len()));
    }
    out
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    steps: Vec<Step>,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
) {
    let mut bytes = Vec::new();
    while let Some((head, body, rest)) = read(&mut stream, &mut bytes).await {
        bytes = rest;
        let body = if body.is_empty() { "null" } else { &body };
        let body = serde_json::from_str(body).expect("JSON");
        requests.lock().expect("not poisoned").push(ReceivedRequest { head, body, connection });
        for step in &steps {
            match step {
                Step::Send(text) => {
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Step::Wait(time) => tokio::time::sleep(*time).await,
                Step::Close => return,
            }
        }
    }
}

/// Reads the next request: its head, its body, and the bytes after it.
async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<(String, String, Vec<u8>)> {
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            let end = at + 4 + length.unwrap_or(0);
            if bytes.len() >= end {
                let body = String::from_utf8_lossy(&bytes[at + 4..end]).into_owned();
                return Some((head, body, bytes[end..].to_vec()));
            }
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}
