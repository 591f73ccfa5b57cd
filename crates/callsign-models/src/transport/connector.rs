//! Opening of connections, directly or through a proxy.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use callsign_types::error::BoxError;
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

use super::headers::user_agent;
use super::resolver::Resolver;
use super::stream::Stream;
use crate::error::transport::{SendError, UnsupportedProxy};

/// The TCP keep-alive time and interval.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The number of unanswered keep-alive probes after which a connection is closed.
const KEEP_ALIVE_RETRIES: u32 = 3;

/// The TCP user timeout: how long sent data may stay unacknowledged.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens connections.
pub(super) struct Connector {
    direct: DirectConnector,
    proxies: Option<Matcher>,
    connect_timeout: Duration,
}

/// A new connection.
pub(super) struct OpenedConnection {
    pub(super) stream: Stream,
    /// Set if the peer is a forward proxy for plain HTTP requests.
    pub(super) forward_proxy: Option<ForwardProxy>,
}

/// A forward proxy for plain HTTP requests.
#[derive(Clone)]
pub(super) struct ForwardProxy {
    /// The host and port.
    pub(super) address: Arc<str>,
    pub(super) authorization: Option<HeaderValue>,
}

impl Connector {
    /// Creates a connector. `connect_timeout` includes name resolution and TLS.
    pub(super) fn new(
        tls: Option<TlsConnector>,
        proxies: Option<Matcher>,
        connect_timeout: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // hyper divides this timeout among the addresses of a host, so that an unresponsive address
        // leaves time for the others.
        tcp.set_connect_timeout(Some(connect_timeout));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(KEEP_ALIVE_RETRIES));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
        Self { direct: DirectConnector { tcp, tls }, proxies, connect_timeout }
    }

    /// Opens a connection for requests to `uri`.
    pub(super) async fn open(&self, uri: &Uri) -> Result<OpenedConnection, SendError> {
        let proxy = self.proxies.as_ref().and_then(|proxies| proxies.intercept(uri));
        let stream = match timeout(self.connect_timeout, self.dial(uri, proxy.as_ref())).await {
            Ok(opened) => opened,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        match stream {
            Ok(stream) => {
                let proxy = proxy.filter(|_| !is_https(uri));
                let forward_proxy = proxy.map(|proxy| ForwardProxy {
                    address: host_and_port(proxy.uri()).into(),
                    authorization: proxy.basic_auth().cloned(),
                });
                Ok(OpenedConnection { stream, forward_proxy })
            }
            Err(source) => {
                let proxy = proxy.map(|proxy| host_and_port(proxy.uri()));
                Err(SendError::Connect { proxy, source })
            }
        }
    }

    async fn dial(&self, uri: &Uri, proxy: Option<&Intercept>) -> Result<Stream, BoxError> {
        let Some(proxy) = proxy else { return self.direct.open(uri.clone()).await };
        if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
            return Err(UnsupportedProxy.into());
        }
        if !is_https(uri) {
            return self.direct.open(proxy.uri().clone()).await;
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, user_agent());
        let mut tunnel =
            Tunnel::new(proxy.uri().clone(), self.direct.clone()).with_headers(headers);
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let stream = tunnel.call(uri.clone()).await?;
        self.direct.start_tls(stream, uri).await
    }
}

/// Connects without a proxy.
#[derive(Clone)]
struct DirectConnector {
    tcp: HttpConnector<Resolver>,
    /// `None` if no address needs TLS.
    tls: Option<TlsConnector>,
}

impl DirectConnector {
    async fn open(&self, uri: Uri) -> Result<Stream, BoxError> {
        let stream = Stream::Plain(self.tcp.clone().call(uri.clone()).await?);
        if is_https(&uri) { self.start_tls(stream, &uri).await } else { Ok(stream) }
    }

    async fn start_tls(&self, stream: Stream, uri: &Uri) -> Result<Stream, BoxError> {
        let tls = self.tls.as_ref().ok_or("TLS is not configured")?;
        let host = uri.host().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned())?;
        let stream = tls.connect(name, TokioIo::new(stream)).await?;
        Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
    }
}

impl Service<Uri> for DirectConnector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let direct = self.clone();
        Box::pin(async move { direct.open(uri).await })
    }
}

pub(super) fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

/// Returns the host and port of a proxy, without its user name and password.
fn host_and_port(proxy: &Uri) -> String {
    let host = proxy.host().unwrap_or_default();
    match proxy.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
