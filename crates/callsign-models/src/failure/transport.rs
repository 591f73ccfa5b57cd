//! Errors of a connection that failed, or took too long.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use callsign_core::words::error::{BoxError, Error, ErrorKind};

use super::place::Place;

/// How a request failed on its way. It shows neither the address nor anything of the request.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no connection, or none through this proxy, of which the host and the port are
    /// shown.
    Unconnected { proxy: Option<String>, cause: BoxError },
    /// The connection broke before the head of an answer had come.
    Broken(hyper::Error),
}

impl Failed {
    /// Whether the connection ended before the head of an answer was there.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self, Self::Broken(error) if !error.is_parse()) && !self.is_timeout()
    }

    /// Whether the other side, or a network in between, was silent for too long.
    pub(crate) fn is_timeout(&self) -> bool {
        causes(self).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_silence)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unconnected { proxy: None, .. } => "there is no connection",
            Self::Unconnected { proxy: Some(_), .. } => "there is no connection through the proxy",
            Self::Broken(_) => "the connection broke",
        })
    }
}

impl StdError for Failed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unconnected { cause, .. } => Some(&**cause),
            Self::Broken(error) => Some(error),
        }
    }
}

/// A host whose address could not be found.
#[derive(Debug)]
pub(crate) struct Unresolved(pub(crate) io::Error);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has no address")
    }
}

impl StdError for Unresolved {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// The error of a request that failed on its way.
pub(crate) fn of_request(place: &Place, error: Failed) -> Error {
    let address = &place.address;
    let kind = match &error {
        Failed::Broken(error) if error.is_parse() => ErrorKind::Protocol,
        error if error.is_timeout() => ErrorKind::Timeout,
        _ => ErrorKind::Transport,
    };
    let message = match &error {
        Failed::Unconnected { proxy, .. } => {
            let through = proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}"));
            let through = through.unwrap_or_default();
            match kind {
                ErrorKind::Timeout => format!("connecting to {address}{through} took too long"),
                _ => format!("can't connect to {address}{through}: {}", connect(&error)),
            }
        }
        Failed::Broken(error) if error.is_parse() => {
            format!("the head of the answer of {address} is not understood: {error}")
        }
        Failed::Broken(_) => format!("the connection to {address} broke: {}", broken(&error)),
    };
    place.error(kind, &message).with_source(error)
}

/// The error of a reply whose connection broke.
pub(crate) fn of_reading(place: &Place, error: hyper::Error) -> Error {
    let message = format!(
        "the reply of {} was cut off: the connection broke: {}",
        place.address,
        broken(&error)
    );
    place.error(ErrorKind::Transport, &message).with_source(error)
}

/// The error of a service that has been silent for this long.
pub(crate) fn of_silence(place: &Place, waited: Duration, begun: bool) -> Error {
    let (address, waited) = (&place.address, waited.as_secs_f64());
    let message = if begun {
        format!("the reply of {address} stopped: nothing has come for {waited} s")
    } else {
        format!("{address} has not answered for {waited} s")
    };
    place.error(ErrorKind::Timeout, &message)
}

/// Why there is no connection, and what to do about it.
fn connect(error: &Failed) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return format!("no secure connection: {error}");
    }
    let proxied = matches!(error, Failed::Unconnected { proxy: Some(_), .. });
    if find::<Unresolved>(error).is_some() {
        return match proxied {
            true => "there is no such proxy. Is its name right, and is there a network?",
            false => "there is no such host. Is its name right, and is there a network?",
        }
        .to_owned();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) if proxied => {
            "connection refused. Is the proxy running?".to_owned()
        }
        Some(io::ErrorKind::ConnectionRefused) => {
            "connection refused. Is the server running?".to_owned()
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "it cannot be reached. Is there a network?".to_owned()
        }
        Some(kind) => kind.to_string(),
        // What a proxy has against it is said in the cause, and nowhere else.
        None => match error.source().filter(|_| proxied) {
            Some(cause) => cause.to_string(),
            None => "no connection".to_owned(),
        },
    }
}

/// How a connection broke, in a word or two.
fn broken(error: &(dyn StdError + 'static)) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return error.to_string();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::Other) | None => "it was closed too early".to_owned(),
        Some(kind) => kind.to_string(),
    }
}

fn is_silence(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

/// The first error of this type among the causes.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and its causes, those inside IO errors too.
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
