//! One reply of a fault server's script.

use std::time::Duration;

use super::body::{ReplyBody, json_reply, stream_reply};
use super::gzip;

/// One reply of a [`FaultServer`](super::FaultServer): its content, its timing, and its fault.
///
/// ```
/// use std::time::Duration;
///
/// use callsign_testkit::{FaultAt, FaultReply};
///
/// let busy = FaultReply::status(429).header("retry-after", "2");
/// let slow = FaultReply::stream("Hello.").after(Duration::from_secs(1));
/// let torn = FaultReply::stream("Füße").reset(FaultAt::InCharacter);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct FaultReply {
    pub(super) latency: Duration,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: ReplyBody,
    /// The size of a piece of the body in bytes, and the pause after it.
    pub(super) drip: Option<(usize, Duration)>,
    pub(super) end: ReplyEnd,
}

/// The position at which a reply breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultAt {
    /// Before the first byte.
    Start,
    /// In the middle of the headers.
    Headers,
    /// After the headers and this many bytes of the body. The framing of chunks is not counted.
    Body(usize),
    /// After this many complete events of a stream, or after all events if there are fewer.
    Events(usize),
    /// After the first byte of the first multi-byte character in the body. A body without such a
    /// character breaks off in the middle.
    InCharacter,
}

/// The end of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyEnd {
    Complete,
    Reset(FaultAt),
    Close(FaultAt),
    Hang(FaultAt),
}

impl FaultReply {
    /// Returns a valid streamed reply with this text, one event for each word.
    pub fn stream(text: &str) -> Self {
        let reply = Self::new(200, ReplyBody::Stream(stream_reply(text)));
        reply.header("content-type", "text/event-stream")
    }

    /// Returns a streamed reply of these events, each the value of a `data:` field.
    pub fn events<T: AsRef<str>>(events: impl IntoIterator<Item = T>) -> Self {
        let events = events.into_iter().map(|event| format!("data: {}\n\n", event.as_ref()));
        let body = events.collect::<String>().into_bytes();
        Self::new(200, ReplyBody::Stream(body)).header("content-type", "text/event-stream")
    }

    /// Returns a valid reply with this text as one JSON object.
    pub fn json(text: &str) -> Self {
        let reply = Self::new(200, ReplyBody::Whole(json_reply(text)));
        reply.header("content-type", "application/json")
    }

    /// Returns a reply with this status and the error body of a chat completions API.
    pub fn status(status: u16) -> Self {
        let body = format!(r#"{{"error":{{"message":"The fault server says {status}."}}}}"#);
        let reply = Self::new(status, ReplyBody::Whole(body.into_bytes()));
        reply.header("content-type", "application/json")
    }

    /// Returns a reply with this status and an HTML page, as gateways send it.
    pub fn html(status: u16) -> Self {
        let page = format!("<!DOCTYPE html><html><h1>{status}</h1><p>The gateway is tired.</html>");
        let reply = Self::new(status, ReplyBody::Whole(page.into_bytes()));
        reply.header("content-type", "text/html")
    }

    /// Returns a streamed reply without an end. Each event has `bytes` bytes of text.
    pub fn endless(bytes: usize) -> Self {
        let event = stream_reply(&"x".repeat(bytes));
        // Only the first event is repeated: the others end the reply.
        let end = event.windows(2).position(|two| two == b"\n\n").map_or(event.len(), |at| at + 2);
        let event = event.get(..end).unwrap_or_default().to_vec();
        Self::new(200, ReplyBody::Endless(event)).header("content-type", "text/event-stream")
    }

    /// Returns a streamed reply whose first event has `bytes` bytes of text. It is valid otherwise.
    pub fn oversized_event(bytes: usize) -> Self {
        Self::stream(&"x".repeat(bytes))
    }

    fn new(status: u16, body: ReplyBody) -> Self {
        Self {
            latency: Duration::ZERO,
            status,
            headers: Vec::new(),
            body,
            drip: None,
            end: ReplyEnd::Complete,
        }
    }

    /// Sets a header. Replaces an earlier header of the same name, compared without case.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the body. An endless body becomes a finite stream.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = match self.body {
            ReplyBody::Whole(_) => ReplyBody::Whole(bytes.into()),
            ReplyBody::Stream(_) | ReplyBody::Endless(_) => ReplyBody::Stream(bytes.into()),
        };
        self
    }

    /// Encodes the body with gzip, even if the client does not accept that. An endless body stays
    /// as it is; its `content-encoding` is set all the same.
    pub fn gzip(mut self) -> Self {
        self.body = match self.body {
            ReplyBody::Whole(bytes) => ReplyBody::Whole(gzip::stored(&bytes)),
            ReplyBody::Stream(bytes) => ReplyBody::Stream(gzip::stored(&bytes)),
            ReplyBody::Endless(event) => ReplyBody::Endless(event),
        };
        self.header("content-encoding", "gzip")
    }

    /// Waits for `latency` before the first byte.
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sends the body in pieces of `bytes` bytes, with `pause` after each. By default the body is
    /// sent as fast as the client reads it.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Self {
        self.drip = Some((bytes.max(1), pause));
        self
    }

    /// Breaks off with a TCP reset: the client sees a broken connection.
    pub fn reset(mut self, at: FaultAt) -> Self {
        self.end = ReplyEnd::Reset(at);
        self
    }

    /// Breaks off by closing the connection, as a process does when it ends.
    pub fn close(mut self, at: FaultAt) -> Self {
        self.end = ReplyEnd::Close(at);
        self
    }

    /// Stops sending, and keeps the connection open.
    pub fn hang(mut self, at: FaultAt) -> Self {
        self.end = ReplyEnd::Hang(at);
        self
    }
}
