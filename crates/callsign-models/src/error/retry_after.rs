//! The wait that a provider asks for before a retry.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde_json::Value;

/// Returns the wait from the headers: `retry-after-ms`, Azure's `x-ms-retry-after-ms`, or
/// `Retry-After` in seconds or as a date, relative to `now`.
///
/// If several are present, they have the same value; the most precise one is used.
pub(super) fn from_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let get = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let millis = ["retry-after-ms", "x-ms-retry-after-ms"].into_iter();
    let millis = millis.filter_map(get).find_map(|value| seconds(value, 1000.0));
    millis.or_else(|| {
        let value = get("retry-after")?;
        seconds(value, 1.0).or_else(|| {
            let until = httpdate::parse_http_date(value).ok()?;
            // A date in the past means no wait.
            Some(until.duration_since(now).unwrap_or_default())
        })
    })
}

/// Returns the wait from an error report. A report inside a stream comes long after the headers.
/// Google sends it in a field of `RetryInfo`, and Azure OpenAI in the message.
pub(super) fn from_body(report: &Value, message: Option<&str>) -> Option<Duration> {
    let error = report.get("error").unwrap_or(report);
    let infos = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let delays = infos.filter_map(|info| info.get("retryDelay")?.as_str()?.strip_suffix('s'));
    delays.filter_map(|delay| seconds(delay, 1.0)).next().or_else(|| {
        let message = message?.to_ascii_lowercase();
        let (_, rest) = message.split_once("retry after ")?;
        let (number, rest) = rest.split_once(' ')?;
        rest.starts_with("second").then(|| seconds(number, 1.0))?
    })
}

/// Parses a number of units, of which `per_second` make one second. Returns `None` if it is
/// negative or too large for a `Duration`.
fn seconds(number: &str, per_second: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? / per_second).ok()
}

#[cfg(test)]
mod tests;
