//! What a service says of an error, in any of the shapes that are in use.

use serde_json::Value;

use super::text::one_line;

/// What a service says of an error.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// In words.
    pub(super) message: Option<String>,
    /// The code, such as `unknown_model`; a number's digits where it was one.
    pub(super) code: Option<String>,
    /// The kind of error, such as `invalid_request_error`.
    pub(super) kind: Option<String>,
    /// The field of the request that is at fault.
    pub(super) field: Option<String>,
    /// The HTTP status that it stands for, where it says so: in a field of its own or as code.
    pub(super) status: Option<u16>,
    /// Whether a content filter stepped in.
    pub(super) filtered: bool,
    /// What it says besides: a filter's categories, a validator's complaints.
    pub(super) details: Option<Value>,
    /// All of it.
    pub(super) report: Value,
}

impl Told {
    /// Reads a body: JSON of a known shape, or plain text.
    pub(super) fn read(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => Self::of(&value),
            Err(_) if body.trim_start().starts_with('<') => Self::default(),
            Err(_) => Self { message: filled(body), ..Self::default() },
        }
    }

    /// Reads a value: the error's object, or an object that holds it.
    pub(super) fn of(value: &Value) -> Self {
        // Google's endpoint wraps its errors in a list.
        let value = value.as_array().and_then(|items| items.first()).unwrap_or(value);
        let error = match value.get("error") {
            Some(error @ (Value::Object(_) | Value::String(_))) => error,
            _ => value,
        };
        if let Value::String(text) = error {
            return Self { message: filled(text), code: text_of(value, "code"), ..Self::default() };
        }
        let code = text_of(error, "code").or_else(|| text_of(value, "code"));
        let inner = error.get("innererror");
        let policy = inner.and_then(|inner| text_of(inner, "code"));
        let detail = ["detail", "details"].iter().find_map(|name| error.get(*name));
        let kind = text_of(error, "type").or_else(|| text_of(value, "type"));
        let kind = kind.or_else(|| text_of(first(detail?), "type"));
        // OpenRouter hands on what a moderation found in its own way.
        let flagged =
            error.get("metadata").is_some_and(|about| about.get("flagged_input").is_some());
        let filtered =
            flagged || [&code, &kind, &policy].into_iter().flatten().any(|code| is_filter(code));
        let statuses = ["status", "status_code", "statusCode", "code"].iter();
        let statuses = statuses.flat_map(|name| [text_of(error, name), text_of(value, name)]);
        let mut statuses = statuses.flatten().filter_map(|status| status.parse().ok());
        // A router's own words are few; what the service behind it said is in here.
        let behind = error.get("metadata").and_then(|metadata| text_of(metadata, "raw"));
        let behind = behind.and_then(|raw| Self::read(&raw).message);
        Self {
            message: behind
                .or_else(|| first_text(error, value))
                .or_else(|| detail.and_then(detail_message)),
            code,
            kind,
            field: text_of(error, "param").or_else(|| detail.and_then(detail_field)),
            status: statuses.find(|status| (400..600).contains(status)),
            filtered,
            details: details(inner, error, value),
            report: value.clone(),
        }
    }

    /// The categories for which a content filter stepped in, as a sentence.
    pub(super) fn categories(&self) -> Option<String> {
        let categories = self.details.as_ref()?.as_object()?.iter();
        let found = categories.filter(|(_, category)| category["filtered"] == true);
        let found = found.map(|(name, category)| match category["severity"].as_str() {
            Some(severity) => format!("{} ({})", one_line(name), one_line(severity)),
            None => one_line(name),
        });
        let found: Vec<_> = found.take(8).collect();
        (!found.is_empty()).then(|| format!("It found: {}.", found.join(", ")))
    }

    /// Whether the code or the kind is one of these.
    pub(super) fn is_any(&self, codes: &[&str]) -> bool {
        [&self.code, &self.kind]
            .into_iter()
            .flatten()
            .any(|code| codes.iter().any(|known| code.eq_ignore_ascii_case(known)))
    }
}

/// What is told besides, in the service's own words; an empty object tells nothing.
fn details(inner: Option<&Value>, error: &Value, value: &Value) -> Option<Value> {
    const NAMES: [&str; 4] =
        ["content_filter_result", "content_filter_results", "detail", "details"];
    let places = [inner, Some(error), Some(value)];
    let told = NAMES.iter().flat_map(|name| places.map(|place| place?.get(*name)));
    let told = told.flatten().find(|told| match told {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    });
    told.cloned()
}

fn is_filter(code: &str) -> bool {
    matches!(code, "content_filter" | "ResponsibleAIPolicyViolation" | "content_policy_violation")
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => filled(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The message, under whichever name.
fn first_text(error: &Value, outer: &Value) -> Option<String> {
    let names = ["message", "detail", "error_description", "title"];
    names.iter().find_map(|name| text_of(error, name).or_else(|| text_of(outer, name)))
}

/// The first of a validator's complaints, or the only one.
fn first(detail: &Value) -> &Value {
    detail.as_array().and_then(|items| items.first()).unwrap_or(detail)
}

fn detail_message(detail: &Value) -> Option<String> {
    let first = first(detail);
    text_of(first, "msg").or_else(|| text_of(first, "message"))
}

/// The field that a complaint is about, and what it was set to: `response_format = json_object`.
fn detail_field(detail: &Value) -> Option<String> {
    let first = first(detail);
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
