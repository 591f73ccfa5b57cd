//! Errors of a reply that could not be read to its end.

use callsign_core::words::error::{Error, ErrorKind};
use http::HeaderMap;

use super::place::Place;
use super::status::of_report;
use super::text::one_line;
use crate::wire::fault::Fault;

/// The error of a fault in a reply that came under these headers.
pub(crate) fn of_fault(place: &Place, headers: &HeaderMap, fault: Fault) -> Error {
    match fault {
        Fault::Reported(report) => of_report(place, headers, &report),
        Fault::CutOff => place.error(
            ErrorKind::Unfinished,
            &format!("the reply of {} was cut off before it was finished", place.address),
        ),
        Fault::NotUnderstood(what, source) => {
            let message = format!("the reply of {} is not understood: {what}", place.address);
            let error = place.error(ErrorKind::Protocol, &message);
            match source {
                Some(source) => error.with_source(place.source(source)),
                None => error,
            }
        }
    }
}

/// The error of a reply that is of another kind altogether.
pub(crate) fn of_foreign(place: &Place, status: u16, kind: Option<&str>, body: &str) -> Error {
    let html = body.trim_start().starts_with('<') || kind.is_some_and(|kind| kind.contains("html"));
    let what = match kind {
        _ if html => "HTML".to_owned(),
        _ if body.trim().is_empty() => "nothing".to_owned(),
        Some(kind) => one_line(&place.scrub(kind)),
        None => "something that is not JSON".to_owned(),
    };
    let message = format!(
        "the endpoint answered with {what} (status {status}): is {} the right address?",
        place.address
    );
    place.error(ErrorKind::Protocol, &message).with_status(status).with_body(place.scrub(body))
}

/// The error of a reply that is longer than is believed: than so many bytes.
pub(crate) fn of_length(place: &Place, most: usize) -> Error {
    let most = most / (1024 * 1024);
    let message = format!(
        "the reply of {} is longer than any reply is: it was given up at {most} MiB",
        place.address
    );
    place.error(ErrorKind::Protocol, &message)
}

/// The error of a reply that is compressed, though nobody asked for that.
pub(crate) fn of_compression(place: &Place, compression: &str) -> Error {
    let message = format!(
        "{} answered with a compressed body ({}) that was not asked for: a proxy in between has \
         to leave bodies as they are",
        place.address,
        one_line(&place.scrub(compression))
    );
    place.error(ErrorKind::Protocol, &message)
}
