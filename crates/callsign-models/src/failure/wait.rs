//! How long a service asks to be left alone.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde_json::Value;

/// The wait, by whichever header names it: `retry-after-ms`, Azure's `x-ms-retry-after-ms`, or
/// `Retry-After` in seconds or as a date, of which what is left at `now` counts.
///
/// The finer ones go first: where several are there, they say the same.
pub(super) fn of_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let get = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let millis = ["retry-after-ms", "x-ms-retry-after-ms"].into_iter();
    let millis = millis.filter_map(get).find_map(|value| seconds(value, 1000.0));
    millis.or_else(|| {
        let value = get("retry-after")?;
        seconds(value, 1.0).or_else(|| {
            let until = httpdate::parse_http_date(value).ok()?;
            // A date that has passed asks for no wait at all.
            Some(until.duration_since(now).unwrap_or_default())
        })
    })
}

/// The wait that the body tells, where headers can't: inside a stream they are long gone.
/// Google's `RetryInfo` has it in a field, and Azure OpenAI in a sentence.
pub(super) fn of_body(report: &Value, message: Option<&str>) -> Option<Duration> {
    let error = report.get("error").unwrap_or(report);
    let infos = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let told = infos.filter_map(|info| info.get("retryDelay")?.as_str()?.strip_suffix('s'));
    told.filter_map(|delay| seconds(delay, 1.0)).next().or_else(|| {
        let message = message?.to_ascii_lowercase();
        let (_, rest) = message.split_once("retry after ")?;
        let (number, rest) = rest.split_once(' ')?;
        rest.starts_with("second").then(|| seconds(number, 1.0))?
    })
}

/// The time that a number stands for, of which so many make a second. What is negative, or
/// longer than can be said, is none.
fn seconds(number: &str, in_a_second: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? / in_a_second).ok()
}

#[cfg(test)]
mod tests;
