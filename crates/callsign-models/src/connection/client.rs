//! The HTTP client: HTTP/1.1 by hyper, over TCP or TLS.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsign_core::words::error::Error;
use futures_util::future::{Either, select};
use http::Request;
use http::header::PROXY_AUTHORIZATION;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::Matcher;

use super::answer::Answer;
use super::connector::{Connector, Opened, PassedOn, is_secure};
use super::life::Life;
use super::limit::{Limit, Turn};
use super::pool::{Live, Pool};
use super::target::Target;
use super::tls::tls;
use crate::failure::transport::Failed;

/// How a client connects.
pub(crate) struct Settings {
    /// How long connecting may take.
    pub(crate) connect: Duration,
    /// The proxies that are in between; none for what is on this very machine.
    pub(crate) proxies: Option<Matcher>,
    /// How many requests may be under way at once.
    pub(crate) most: Option<usize>,
}

impl Settings {
    /// Through the proxies that the environment names: `HTTPS_PROXY` and its like.
    pub(crate) fn new(connect: Duration) -> Self {
        Self { connect, proxies: Some(Matcher::from_system()), most: None }
    }
}

/// A client, its connections and its limit. A clone shares all of them.
///
/// It follows no redirects, because a key would go along to wherever they lead.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    connector: Connector,
    pool: Pool,
    limit: Option<Limit>,
}

impl Client {
    /// A client for addresses like this one. The system's certificates are read only where one
    /// of them, or a proxy in between, is reached by TLS: that takes time.
    ///
    /// # Errors
    /// A configuration error where there are no certificates.
    pub(crate) fn new(target: &Target, settings: Settings) -> Result<Self, Error> {
        let Settings { connect, proxies, most } = settings;
        let proxy = proxies.as_ref().and_then(|proxies| proxies.intercept(&target.absolute));
        let secure =
            is_secure(&target.absolute) || proxy.is_some_and(|proxy| is_secure(proxy.uri()));
        let tls = if secure { Some(tls()?) } else { None };
        let connector = Connector::new(tls, proxies, connect);
        let limit = most.map(Limit::new);
        Ok(Self(Arc::new(Shared { connector, pool: Pool::default(), limit })))
    }

    /// Waits until one more request may be under way, in the order in which they came.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        match &self.0.limit {
            Some(limit) => limit.request().await,
            None => None,
        }
    }

    /// Sends a request, and waits for the head of its answer.
    ///
    /// The request is made once there is a connection for it. Where one that lay idle turns out to
    /// be closed before any of the request was written, it is made again for another.
    pub(crate) async fn send(
        &self,
        target: &Target,
        make: &impl Fn() -> Request<Full<Bytes>>,
        turn: &mut Option<Turn>,
    ) -> Result<Answer, Failed> {
        loop {
            let mut live = match self.0.pool.take(&target.origin) {
                Some(live) => live,
                // In a box, because most requests find one, and all of them wait in this future.
                None => Box::pin(self.another(target)).await?,
            };
            if live.used && !live.is_ready().await {
                continue;
            }
            let sending = live.sender.try_send_request(addressed(make(), target, &live.passed_on));
            match sending.await {
                Ok(response) => return Ok(Answer::new(response, self.clone(), live, turn.take())),
                Err(mut error) => {
                    let unsent = error.take_message().is_some();
                    if !unsent || !live.used {
                        return Err(Failed::Broken(error.into_error()));
                    }
                }
            }
        }
    }

    /// A connection that nobody has: a new one, or where there may be none, the next that is left.
    async fn another(&self, target: &Target) -> Result<Live, Failed> {
        let Shared { pool, limit, .. } = &*self.0;
        let Some(limit) = limit else { return self.open(target, None).await };
        loop {
            let mut left = pin!(pool.left());
            // Listening begins before looking, so that one that is left in between is found.
            left.as_mut().enable();
            if let Some(live) = pool.take(&target.origin) {
                return Ok(live);
            }
            if let Some(turn) = limit.connection_now() {
                return self.open(target, Some(turn)).await;
            }
            // What others have left, who may never run again, is not waited for.
            pool.close_foreign();
            match select(pin!(limit.connection()), left).await {
                Either::Left((turn, _)) => return self.open(target, turn).await,
                Either::Right(_) => {}
            }
        }
    }

    async fn open(&self, target: &Target, turn: Option<Turn>) -> Result<Live, Failed> {
        let Opened { stream, passed_on } = self.0.connector.open(&target.absolute).await?;
        let (sender, connection) = http1::handshake(stream).await.map_err(Failed::Broken)?;
        tracing::trace!(origin = %target.origin, "a connection is open");
        let life = Life::begin(connection, turn);
        Ok(Live { sender, origin: target.origin.clone(), passed_on, used: false, life })
    }

    pub(super) fn leave(&self, live: Live) {
        self.0.pool.leave(live);
    }
}

/// The request with the address that whoever is at the other end has to be told.
fn addressed(
    mut request: Request<Full<Bytes>>,
    target: &Target,
    passed_on: &Option<PassedOn>,
) -> Request<Full<Bytes>> {
    let Some(proxy) = passed_on else {
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
