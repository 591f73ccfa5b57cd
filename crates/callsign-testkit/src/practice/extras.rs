//! Fields beyond the API's own, and the header that says what becomes of them.

use serde_json::Value;

use super::complaint::Complaint;

/// The fields that Azure AI Model Inference knows in a chat request.
pub(super) const CHAT: &[&str] = &[
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

/// Those that it knows in a request for embeddings.
pub(super) const EMBEDDINGS: &[&str] =
    &["input", "model", "dimensions", "encoding_format", "input_type"];

/// Does with unknown fields what the header `extra-parameters` says: `error` refuses them, `drop` and `ignore` take
/// them out; with anything else, and with no header, they go on to the model, which reads those that it knows.
pub(super) fn apply(
    header: Option<&str>,
    known: &[&str],
    body: &mut Value,
) -> Result<(), Complaint> {
    let Some(fields) = body.as_object_mut() else { return Ok(()) };
    match header {
        Some("error") => {
            let extra = fields.iter().find(|(name, _)| !known.contains(&name.as_str()));
            extra.map_or(Ok(()), |(name, value)| Err(Complaint::extra(name, value)))
        }
        Some("drop" | "ignore") => {
            fields.retain(|name, _| known.contains(&name.as_str()));
            Ok(())
        }
        _ => Ok(()),
    }
}
