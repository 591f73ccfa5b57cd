//! Errors of a connection that failed, or took too long.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use callsign_core::words::error::{Error, ErrorKind};

use super::place::Place;

/// The error of a request that failed on its way.
pub(crate) fn of_request(place: &Place, error: reqwest::Error) -> Error {
    // The address may carry a secret in its query, and the message has it without.
    let error = error.without_url();
    let address = &place.address;
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, format!("connecting to {address} took too long"))
    } else if error.is_connect() {
        (ErrorKind::Transport, format!("can't connect to {address}: {}", connect(&error)))
    } else {
        (ErrorKind::Transport, format!("the connection to {address} broke: {}", broken(&error)))
    };
    place.error(kind, &message).with_source(error)
}

/// The error of a reply whose connection broke.
pub(crate) fn of_reading(place: &Place, error: reqwest::Error) -> Error {
    let error = error.without_url();
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
fn connect(error: &reqwest::Error) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return format!("no secure connection: {error}");
    }
    if error.is_dns() {
        return "there is no such host. Is its name right, and is there a network?".to_owned();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => {
            "connection refused. Is the server running?".to_owned()
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "it cannot be reached. Is there a network?".to_owned()
        }
        Some(kind) => kind.to_string(),
        None => "no connection".to_owned(),
    }
}

/// How a connection broke, in a word or two.
fn broken(error: &reqwest::Error) -> String {
    if let Some(error) = find::<rustls::Error>(error) {
        return error.to_string();
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::Other) | None => "it was closed too early".to_owned(),
        Some(kind) => kind.to_string(),
    }
}

/// The first error of this type among the causes, those inside IO errors too.
fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
