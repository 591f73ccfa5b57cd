//! What of a reply's headers is worth keeping.

use http::HeaderMap;

use crate::failure::place::Place;

/// Names under which services tell the request's id.
const IDS: [&str; 6] = [
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-ms-client-request-id",
    "cf-ray",
];

/// What the names of other telling headers begin with: what is left of rate limits, which region
/// and deployment answered, and how long it took.
const BEGINNINGS: [&str; 6] =
    ["x-ratelimit-", "ratelimit-", "x-ms-", "azureml-", "openai-", "x-groq-"];

/// The headers that tell which request it was and what is left of rate limits, in lower case and
/// in the order in which they came, without secrets that the service repeats.
pub(super) fn worth_keeping(headers: &HeaderMap, place: &Place) -> Vec<(String, String)> {
    let telling = |name: &str| {
        IDS.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
    };
    let kept = headers.iter().filter(|(name, _)| telling(name.as_str()));
    let kept = kept.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), place.scrub(value)))
    });
    kept.collect()
}
