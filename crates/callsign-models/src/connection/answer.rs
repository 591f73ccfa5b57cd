//! What comes back for a request.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::{Body, Incoming};

use super::client::Client;
use super::limit::Turn;
use super::pool::Live;
use super::tokens::SentToken;

/// The head of an answer, and its body, which is read piece by piece.
///
/// Where the body has been read to its end, the connection is free for the next request; where it
/// is dropped before, the connection is closed.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The token that the request went out with.
    pub(crate) token: Option<SentToken>,
    // Dropped in this order: the connection is over, and then the next request may begin.
    body: Incoming,
    lease: Option<Lease>,
    turn: Option<Turn>,
}

/// A connection while its answer is read. It is closed with it.
struct Lease {
    client: Client,
    live: Live,
}

impl Lease {
    /// Leaves the connection for the next request.
    fn leave(self) {
        self.client.leave(self.live);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // Its end may have come without anybody having looked.
        if self.body.is_end_stream() {
            self.lease.take().into_iter().for_each(Lease::leave);
        }
    }
}

impl Answer {
    pub(super) fn new(
        response: Response<Incoming>,
        client: Client,
        live: Live,
        turn: Option<Turn>,
    ) -> Self {
        let (head, body) = response.into_parts();
        let lease = Some(Lease { client, live });
        Self { status: head.status, headers: head.headers, token: None, body, lease, turn }
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await {
            // What is no data are trailers, of which nobody knows anything.
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        self.lease.take().into_iter().for_each(Lease::leave);
        self.turn = None;
        Ok(None)
    }
}
