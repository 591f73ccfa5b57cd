//! Fields that the API does not define, and the `extra-parameters` header that controls them.

use serde_json::Value;

use crate::error::ApiError;

/// The fields that the Azure AI Model Inference API defines for chat completions.
pub(crate) const CHAT_FIELDS: &[&str] = &[
    "messages",
    "model",
    "frequency_penalty",
    "presence_penalty",
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "stop",
    "stream",
    "response_format",
    "tools",
    "tool_choice",
];

/// The fields that the Azure AI Model Inference API defines for embeddings.
pub(crate) const EMBEDDING_FIELDS: &[&str] =
    &["input", "model", "dimensions", "encoding_format", "input_type"];

/// Applies the `extra-parameters` header to the fields of `body` that are not in `known`: `drop` and `ignore` remove
/// them. With any other value, and without the header, they stay, and the server uses those that it supports.
///
/// # Errors
/// Returns an error with status 422 if the header is `error` and there is such a field.
pub(crate) fn apply(
    header: Option<&str>,
    known: &[&str],
    body: &mut Value,
) -> Result<(), ApiError> {
    let Some(fields) = body.as_object_mut() else { return Ok(()) };
    match header {
        Some("error") => {
            let extra = fields.iter().find(|(name, _)| !known.contains(&name.as_str()));
            extra.map_or(Ok(()), |(name, value)| Err(ApiError::extra_parameter(name, value)))
        }
        Some("drop" | "ignore") => {
            fields.retain(|name, _| known.contains(&name.as_str()));
            Ok(())
        }
        _ => Ok(()),
    }
}
