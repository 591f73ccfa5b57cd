//! Errors that a service answered with.

use callsign_core::words::error::{Error, ErrorKind};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::body::Told;
use super::place::Place;
use super::text::{one_line, sentence};

/// Codes by which services say that a model or a deployment is not there, whatever the status.
const NO_SUCH_MODEL: &[&str] =
    &["unknown_model", "model_not_found", "DeploymentNotFound", "ModelNotFound"];

/// The error of a reply with this status.
pub(crate) fn of_status(place: &Place, status: u16, headers: &HeaderMap, body: &str) -> Error {
    let told = Told::read(body);
    let kind = kind(status, &told);
    let at = format!("{} answered {status}", place.address);
    let page = body.trim_start().starts_with('<').then_some("an HTML page");
    let said = said(&told, page.unwrap_or_default());
    let hint = hint(place, kind, Some(status), &told, wait(headers).as_deref());
    let message = message(kind, Some(status), &at, &said, hint);
    place.error(kind, &message).with_status(status).with_body(place.scrub(body))
}

/// The error that a service reported inside a reply that had begun well.
pub(crate) fn of_report(place: &Place, report: &Value) -> Error {
    let told = Told::of(report);
    let status = told.status;
    let kind = kind(status.unwrap_or(0), &told);
    let number = status.map(|status| format!(" ({status})")).unwrap_or_default();
    let at = format!("{} reported an error in its reply{number}", place.address);
    let hint = hint(place, kind, status, &told, None);
    let message = message(kind, status, &at, &said(&told, ""), hint);
    let error = place.error(kind, &message).with_body(place.scrub(&report.to_string()));
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

fn kind(status: u16, told: &Told) -> ErrorKind {
    if told.filtered && !(401..=429).contains(&status) {
        return ErrorKind::ContentFiltered;
    }
    if told.is_any(NO_SUCH_MODEL) {
        return ErrorKind::NotFound;
    }
    match status {
        401 | 403 => ErrorKind::Authentication,
        404 | 405 | 410 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::InvalidRequest,
        500.. => ErrorKind::Server,
        // No status, so the words decide.
        0 if told.is_any(&["rate_limit_exceeded", "rate_limit_error", "insufficient_quota"]) => {
            ErrorKind::RateLimited
        }
        0 if told.is_any(&["invalid_request_error", "invalid_request"]) => {
            ErrorKind::InvalidRequest
        }
        0 if told.is_any(&["authentication_error", "invalid_api_key"]) => ErrorKind::Authentication,
        0 => ErrorKind::Server,
        _ => ErrorKind::Protocol,
    }
}

/// The line: what happened, where, what the service says of it, and what to do about it.
fn message(
    kind: ErrorKind,
    status: Option<u16>,
    at: &str,
    said: &str,
    hint: Option<String>,
) -> String {
    let what = what(kind, status);
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

fn what(kind: ErrorKind, status: Option<u16>) -> &'static str {
    match kind {
        ErrorKind::Authentication => "the service did not accept the credential",
        ErrorKind::NotFound if status == Some(410) => "the model has been retired",
        ErrorKind::NotFound => "the address or the model is not there",
        ErrorKind::InvalidRequest => "the service did not accept the request",
        ErrorKind::ContentFiltered => "the service's content filter withheld the prompt",
        ErrorKind::RateLimited => "too many requests or tokens",
        ErrorKind::Timeout => "the service gave up waiting",
        ErrorKind::Server => "the service failed",
        _ => "the service answered in a way that is not understood",
    }
}

fn hint(
    place: &Place,
    kind: ErrorKind,
    status: Option<u16>,
    told: &Told,
    wait: Option<&str>,
) -> Option<String> {
    Some(match kind {
        ErrorKind::Authentication if !place.has_key => "No key was given; set one.".to_owned(),
        ErrorKind::Authentication => {
            "Check the key, and that it is one of this resource's.".to_owned()
        }
        ErrorKind::NotFound if status == Some(410) => "Choose another one.".to_owned(),
        ErrorKind::NotFound => not_found(place, told),
        ErrorKind::InvalidRequest if told.is_any(&["no_model_name"]) => {
            "Name the model.".to_owned()
        }
        ErrorKind::RateLimited if told.is_any(&["insufficient_quota"]) => {
            "The quota is used up; waiting will not help.".to_owned()
        }
        ErrorKind::RateLimited => match wait {
            Some(wait) => format!("It asks to wait {wait}."),
            None => "Wait a while, and ask less often.".to_owned(),
        },
        ErrorKind::Protocol if status.is_some_and(|status| (300..400).contains(&status)) => {
            "It points elsewhere; set the endpoint to that address.".to_owned()
        }
        _ => return None,
    })
}

/// The likely reason why something is not there.
fn not_found(place: &Place, told: &Told) -> String {
    let address = &place.address;
    let model = place.model.as_deref();
    if told.is_any(NO_SUCH_MODEL) && !address.contains("/openai/deployments/") {
        return match model {
            Some(model) => format!("Is \"{}\" the model's name there?", one_line(model)),
            None => "Name a model that is there.".to_owned(),
        };
    }
    let version = match &place.api_version {
        Some(version) => format!(" and the api-version ({})", one_line(version)),
        None => String::new(),
    };
    if address.contains("/openai/deployments/") {
        return format!("Check the deployment's name in the address{version}.");
    }
    if address.contains(".services.ai.azure.com") && !address.contains("/models/") {
        return "The address of such a resource ends in /models, or in /openai/v1.".to_owned();
    }
    if address.contains("/v1/") {
        return match model {
            Some(model) => format!("Check the address and the model (\"{}\").", one_line(model)),
            None => "Check the address.".to_owned(),
        };
    }
    if place.api_version.is_some() {
        return format!("Check the address, which may have to end in /models,{version}.")
            .replace(",.", ".");
    }
    "Check the address: most of these services have it end in /v1.".to_owned()
}

/// How long the service asks to wait, in words.
fn wait(headers: &HeaderMap) -> Option<String> {
    let get = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(millis) = get(name).and_then(|value| value.parse::<f64>().ok()) {
            return Some(format!("{} s", millis / 1000.0));
        }
    }
    let value = get("retry-after")?;
    match value.parse::<f64>() {
        Ok(seconds) => Some(format!("{seconds} s")),
        Err(_) => Some(format!("until {}", one_line(value))),
    }
}

#[cfg(test)]
mod tests;
