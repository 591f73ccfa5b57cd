//! A server that says what it is told to, byte for byte. It knows nothing of our codec.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does once it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    /// Sends these bytes.
    Send(String),
    /// Waits.
    Wait(Duration),
    /// Closes the connection with a reset, so that the other side sees that it broke.
    Reset,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The request line and the headers.
    pub head: String,
    pub body: Value,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl Seen {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A server on this machine that answers every request alike.
pub(crate) struct Server {
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(answer: Vec<Do>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(serve(stream, connection, answer.clone(), kept.clone()));
            }
        });
        Self { address, seen }
    }

    /// A server that answers with this status, these headers and this body.
    pub(crate) async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
        Self::start(vec![Do::Send(head + body)]).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

/// The bytes of a stream that is still open, in chunks as HTTP has them.
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
    answer: Vec<Do>,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let mut bytes = Vec::new();
    while let Some((head, body, rest)) = read(&mut stream, &mut bytes).await {
        bytes = rest;
        let body = if body.is_empty() { "null" } else { &body };
        let body = serde_json::from_str(body).expect("JSON");
        seen.lock().expect("not poisoned").push(Seen { head, body, connection });
        for step in &answer {
            match step {
                Do::Send(text) => {
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Do::Wait(time) => tokio::time::sleep(*time).await,
                Do::Reset => return,
            }
        }
    }
}

/// The next request: its head, its body, and what came after it.
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
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
    }
}
