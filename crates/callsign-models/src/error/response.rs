//! Errors of a successful response whose body cannot be read or parsed.

use callsign_types::error::{Error, ErrorKind};
use http::HeaderMap;

use super::request_info::RequestInfo;
use super::status::reported_error;
use super::text::one_line;
use crate::wire::response_error::ResponseError;

/// Returns the error for a fault in a response with these headers.
pub(crate) fn fault_error(info: &RequestInfo, headers: &HeaderMap, fault: ResponseError) -> Error {
    match fault {
        ResponseError::Reported(report) => reported_error(info, headers, &report),
        ResponseError::Incomplete => info.error(
            ErrorKind::Incomplete,
            &format!("response from {} ended before it was complete", info.address),
        ),
        ResponseError::Malformed(what, source) => {
            let message = format!("invalid response from {}: {what}", info.address);
            let error = info.error(ErrorKind::Protocol, &message);
            match source {
                Some(source) => error.with_source(info.redacted_source(source)),
                None => error,
            }
        }
    }
}

/// Returns the error for a body that is neither JSON nor an event stream.
pub(crate) fn foreign_body_error(
    info: &RequestInfo,
    status: u16,
    kind: Option<&str>,
    body: &str,
) -> Error {
    let html = body.trim_start().starts_with('<') || kind.is_some_and(|kind| kind.contains("html"));
    let what = match kind {
        _ if html => "HTML".to_owned(),
        _ if body.trim().is_empty() => "an empty body".to_owned(),
        Some(kind) => one_line(&info.redact(kind)),
        None => "a body of unknown type".to_owned(),
    };
    let message = format!(
        "{} responded with {what} instead of JSON or an event stream (status {status}); check the \
         address",
        info.address
    );
    info.error(ErrorKind::Protocol, &message).with_status(status).with_body(info.redact(body))
}

/// Returns the error for a response that exceeds `limit` bytes.
pub(crate) fn too_long_error(info: &RequestInfo, limit: usize) -> Error {
    let limit = limit / (1024 * 1024);
    let message =
        format!("response from {} exceeds {limit} MiB; reading was stopped", info.address);
    info.error(ErrorKind::Protocol, &message)
}

/// Returns the error for a compressed response, which the request did not accept.
pub(crate) fn compressed_error(info: &RequestInfo, compression: &str) -> Error {
    let message = format!(
        "{} sent a compressed body ({}) that was not requested; configure the proxy or gateway to \
         pass bodies through unchanged",
        info.address,
        one_line(&info.redact(compression))
    );
    info.error(ErrorKind::Protocol, &message)
}
