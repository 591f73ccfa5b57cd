//! Selection of the response headers that are kept.

use http::HeaderMap;

use crate::error::request_info::RequestInfo;

/// Headers in which providers send the request id.
const IDS: [&str; 6] = [
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-ms-client-request-id",
    "cf-ray",
];

/// Prefixes of other informative headers: rate limits, region, deployment and duration.
const PREFIXES: [&str; 6] =
    ["x-ratelimit-", "ratelimit-", "x-ms-", "azureml-", "openai-", "x-groq-"];

/// Returns the headers that identify the request and report rate limits, with lower-case names and
/// in the received order. Secrets that the provider repeats are redacted.
pub(super) fn informative_headers(
    headers: &HeaderMap,
    info: &RequestInfo,
) -> Vec<(String, String)> {
    let is_informative =
        |name: &str| IDS.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let kept = headers.iter().filter(|(name, _)| is_informative(name.as_str()));
    let kept = kept.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), info.redact(value)))
    });
    kept.collect()
}
