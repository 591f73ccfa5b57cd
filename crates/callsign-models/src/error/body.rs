//! The error report in a response body, in any of the shapes that providers use.

use serde_json::Value;

use super::text::one_line;
use crate::sse::SseDecoder;

/// An error as the provider reports it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorReport {
    /// The message.
    pub(super) message: Option<String>,
    /// The code, such as `unknown_model`; a numeric code as its digits.
    pub(super) code: Option<String>,
    /// The type of the error, such as `invalid_request_error`.
    pub(super) kind: Option<String>,
    /// The request field that caused the error.
    pub(super) field: Option<String>,
    /// The HTTP status, if the report contains one, either in its own field or as the code.
    pub(super) status: Option<u16>,
    /// Whether a content filter caused the error.
    pub(super) filtered: bool,
    /// Further details: the categories of a filter, the violations that a validator found.
    pub(super) details: Option<Value>,
    /// The whole report.
    pub(super) raw: Value,
}

impl ErrorReport {
    /// Parses a body: JSON of a known shape, an event stream, or plain text. An HTML page has no
    /// report.
    pub(super) fn read(body: &str) -> Self {
        let body = body.trim_start_matches('\u{feff}');
        if let Some(value) = first_value(body) {
            return Self::of(&value);
        }
        if body.trim_start().starts_with('<') {
            return Self::default();
        }
        let event = first_event(body);
        let text = event.as_deref().unwrap_or(body);
        match first_value(text) {
            Some(value) => Self::of(&value),
            None => Self { message: non_empty(text), ..Self::default() },
        }
    }

    /// Parses a value: the error object, or an object that contains it.
    pub(super) fn of(value: &Value) -> Self {
        // Google's endpoint wraps its errors in an array.
        let value = value.as_array().and_then(|items| items.first()).unwrap_or(value);
        let error = match value.get("error") {
            Some(error @ (Value::Object(_) | Value::String(_))) => error,
            _ => value,
        };
        if let Value::String(text) = error {
            return Self {
                message: non_empty(text),
                code: text_of(value, "code"),
                ..Self::default()
            };
        }
        let code = text_of(error, "code").or_else(|| text_of(value, "code"));
        let inner = error.get("innererror");
        let policy = inner.and_then(|inner| text_of(inner, "code"));
        let detail = ["detail", "details"].iter().find_map(|name| error.get(*name));
        let kind = text_of(error, "type").or_else(|| text_of(value, "type"));
        let kind = kind.or_else(|| text_of(first_violation(detail?), "type"));
        // OpenRouter reports the result of a moderation in its own shape.
        let flagged =
            error.get("metadata").is_some_and(|about| about.get("flagged_input").is_some());
        let filtered =
            flagged || [&code, &kind, &policy].into_iter().flatten().any(|code| is_filter(code));
        let statuses = ["status", "status_code", "statusCode", "code"].iter();
        let statuses = statuses.flat_map(|name| [text_of(error, name), text_of(value, name)]);
        let mut statuses = statuses.flatten().filter_map(|status| status.parse().ok());
        // The message of a router is generic; `metadata.raw` has the report of the provider behind
        // it.
        let upstream = error.get("metadata").and_then(|metadata| text_of(metadata, "raw"));
        let upstream = upstream.and_then(|raw| Self::read(&raw).message);
        Self {
            message: upstream
                .or_else(|| message_of(error, value))
                .or_else(|| detail.and_then(detail_message)),
            code,
            kind,
            field: text_of(error, "param").or_else(|| detail.and_then(detail_field)),
            status: statuses.find(|status| (400..600).contains(status)),
            filtered,
            details: details(inner, error, value),
            raw: value.clone(),
        }
    }

    /// Returns the categories that a content filter reported as filtered, as a hint.
    pub(super) fn categories(&self) -> Option<String> {
        let categories = self.details.as_ref()?.as_object()?.iter();
        let found = categories.filter(|(_, category)| category["filtered"] == true);
        let found = found.map(|(name, category)| match category["severity"].as_str() {
            Some(severity) => format!("{} ({})", one_line(name), one_line(severity)),
            None => one_line(name),
        });
        let found: Vec<_> = found.take(8).collect();
        (!found.is_empty()).then(|| format!("filtered categories: {}", found.join(", ")))
    }

    /// Returns whether the code or the type is one of `codes`.
    pub(super) fn is_any(&self, codes: &[&str]) -> bool {
        [&self.code, &self.kind]
            .into_iter()
            .flatten()
            .any(|code| codes.iter().any(|known| code.eq_ignore_ascii_case(known)))
    }
}

/// Returns the JSON value of a body, or the object at its start: some gateways append to a report.
fn first_value(body: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(body) {
        return Some(value);
    }
    let mut values = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    values.next()?.ok().filter(Value::is_object)
}

/// Returns the data of the first event of an event stream: some gateways send an error as one
/// although the status is an error's.
fn first_event(body: &str) -> Option<String> {
    let mut found = None;
    let mut decoder = SseDecoder::default();
    // The last event may lack its blank line.
    let text = format!("{body}\n\n");
    let pushed = decoder.push(text.as_bytes(), |_, data| {
        if found.is_none() && data.trim() != "[DONE]" && !data.trim().is_empty() {
            found = Some(data.to_owned());
        }
    });
    pushed.ok().and(found)
}

/// Returns the details as the provider reports them; empty objects and arrays do not count.
fn details(inner: Option<&Value>, error: &Value, value: &Value) -> Option<Value> {
    const NAMES: [&str; 4] =
        ["content_filter_result", "content_filter_results", "detail", "details"];
    let levels = [inner, Some(error), Some(value)];
    let found = NAMES.iter().flat_map(|name| levels.map(|level| level?.get(*name)));
    let found = found.flatten().find(|found| match found {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    });
    found.cloned()
}

fn is_filter(code: &str) -> bool {
    matches!(code, "content_filter" | "ResponsibleAIPolicyViolation" | "content_policy_violation")
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => non_empty(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the message, which providers send under different names.
fn message_of(error: &Value, outer: &Value) -> Option<String> {
    let names = ["message", "detail", "error_description", "title"];
    names.iter().find_map(|name| text_of(error, name).or_else(|| text_of(outer, name)))
}

/// Returns the first violation that a validator reports, or the only one.
fn first_violation(detail: &Value) -> &Value {
    detail.as_array().and_then(|items| items.first()).unwrap_or(detail)
}

fn detail_message(detail: &Value) -> Option<String> {
    let first = first_violation(detail);
    text_of(first, "msg").or_else(|| text_of(first, "message"))
}

/// Returns the path of the invalid field and its value: `response_format = json_object`.
fn detail_field(detail: &Value) -> Option<String> {
    let first = first_violation(detail);
    let steps = first.get("loc")?.as_array()?;
    let mut path = String::new();
    for step in steps.iter().filter(|step| step.as_str() != Some("body")) {
        if !path.is_empty() {
            path.push('.');
        }
        match step {
            Value::String(name) => path.push_str(name),
            step => path.push_str(&step.to_string()),
        }
    }
    let given = text_of(first, "input").or_else(|| text_of(first, "value"));
    let given = given.map(|given| format!(" = {given}")).unwrap_or_default();
    (!path.is_empty()).then_some(path + &given)
}

#[cfg(test)]
mod tests;
