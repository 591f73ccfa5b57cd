//! Errors that a service answered with.

use std::time::{Duration, SystemTime};

use callsign_core::words::error::{Error, ErrorKind};
use http::HeaderMap;
use serde_json::Value;

use super::body::Told;
use super::hint::hint;
use super::kind::kind;
use super::place::Place;
use super::text::{one_line, sentence};
use super::wait;

/// The status of the model behind one of Azure's managed endpoints, which itself answers 424.
const MODEL_STATUS: &str = "ms-azureml-model-error-statuscode";

/// The error of a reply with this status.
pub(crate) fn of_status(place: &Place, status: u16, headers: &HeaderMap, body: &str) -> Error {
    // Before anything of it is cut: half a secret is not found any more.
    let body = place.secrets.scrub_body(body);
    let told = Told::read(&body);
    let behind = headers.get(MODEL_STATUS).filter(|_| status == 424);
    let behind = behind.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let kind = kind(behind.unwrap_or(status), &told);
    let at = format!("{} answered {status}", place.address);
    let page = body.trim_start().starts_with('<').then_some("an HTML page");
    let wait = wait::of_headers(headers, SystemTime::now());
    let wait = wait.or_else(|| wait::of_body(&told.report, told.message.as_deref()));
    let hint = hint(place, kind, Some(status), &told, wait);
    let message = message(kind, &at, &said(&told, page.unwrap_or_default()), hint);
    let error = place.error(kind, &message).with_status(status).with_body(body);
    with_particulars(error, place, told, wait)
}

/// The error that a service reported inside a reply that had begun well, under these headers.
pub(crate) fn of_report(place: &Place, headers: &HeaderMap, report: &Value) -> Error {
    let mut report = report.clone();
    place.secrets.scrub_value(&mut report);
    let told = Told::of(&report);
    let status = told.status;
    let kind = kind(status.unwrap_or(0), &told);
    let number = status.map(|status| format!(" ({status})")).unwrap_or_default();
    let at = format!("{} reported an error in its reply{number}", place.address);
    let wait = wait::of_headers(headers, SystemTime::now());
    let wait = wait.or_else(|| wait::of_body(&report, told.message.as_deref()));
    let hint = hint(place, kind, status, &told, wait);
    let message = message(kind, &at, &said(&told, ""), hint);
    let error = place.error(kind, &message).with_body(report.to_string());
    let error = with_particulars(error, place, told, wait);
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

/// The error, with what else was told and how long to wait.
fn with_particulars(mut error: Error, place: &Place, told: Told, wait: Option<Duration>) -> Error {
    if let Some(mut details) = told.details {
        place.secrets.scrub_value(&mut details);
        error = error.with_details(details);
    }
    match wait {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

/// The line: what happened, where, what the service says of it, and what to do about it.
fn message(kind: ErrorKind, at: &str, said: &str, hint: Option<String>) -> String {
    let what = what(kind);
    let line =
        if said.is_empty() { format!("{what}: {at}.") } else { format!("{what}: {at}: {said}") };
    match hint {
        Some(hint) => format!("{line} {hint}"),
        None => line,
    }
}

/// What the service says: the code, the message, and the field at fault.
fn said(told: &Told, otherwise: &str) -> String {
    let message = told.message.as_deref().map_or_else(|| otherwise.to_owned(), one_line);
    let code = told.code.as_deref().filter(|code| worth_saying(code, &message)).map(one_line);
    let said = match code {
        Some(code) if message.is_empty() => code,
        Some(code) => format!("{code}: {message}"),
        None => message,
    };
    let field = told.field.as_deref().filter(|field| !said.contains(*field));
    sentence(&match field {
        Some(field) => format!("{} ({})", said.trim_end_matches('.'), one_line(field)),
        None => said,
    })
}

/// Whether a code adds something: a number repeats the status, a message may have it, and this
/// one only says what the line begins with.
fn worth_saying(code: &str, said: &str) -> bool {
    code.parse::<i64>().is_err() && code != "invalid_request_error" && !said.contains(code)
}

fn what(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication => "the service did not accept the credential",
        ErrorKind::NotFound => "the address or the model is not there",
        ErrorKind::Retired => "the model has been retired",
        ErrorKind::InvalidRequest => "the service did not accept the request",
        ErrorKind::UnsupportedParameter => "the model does not take a parameter of the request",
        ErrorKind::ContextLength => "the conversation is longer than the model can read",
        ErrorKind::ContentFiltered => "the service's content filter withheld the prompt",
        ErrorKind::RateLimited => "too many requests or tokens",
        ErrorKind::QuotaExhausted => "the quota is used up",
        ErrorKind::Timeout => "the service gave up waiting",
        ErrorKind::Server => "the service failed",
        _ => "the service answered in a way that is not understood",
    }
}

#[cfg(test)]
mod tests;
