//! The requests that a fault server received.

use std::fmt;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The size limit of a connection's unread bytes. No test sends a longer request.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A request that a [`FaultServer`](super::FaultServer) received.
///
/// `Debug` omits the headers, so that a failed test does not print the API key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultRequest {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
    /// The number of its connection, counted from 0.
    pub connection: usize,
}

impl FaultRequest {
    /// Returns the request line, such as `POST /v1/chat/completions HTTP/1.1`.
    #[must_use]
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// Returns the value of the first header with this name, compared without case. `None` if
    /// absent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header_value(&self.head, name)
    }

    /// Returns the body as JSON, or `null` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl fmt::Debug for FaultRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultRequest")
            .field("line", &self.line())
            .field("body", &String::from_utf8_lossy(&self.body))
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

fn header_value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Reads the next request of a connection. `None` if the connection ends before it is complete.
///
/// `bytes` has the bytes that were read but not used; the bytes after this request stay in it.
pub(super) async fn read(
    socket: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    connection: usize,
) -> Option<FaultRequest> {
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..at)?).into_owned();
            let length: usize =
                header_value(&head, "content-length").unwrap_or("0").parse().ok()?;
            let end = (at + 4).checked_add(length)?;
            while bytes.len() < end {
                read_more(socket, bytes).await?;
            }
            let rest = bytes.split_off(end);
            let body = std::mem::replace(bytes, rest).split_off(at + 4);
            return Some(FaultRequest { head, body, connection });
        }
        read_more(socket, bytes).await?;
    }
}

async fn read_more(socket: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    let read = socket.read_buf(bytes).await.ok()?;
    (read > 0 && bytes.len() <= MAX_BYTES).then_some(())
}
