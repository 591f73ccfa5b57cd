//! The HTTP client: HTTP/1.1 with hyper, over TCP or TLS.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_types::error::Error;
use futures_util::future::{Either, select};
use http::Request;
use http::header::PROXY_AUTHORIZATION;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::Matcher;

use super::connection_task::ConnectionTask;
use super::connector::{Connector, ForwardProxy, OpenedConnection, is_https};
use super::limit::{Limit, Permit};
use super::pool::{Connection, Pool};
use super::response::HttpResponse;
use super::stream::CountedStream;
use super::target::RequestTarget;
use super::tls::tls;
use crate::error::transport::SendError;

/// The settings of a client.
pub(crate) struct Settings {
    /// The timeout for connecting.
    pub(crate) connect_timeout: Duration,
    /// The proxies to use; `None` for endpoints on this machine.
    pub(crate) proxies: Option<Matcher>,
    /// The maximum number of concurrent requests; `None` for no limit.
    pub(crate) max_requests: Option<usize>,
}

impl Settings {
    /// Creates settings with the proxies from the environment: `HTTPS_PROXY` and its variants.
    pub(crate) fn new(connect_timeout: Duration) -> Self {
        Self { connect_timeout, proxies: Some(Matcher::from_system()), max_requests: None }
    }
}

/// An HTTP client with its connections and its limit. Clones share all of them.
///
/// It does not follow redirects, because a key would be sent to their target.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    connector: Connector,
    pool: Pool,
    limit: Option<Limit>,
}

impl Client {
    /// Creates a client for addresses like `target`. The system's root certificates are loaded only
    /// if the target or its proxy uses TLS, because loading takes time.
    ///
    /// # Errors
    /// Returns a configuration error if the system has no root certificates.
    pub(crate) fn new(target: &RequestTarget, settings: Settings) -> Result<Self, Error> {
        let Settings { connect_timeout, proxies, max_requests } = settings;
        let proxy = proxies.as_ref().and_then(|proxies| proxies.intercept(&target.absolute));
        let needs_tls =
            is_https(&target.absolute) || proxy.is_some_and(|proxy| is_https(proxy.uri()));
        let tls = if needs_tls { Some(tls()?) } else { None };
        let connector = Connector::new(tls, proxies, connect_timeout);
        let limit = max_requests.map(Limit::new);
        Ok(Self(Arc::new(Shared { connector, pool: Pool::default(), limit })))
    }

    /// Waits for a permit to send a request, in the order of the calls.
    pub(crate) async fn acquire_permit(&self) -> Option<Permit> {
        match &self.0.limit {
            Some(limit) => limit.request().await,
            None => None,
        }
    }

    /// Sends a request and waits for the response head.
    ///
    /// `make` builds the request once there is a connection for it. If an idle connection turns out
    /// to be closed before any of the request was written, the request is built again for another.
    pub(crate) async fn send(
        &self,
        target: &RequestTarget,
        make: &impl Fn() -> Request<Full<Bytes>>,
        permit: &mut Option<Permit>,
    ) -> Result<HttpResponse, SendError> {
        loop {
            let mut connection = match self.0.pool.take(&target.origin) {
                Some(connection) => connection,
                // Boxed to keep this future small: most requests find an idle connection.
                None => Box::pin(self.wait_for_connection(target)).await?,
            };
            if connection.used && !connection.is_ready().await {
                continue;
            }
            let reads = connection.reads.completed();
            let request = with_request_target(make(), target, &connection.forward_proxy);
            match connection.sender.try_send_request(request).await {
                Ok(response) => {
                    let permit = permit.take();
                    return Ok(HttpResponse::new(response, self.clone(), connection, permit));
                }
                Err(mut error) => {
                    let unsent = error.take_message().is_some();
                    if !unsent || !connection.used {
                        let is_unanswered = !connection.reads.has_bytes_since(reads);
                        return Err(SendError::Http {
                            source: error.into_error(),
                            is_stale: connection.used && is_unanswered,
                        });
                    }
                }
            }
        }
    }

    /// Returns a new connection or, at the limit, the next one that is released.
    async fn wait_for_connection(&self, target: &RequestTarget) -> Result<Connection, SendError> {
        let Shared { pool, limit, .. } = &*self.0;
        let Some(limit) = limit else { return self.open(target, None).await };
        loop {
            let mut released = pin!(pool.released());
            // Registers before looking, so that a connection that is released in between is not
            // missed.
            released.as_mut().enable();
            if let Some(connection) = pool.take(&target.origin) {
                return Ok(connection);
            }
            if let Some(permit) = limit.try_connection() {
                return self.open(target, Some(permit)).await;
            }
            // Idle connections of other runtimes are closed: their runtime may never run again to
            // free them.
            pool.close_other_runtimes();
            match select(pin!(limit.connection()), released).await {
                Either::Left((permit, _)) => return self.open(target, permit).await,
                Either::Right(_) => {}
            }
        }
    }

    async fn open(
        &self,
        target: &RequestTarget,
        permit: Option<Permit>,
    ) -> Result<Connection, SendError> {
        let OpenedConnection { stream, forward_proxy } =
            self.0.connector.open(&target.absolute).await?;
        let (stream, reads) = CountedStream::new(stream);
        let (sender, connection) = http1::handshake(stream)
            .await
            .map_err(|source| SendError::Http { source, is_stale: false })?;
        tracing::trace!(origin = %target.origin, "connection opened");
        let task = ConnectionTask::spawn(connection, permit);
        let origin = target.origin.clone();
        Ok(Connection { sender, origin, forward_proxy, used: false, reads, task })
    }

    /// Closes the idle connections to the origin of `target`.
    pub(super) fn close_idle(&self, target: &RequestTarget) {
        self.0.pool.close(&target.origin);
    }

    pub(super) fn release(&self, connection: Connection) {
        self.0.pool.release(connection);
    }
}

/// Returns the request with the URI form that the peer expects: the absolute one for a forward
/// proxy.
fn with_request_target(
    mut request: Request<Full<Bytes>>,
    target: &RequestTarget,
    forward_proxy: &Option<ForwardProxy>,
) -> Request<Full<Bytes>> {
    let Some(proxy) = forward_proxy else {
        *request.uri_mut() = target.relative.clone();
        return request;
    };
    *request.uri_mut() = target.absolute.clone();
    if let Some(authorization) = &proxy.authorization {
        let entry = request.headers_mut().entry(PROXY_AUTHORIZATION);
        entry.or_insert_with(|| authorization.clone());
    }
    request
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limit", &self.0.limit).finish_non_exhaustive()
    }
}
