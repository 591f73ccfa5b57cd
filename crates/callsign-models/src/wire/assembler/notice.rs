//! Events of a stream that are not chunks: pings, notices and error reports.
//!
//! Gateways send them while a model works. An error report is an error at once. Whether a notice
//! such as `{"message":"…"}` is one shows only at the end: it is if the response breaks off.

use serde_json::Value;

use crate::wire::lenient::{Lenient, UnknownFields};

/// The maximum length of a text that is a notice, in bytes.
const MAX_NOTICE_BYTES: usize = 500;

/// An event that is not a chunk.
#[derive(Debug, PartialEq)]
pub(super) enum Notice {
    /// Shows only that the provider is alive.
    Ping,
    /// May explain why a response breaks off.
    Message(Value),
    /// Reports an error.
    Error(Value),
}

/// Classifies the data of an event that is not a JSON object. Returns `None` if it may be a part of
/// a chunk.
pub(super) fn from_text(data: &str) -> Option<Notice> {
    let data = match serde_json::from_str(data) {
        Ok(Value::Null | Value::Bool(_) | Value::Number(_)) => return Some(Notice::Ping),
        Ok(Value::String(text)) => text,
        _ => data.to_owned(),
    };
    if data.len() > MAX_NOTICE_BYTES || data.contains(['{', '}', '[', ']', '"', '\\']) {
        return None;
    }
    let is_word = data.is_ascii() && !data.contains(' ');
    let is_ping = (is_word || is_ping(&data)) && !is_failure(&data);
    Some(if is_ping { Notice::Ping } else { Notice::Message(Value::String(data)) })
}

/// Returns whether an object with these fields, and neither choices nor usage, is a notice.
pub(super) fn is_notice(fields: &UnknownFields<'_>) -> bool {
    ["message", "detail"].iter().any(|name| fields.get(name).is_some())
        || fields.get("type").and_then(Lenient::text).is_some_and(is_ping)
}

/// Classifies a notice.
pub(super) fn from_object(object: Value) -> Notice {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let kinds = ["type", "object", "event", "status", "name", "level"].map(text);
    let has_error_code = match text("code") {
        "" => false,
        code => !["ok", "success"].iter().any(|word| word.eq_ignore_ascii_case(code)),
    };
    let status = |name: &str| match object.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let statuses = ["code", "status", "status_code", "statusCode"];
    let is_error = kinds.iter().any(|kind| is_failure(kind))
        || (has_error_code && status("code").is_none())
        // Other numbers may be anything, such as a position in a queue.
        || statuses.into_iter().filter_map(status).any(|status| (400..600).contains(&status))
        || object.get("success") == Some(&Value::Bool(false))
        // FastAPI reports its errors here.
        || (!is_ping(text("type")) && object.get("detail").is_some_and(|it| !it.is_null()));
    if is_error {
        Notice::Error(object)
    } else if kinds.iter().any(|kind| is_ping(kind)) {
        Notice::Ping
    } else {
        Notice::Message(object)
    }
}

fn is_failure(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["error", "exception", "fail", "denied", "exceeded"].iter().any(|word| text.contains(word))
}

fn is_ping(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["ping", "alive", "heartbeat", "heart-beat", "processing", "progress", "queued"]
        .iter()
        .any(|word| text.contains(word))
}
