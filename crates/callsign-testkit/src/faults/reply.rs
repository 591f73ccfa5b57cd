//! One reply of a fault server's script.

use std::time::Duration;

use super::body::{Body, json_reply, stream_reply};
use super::gzip;

/// One reply of a [`FaultServer`](super::FaultServer): what it says, how fast, and where it breaks
/// off.
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
    pub(super) body: Body,
    pub(super) drip: Option<(usize, Duration)>,
    pub(super) end: End,
}

/// Where a reply breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultAt {
    /// Before anything was sent.
    Start,
    /// In the middle of the headers.
    Headers,
    /// After the headers and so many bytes of the body, counted without what HTTP puts around
    /// them.
    Body(usize),
    /// After so many whole events of a stream, or after all of it where it has fewer.
    Events(usize),
    /// In the body, after the first byte of the first character that has several. A body without
    /// one breaks off in its middle.
    InCharacter,
}

/// How a reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Well,
    Reset(FaultAt),
    Close(FaultAt),
    Hang(FaultAt),
}

impl FaultReply {
    /// A good streamed reply that says this, word by word.
    pub fn stream(text: &str) -> Self {
        let reply = Self::of(200, Body::Stream(stream_reply(text)));
        reply.header("content-type", "text/event-stream")
    }

    /// A good streamed reply of these events, each the text of a `data:` field.
    pub fn events<T: AsRef<str>>(events: impl IntoIterator<Item = T>) -> Self {
        let events = events.into_iter().map(|event| format!("data: {}\n\n", event.as_ref()));
        let body = events.collect::<String>().into_bytes();
        Self::of(200, Body::Stream(body)).header("content-type", "text/event-stream")
    }

    /// A good reply in one piece that says this.
    pub fn json(text: &str) -> Self {
        let reply = Self::of(200, Body::Whole(json_reply(text)));
        reply.header("content-type", "application/json")
    }

    /// A reply with this status and an error's body, as chat-completions services write it.
    pub fn status(status: u16) -> Self {
        let body = format!(r#"{{"error":{{"message":"The fault server says {status}."}}}}"#);
        Self::of(status, Body::Whole(body.into_bytes())).header("content-type", "application/json")
    }

    /// A reply with this status and a web page, as gateways write it.
    pub fn html(status: u16) -> Self {
        let page = format!("<!DOCTYPE html><html><h1>{status}</h1><p>The gateway is tired.</html>");
        Self::of(status, Body::Whole(page.into_bytes())).header("content-type", "text/html")
    }

    /// A streamed reply that goes on for as long as it is read: pieces of text of so many bytes.
    pub fn endless(bytes: usize) -> Self {
        let event = stream_reply(&"x".repeat(bytes));
        // The first event of a good reply; what ends it is left out.
        let end = event.windows(2).position(|two| two == b"\n\n").map_or(event.len(), |at| at + 2);
        let event = event.get(..end).unwrap_or_default().to_vec();
        Self::of(200, Body::Endless(event)).header("content-type", "text/event-stream")
    }

    /// A streamed reply whose first event is that many bytes long, and good but for that.
    pub fn oversized_event(bytes: usize) -> Self {
        Self::stream(&"x".repeat(bytes))
    }

    fn of(status: u16, body: Body) -> Self {
        Self {
            latency: Duration::ZERO,
            status,
            headers: Vec::new(),
            body,
            drip: None,
            end: End::Well,
        }
    }

    /// Adds a header; one of this name that is there already is replaced.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says this in place of the body. An endless one has an end then.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = match self.body {
            Body::Whole(_) => Body::Whole(bytes.into()),
            Body::Stream(_) | Body::Endless(_) => Body::Stream(bytes.into()),
        };
        self
    }

    /// Compresses the body, whether or not the client said that it can read that. An endless
    /// body stays as it is.
    pub fn gzip(mut self) -> Self {
        self.body = match self.body {
            Body::Whole(bytes) => Body::Whole(gzip::stored(&bytes)),
            Body::Stream(bytes) => Body::Stream(gzip::stored(&bytes)),
            Body::Endless(event) => Body::Endless(event),
        };
        self.header("content-encoding", "gzip")
    }

    /// Waits this long before the first byte.
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sends the body in pieces of so many bytes, with this pause between them. Without it the
    /// body is sent as fast as it is read.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Self {
        self.drip = Some((bytes.max(1), pause));
        self
    }

    /// Breaks off with a reset: the other side sees that the connection broke.
    pub fn reset(mut self, at: FaultAt) -> Self {
        self.end = End::Reset(at);
        self
    }

    /// Breaks off by closing the connection, as a process does that ends.
    pub fn close(mut self, at: FaultAt) -> Self {
        self.end = End::Close(at);
        self
    }

    /// Breaks off by saying nothing more, and keeps the connection open.
    pub fn hang(mut self, at: FaultAt) -> Self {
        self.end = End::Hang(at);
        self
    }
}
