//! Errors found while decoding a response.

use serde_json::Value;

/// Why a response could not be decoded. The caller adds the endpoint and the request ID.
#[derive(Debug)]
pub(crate) enum ResponseError {
    /// The provider reported an error inside the response. Holds the error value as received.
    Reported(Value),
    /// The response is not a valid chat completion: what is wrong, and the parser's error if any.
    Malformed(String, Option<serde_json::Error>),
    /// The response ended before a finish reason or an end marker.
    Incomplete,
}
