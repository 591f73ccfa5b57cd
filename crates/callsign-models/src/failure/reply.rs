//! Errors of a reply that could not be read to its end.

use callsign_core::words::error::{Error, ErrorKind};

use super::place::Place;
use super::status::of_report;
use super::text::one_line;
use crate::wire::fault::Fault;

/// The error of a fault in a reply.
pub(crate) fn of_fault(place: &Place, fault: Fault) -> Error {
    match fault {
        Fault::Reported(report) => of_report(place, &report),
        Fault::CutOff => place.error(
            ErrorKind::Unfinished,
            &format!("the reply of {} was cut off before it was finished", place.address),
        ),
        Fault::NotUnderstood(what, source) => {
            let message = format!("the reply of {} is not understood: {what}", place.address);
            let error = place.error(ErrorKind::Protocol, &message);
            match source {
                Some(source) => error.with_source(source),
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
        Some(kind) => one_line(kind),
        None => "something that is not JSON".to_owned(),
    };
    let message = format!(
        "the endpoint answered with {what} (status {status}): is {} the right address?",
        place.address
    );
    place.error(ErrorKind::Protocol, &message).with_status(status).with_body(place.scrub(body))
}

/// The error of a reply that is longer than is believed.
pub(crate) fn of_length(place: &Place) -> Error {
    let message = format!("the reply of {} is longer than any reply is", place.address);
    place.error(ErrorKind::Protocol, &message)
}
