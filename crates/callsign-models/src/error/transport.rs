//! Errors of connections: they cannot be opened, break or time out.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use callsign_types::error::{BoxError, Error, ErrorKind};

use super::request_info::RequestInfo;
use super::tls::tls_reason;

/// A failure to send a request or to receive the response head. Its text has neither the address
/// nor any part of the request.
#[derive(Debug)]
pub(crate) enum SendError {
    /// No connection could be opened. `proxy` is the host and port of the proxy, if one is in use.
    Connect { proxy: Option<String>, source: BoxError },
    /// The connection failed before the response head arrived. `is_stale` means that it was reused
    /// and that no byte of a response arrived.
    Http { source: hyper::Error, is_stale: bool },
}

impl SendError {
    /// Returns whether the server closed a reused connection without responding. It has most
    /// likely closed the connection while it was idle, and not read the request.
    pub(crate) fn is_stale_connection(&self) -> bool {
        matches!(self, Self::Http { source, is_stale: true } if !source.is_parse())
            && !self.is_timeout()
    }

    /// Returns whether the peer or the network did not respond in time.
    pub(crate) fn is_timeout(&self) -> bool {
        causes(self).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_timed_out)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect { proxy: None, .. } => "cannot connect",
            Self::Connect { proxy: Some(_), .. } => "cannot connect through the proxy",
            Self::Http { .. } => "connection lost",
        })
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Connect { source, .. } => Some(&**source),
            Self::Http { source, .. } => Some(source),
        }
    }
}

/// A host name that cannot be resolved.
#[derive(Debug)]
pub(crate) struct DnsError(pub(crate) io::Error);

impl fmt::Display for DnsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("host name cannot be resolved")
    }
}

impl StdError for DnsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// What the tunnel's error says if the proxy responded with 407, and with another error status.
/// Its type is not public.
const AUTHORIZATION_REQUIRED: &str = "proxy authorization required";
const TUNNEL_REFUSED: &str = "tunnel error: unsuccessful";

/// A kind of proxy that is not supported.
#[derive(Debug)]
pub(crate) struct UnsupportedProxy;

impl fmt::Display for UnsupportedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SOCKS proxies are not supported; use an HTTP proxy")
    }
}

impl StdError for UnsupportedProxy {}

/// Returns the error for a request that could not be sent or got no response head.
pub(crate) fn send_error(info: &RequestInfo, error: SendError) -> Error {
    if let SendError::Connect { proxy: Some(proxy), source } = &error
        && source.to_string().contains(AUTHORIZATION_REQUIRED)
    {
        return proxy_authentication_error(info, Some(proxy)).with_source(error);
    }
    let address = &info.address;
    let kind = match &error {
        SendError::Http { source, .. } if source.is_parse() => ErrorKind::Protocol,
        error if find::<UnsupportedProxy>(error).is_some() => ErrorKind::Configuration,
        error if error.is_timeout() => ErrorKind::Timeout,
        _ => ErrorKind::Transport,
    };
    let message = match &error {
        SendError::Connect { proxy, .. } => {
            let through = proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}"));
            let through = through.unwrap_or_default();
            match kind {
                ErrorKind::Timeout => format!("timed out connecting to {address}{through}"),
                _ => format!("cannot connect to {address}{through}: {}", connect_reason(&error)),
            }
        }
        SendError::Http { source, .. } if source.is_parse() => {
            format!("invalid HTTP response from {address}: {source}")
        }
        SendError::Http { .. } => {
            format!("connection to {address} failed: {}", broken_reason(&error))
        }
    };
    info.error(kind, &message).with_source(error)
}

/// Returns the error for a proxy that requires credentials (status 407). `proxy` is its host and
/// port, if known.
pub(crate) fn proxy_authentication_error(info: &RequestInfo, proxy: Option<&str>) -> Error {
    let (name, host) = match proxy {
        Some(proxy) => (format!("the proxy {proxy}"), proxy),
        None => ("a proxy".to_owned(), "proxy.example.com:3128"),
    };
    let message = format!(
        "authentication failed: {name}, which requests to {} go through, requires other \
         credentials; set a user and a password in its address, as in \
         HTTPS_PROXY=http://user:password@{host}",
        info.address
    );
    info.error(ErrorKind::Authentication, &message)
}

/// Returns the error for a response body whose connection failed.
pub(crate) fn body_error(info: &RequestInfo, error: hyper::Error) -> Error {
    let message = format!(
        "connection to {} failed while reading the response: {}",
        info.address,
        broken_reason(&error)
    );
    info.error(ErrorKind::Transport, &message).with_source(error)
}

/// Returns the error for a provider that sent nothing for `waited`. `has_started` means that part
/// of the response has arrived.
pub(crate) fn timeout_error(info: &RequestInfo, waited: Duration, has_started: bool) -> Error {
    let (address, waited) = (&info.address, waited.as_secs_f64());
    let message = if has_started {
        format!("response from {address} stalled: no data for {waited} s")
    } else {
        format!("no response from {address} within {waited} s")
    };
    info.error(ErrorKind::Timeout, &message)
}

/// Returns why no connection could be opened, and what to do about it.
fn connect_reason(error: &SendError) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return tls_reason(error);
    }
    let proxied = matches!(error, SendError::Connect { proxy: Some(_), .. });
    if find::<DnsError>(error).is_some() {
        return match proxied {
            true => "proxy not found; check its host name and the network",
            false => "host not found; check its name and the network",
        }
        .to_owned();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) if proxied => {
            "connection refused; check that the proxy is running".to_owned()
        }
        Some(io::ErrorKind::ConnectionRefused) => {
            "connection refused; check that the server is running".to_owned()
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "host unreachable; check the network".to_owned()
        }
        Some(kind) => kind.to_string(),
        None => match error.source().filter(|_| proxied).map(ToString::to_string) {
            Some(reason) if reason.contains(TUNNEL_REFUSED) => {
                "the proxy refused the connection; check that it allows connections to this host"
                    .to_owned()
            }
            Some(reason) => reason,
            None => "unknown reason".to_owned(),
        },
    }
}

/// Returns why a connection failed.
fn broken_reason(error: &(dyn StdError + 'static)) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return error.to_string();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::Other) | None => "closed early".to_owned(),
        Some(kind) => kind.to_string(),
    }
}

fn is_timed_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

/// Returns the first error of type `T` in the source chain.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Iterates over an error and its sources, including those inside IO errors.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}
