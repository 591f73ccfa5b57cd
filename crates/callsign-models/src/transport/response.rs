//! [`HttpResponse`]: the head and the body of a response.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use hyper::body::{Body, Incoming};

use super::client::Client;
use super::limit::Permit;
use super::pool::Connection;

/// The head of a response, and its body, which is read chunk by chunk.
///
/// When the body has been read to its end, the connection is free for the next request. If the
/// response is dropped before, the connection is closed.
pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    // Dropped in this order: the connection is closed before the permit lets the next request
    // start.
    body: Incoming,
    lease: Option<Lease>,
    permit: Option<Permit>,
}

/// The connection of a response. Dropping it closes the connection.
struct Lease {
    client: Client,
    connection: Connection,
}

impl Lease {
    /// Returns the connection to the pool.
    fn release(self) {
        self.client.release(self.connection);
    }
}

impl Drop for HttpResponse {
    fn drop(&mut self) {
        // The body may have ended without having been polled for its end.
        if self.body.is_end_stream() {
            self.lease.take().into_iter().for_each(Lease::release);
        }
    }
}

impl HttpResponse {
    pub(super) fn new(
        response: Response<Incoming>,
        client: Client,
        connection: Connection,
        permit: Option<Permit>,
    ) -> Self {
        let (head, body) = response.into_parts();
        let lease = Some(Lease { client, connection });
        Self { status: head.status, headers: head.headers, body, lease, permit }
    }

    /// Takes the permit, for a request that replaces this one.
    pub(super) fn take_permit(&mut self) -> Option<Permit> {
        self.permit.take()
    }

    /// Returns the host and port of the forward proxy that the request went through, if any and if
    /// the body has not been read to its end.
    pub(crate) fn forward_proxy(&self) -> Option<Arc<str>> {
        let proxy = self.lease.as_ref()?.connection.forward_proxy.as_ref()?;
        Some(proxy.address.clone())
    }

    /// Returns the next chunk of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await {
            // Other frames are trailers, which are ignored.
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        self.lease.take().into_iter().for_each(Lease::release);
        self.permit = None;
        Ok(None)
    }
}
