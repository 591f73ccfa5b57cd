//! The requests that a fault server has seen.

use std::fmt;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The most that is read of a request; nothing a test sends is longer.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// One request, as it came. `Debug` hides the headers, which carry the key, so that a failed test
/// does not print it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultRequest {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl FaultRequest {
    /// The request line, such as `POST /v1/chat/completions HTTP/1.1`.
    #[must_use]
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of a header; the name's case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.head, name)
    }

    /// The body as JSON; `null` where it is none.
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

fn value_of<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Reads the next request of a connection; `None` where there is no whole one any more. What came
/// after it stays in the bytes.
pub(super) async fn read(
    socket: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
    connection: usize,
) -> Option<FaultRequest> {
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..at)?).into_owned();
            let length: usize = value_of(&head, "content-length").unwrap_or("0").parse().ok()?;
            let end = (at + 4).checked_add(length)?;
            while bytes.len() < end {
                more(socket, bytes).await?;
            }
            let rest = bytes.split_off(end);
            let body = std::mem::replace(bytes, rest).split_off(at + 4);
            return Some(FaultRequest { head, body, connection });
        }
        more(socket, bytes).await?;
    }
}

async fn more(socket: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    let read = socket.read_buf(bytes).await.ok()?;
    (read > 0 && bytes.len() <= MOST_BYTES).then_some(())
}
