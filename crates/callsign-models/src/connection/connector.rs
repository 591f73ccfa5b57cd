//! New connections: to a server itself, or through a proxy.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use callsign_core::words::error::BoxError;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Uri, header};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::head::user_agent;
use super::resolver::Resolver;
use super::stream::Stream;
use crate::failure::transport::Failed;

/// How soon a connection that nobody uses is asked for a sign of life, and how often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How many signs of life may be missing.
const MISSING: u32 = 3;

/// How long what was sent may wait to be acknowledged.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Opens connections.
pub(super) struct Connector {
    reach: Reach,
    proxies: Option<Matcher>,
    most: Duration,
}

/// A connection that has just been opened.
pub(super) struct Opened {
    pub(super) stream: Stream,
    /// Set where a proxy is at its other end, which passes requests on.
    pub(super) passed_on: Option<PassedOn>,
}

/// What a proxy that passes requests on wants to be shown.
pub(super) struct PassedOn {
    pub(super) authorization: Option<HeaderValue>,
}

impl Connector {
    /// One that takes so long at the most, names and TLS included.
    pub(super) fn new(tls: Option<TlsConnector>, proxies: Option<Matcher>, most: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Shared among the addresses of a host, so that one that is silent leaves time for others.
        tcp.set_connect_timeout(Some(most));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(MISSING));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Self { reach: Reach { tcp, tls }, proxies, most }
    }

    /// Opens a connection for requests to this address.
    pub(super) async fn open(&self, uri: &Uri) -> Result<Opened, Failed> {
        let proxy = self.proxies.as_ref().and_then(|proxies| proxies.intercept(uri));
        let stream = match timeout(self.most, self.dial(uri, proxy.as_ref())).await {
            Ok(dialled) => dialled,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        match stream {
            Ok(stream) => {
                let proxy = proxy.filter(|_| !is_secure(uri));
                let passed_on =
                    proxy.map(|proxy| PassedOn { authorization: proxy.basic_auth().cloned() });
                Ok(Opened { stream, passed_on })
            }
            Err(cause) => {
                let proxy = proxy.map(|proxy| shown(proxy.uri()));
                Err(Failed::Unconnected { proxy, cause })
            }
        }
    }

    async fn dial(&self, uri: &Uri, proxy: Option<&Intercept>) -> Result<Stream, BoxError> {
        let Some(proxy) = proxy else { return self.reach.open(uri.clone()).await };
        if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
            return Err("only HTTP proxies are supported, and this one speaks SOCKS".into());
        }
        if !is_secure(uri) {
            return self.reach.open(proxy.uri().clone()).await;
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, user_agent());
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.reach.clone()).with_headers(headers);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let stream = tunnel.call(uri.clone()).await?;
        self.reach.secure(stream, uri).await
    }
}

/// Goes straight to wherever it is told.
#[derive(Clone)]
struct Reach {
    tcp: HttpConnector<Resolver>,
    /// None where no address that is asked for needs it.
    tls: Option<TlsConnector>,
}

impl Reach {
    async fn open(&self, uri: Uri) -> Result<Stream, BoxError> {
        let stream = Stream::Plain(self.tcp.clone().call(uri.clone()).await?);
        if is_secure(&uri) { self.secure(stream, &uri).await } else { Ok(stream) }
    }

    async fn secure(&self, stream: Stream, uri: &Uri) -> Result<Stream, BoxError> {
        let tls = self.tls.as_ref().ok_or("it is not set up for TLS")?;
        let host = uri.host().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned())?;
        let stream = tls.connect(name, TokioIo::new(stream)).await?;
        Ok(Stream::Secure(Box::new(TokioIo::new(stream))))
    }
}

impl Service<Uri> for Reach {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let reach = self.clone();
        Box::pin(async move { reach.open(uri).await })
    }
}

pub(super) fn is_secure(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

/// The host and the port of a proxy, and nothing that may be a part of its password.
fn shown(proxy: &Uri) -> String {
    let host = proxy.host().unwrap_or_default();
    match proxy.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
