//! Errors of a response with an error status, or with an error report in its body.

use std::time::{Duration, SystemTime};

use callsign_types::error::{Error, ErrorKind};
use http::HeaderMap;
use serde_json::Value;

use super::body::ErrorReport;
use super::hint::{hint, redirect_hint};
use super::kind::kind;
use super::output_mode::mark_rejected_output_mode;
use super::request_info::RequestInfo;
use super::retry_after;
use super::text::one_line;

/// The header with the status of the model behind one of Azure's managed endpoints, which itself
/// responds with 424.
const MODEL_STATUS: &str = "ms-azureml-model-error-statuscode";

/// Returns the error for a response with this error status.
pub(crate) fn status_error(
    info: &RequestInfo,
    status: u16,
    headers: &HeaderMap,
    body: &str,
) -> Error {
    // Redact before truncating: a truncated secret is not recognized.
    let body = info.secrets.redact_body(body);
    let report = ErrorReport::read(&body);
    let model_status = headers.get(MODEL_STATUS).filter(|_| status == 424);
    let model_status = model_status.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let kind = kind(model_status.unwrap_or(status), &report);
    let event = format!("{} responded with {status}", info.address);
    let page = body.trim_start().starts_with('<').then_some("an HTML page");
    let wait = retry_after::from_headers(headers, SystemTime::now());
    let wait = wait.or_else(|| retry_after::from_body(&report.raw, report.message.as_deref()));
    let hint = match status {
        300..400 => Some(redirect_hint(info, headers)),
        _ => hint(info, kind, &report, wait, Some(status)),
    };
    let message = message(kind, &event, &provider_message(&report, page.unwrap_or_default()), hint);
    let error = info.error(kind, &message).with_status(status).with_body(body);
    with_details_and_wait(error, info, report, wait)
}

/// Returns the error for a report in the body of a successful response with these headers.
pub(crate) fn reported_error(info: &RequestInfo, headers: &HeaderMap, value: &Value) -> Error {
    let mut value = value.clone();
    info.secrets.redact_value(&mut value);
    let report = ErrorReport::of(&value);
    let status = report.status;
    let kind = kind(status.unwrap_or(0), &report);
    let number = status.map(|status| format!(" ({status})")).unwrap_or_default();
    let event = format!("{} reported an error in its response{number}", info.address);
    let wait = retry_after::from_headers(headers, SystemTime::now());
    let wait = wait.or_else(|| retry_after::from_body(&value, report.message.as_deref()));
    let hint = hint(info, kind, &report, wait, status);
    let message = message(kind, &event, &provider_message(&report, ""), hint);
    let error = info.error(kind, &message).with_body(value.to_string());
    let error = with_details_and_wait(error, info, report, wait);
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

/// Adds the details of `report` and the requested wait to `error`.
fn with_details_and_wait(
    mut error: Error,
    info: &RequestInfo,
    report: ErrorReport,
    wait: Option<Duration>,
) -> Error {
    if let Some(mut details) = report.details {
        info.secrets.redact_value(&mut details);
        error = error.with_details(details);
    }
    let error = mark_rejected_output_mode(error);
    match wait {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

/// Returns the message: the kind, what happened, what the provider reports, and the hint.
fn message(kind: ErrorKind, event: &str, reported: &str, hint: Option<String>) -> String {
    let summary = summary(kind);
    let colon = if reported.is_empty() { "" } else { ": " };
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{summary}: {event}{colon}{reported}{hint}")
}

/// Returns what the provider reports: the code, the message (or `otherwise`) and the invalid field.
fn provider_message(report: &ErrorReport, otherwise: &str) -> String {
    let message = report.message.as_deref().map_or_else(|| otherwise.to_owned(), one_line);
    let code = report.code.as_deref().filter(|code| is_informative(code, &message)).map(one_line);
    let text = match code {
        Some(code) if message.is_empty() => code,
        Some(code) => format!("{code}: {message}"),
        None => message,
    };
    let text = text.trim_end_matches('.');
    match report.field.as_deref().filter(|field| !text.contains(*field)) {
        Some(field) => format!("{text} ({})", one_line(field)),
        None => text.to_owned(),
    }
}

/// Returns whether a code adds information. A number repeats the status, the message may contain
/// the code, and `invalid_request_error` only repeats the summary.
fn is_informative(code: &str, message: &str) -> bool {
    code.parse::<i64>().is_err() && code != "invalid_request_error" && !message.contains(code)
}

fn summary(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication => "authentication failed",
        ErrorKind::NotFound => "address or model not found",
        ErrorKind::ModelRetired => "model has been retired",
        ErrorKind::InvalidRequest => "invalid request",
        ErrorKind::UnsupportedParameter => "unsupported parameter",
        ErrorKind::ContextLength => "context length exceeded",
        ErrorKind::ContentFiltered => "the provider's content filter withheld the prompt",
        ErrorKind::RateLimited => "rate limit exceeded",
        ErrorKind::QuotaExhausted => "quota exhausted",
        ErrorKind::Timeout => "the provider timed out",
        ErrorKind::Server => "provider error",
        _ => "unexpected response",
    }
}

#[cfg(test)]
mod tests;
