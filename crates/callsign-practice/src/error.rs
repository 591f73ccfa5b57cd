//! Error responses of the server.

use serde_json::{Value, json};

/// An error response: its status, and a body in the format of a real provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    body: Value,
}

impl ApiError {
    fn new(status: u16, code: &str, message: &str, param: Option<&str>) -> Self {
        let error = json!({
            "code": code, "message": message, "param": param, "type": "invalid_request_error",
        });
        Self { status, body: json!({ "error": error }) }
    }

    /// Status 400 for an invalid value of the field `param`.
    pub(crate) fn invalid_value(param: impl AsRef<str>, message: impl AsRef<str>) -> Self {
        Self::new(400, "invalid_value", message.as_ref(), Some(param.as_ref()))
    }

    /// Status 400 for a valid value of the field `param` that this server does not support.
    pub(crate) fn unsupported(param: &str, message: &str) -> Self {
        Self::new(400, "unsupported_parameter", message, Some(param))
    }

    /// Status 400 for a body that is not a JSON object.
    pub(crate) fn invalid_body(message: impl AsRef<str>) -> Self {
        Self::new(400, "invalid_body", message.as_ref(), None)
    }

    /// Status 422 for a field that the API does not define. The body is flat, as in the Azure AI Model Inference API.
    pub(crate) fn extra_parameter(param: &str, input: &Value) -> Self {
        let message = format!(
            "The API has no parameter '{param}'. Remove it, or set the extra-parameters header to drop or pass-through."
        );
        let body = json!({
            "status": 422, "code": "parameter_not_supported", "message": message,
            "detail": {"loc": ["body", param], "input": input},
        });
        Self { status: 422, body }
    }

    /// Status 400 for a prompt that the content filter blocks. The body has the format of Azure AI Content Safety.
    pub(crate) fn content_filtered() -> Self {
        let safe = json!({"filtered": false, "severity": "safe"});
        let result = json!({
            "hate": safe, "self_harm": safe, "sexual": safe,
            "violence": {"filtered": true, "severity": "medium"},
            "jailbreak": {"filtered": false, "detected": false},
        });
        let message = "The content filter blocked the prompt. Please rephrase it. The practice model blocks one \
                       harmless phrase, so that clients can test this error.";
        let error = json!({
            "message": message, "type": null, "param": "prompt", "code": "content_filter", "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result},
        });
        Self { status: 400, body: json!({ "error": error }) }
    }

    /// Status 401 for a missing or wrong key.
    pub(crate) fn unauthorized() -> Self {
        let message = "Access denied: the key is missing or is not the key that this practice model requires.";
        Self::new(401, "401", message, None)
    }

    /// Status 404 for an unknown route.
    pub(crate) fn not_found() -> Self {
        let message = "Not found. The practice model serves /chat/completions, /embeddings, /images/embeddings and \
                       /info, also under /v1, /models, /openai/v1 and /openai/deployments/{name}, and the list /models.";
        Self::new(404, "404", message, None)
    }

    /// The body of the response.
    pub(crate) fn to_json(&self) -> &Value {
        &self.body
    }
}
