//! What a reply cost.

use callsign_core::words::usage::Usage;
use serde_json::Value;

/// The tokens of a usage object. What is missing in it counts as none.
pub(super) fn read(usage: &Value) -> Usage {
    let count = |path: &[&str]| {
        let found = path.iter().try_fold(usage, |value, name| value.get(name));
        found.and_then(Value::as_u64).unwrap_or(0)
    };
    let mut told = Usage::new(count(&["prompt_tokens"]), count(&["completion_tokens"]));
    told.cached_input_tokens = count(&["prompt_tokens_details", "cached_tokens"]);
    told.reasoning_tokens = count(&["completion_tokens_details", "reasoning_tokens"]);
    told
}

/// Whether a usage has figures beyond those that are known.
pub(super) fn says_more(usage: &Value) -> bool {
    const KNOWN: [&str; 7] = [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cached_tokens",
        "reasoning_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    ];
    let Some(fields) = usage.as_object() else { return false };
    fields.iter().any(|(name, value)| match value {
        Value::Object(_) => says_more(value),
        Value::Null | Value::Bool(false) => false,
        value => !KNOWN.contains(&&**name) && value.as_f64() != Some(0.0),
    })
}
