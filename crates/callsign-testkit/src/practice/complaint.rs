//! What the server answers when it can't go along with a request.

use serde_json::{Value, json};

/// A refusal in the shape of a real service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) status: u16,
    body: Value,
}

impl Complaint {
    fn new(status: u16, code: &str, message: &str, param: Option<&str>) -> Self {
        let error = json!({
            "code": code, "message": message, "param": param, "type": "invalid_request_error",
        });
        Self { status, body: json!({ "error": error }) }
    }

    /// A 400 about one field of the request.
    pub(super) fn about(param: impl AsRef<str>, message: impl AsRef<str>) -> Self {
        Self::new(400, "invalid_value", message.as_ref(), Some(param.as_ref()))
    }

    /// A 400 about a field that is understood and not served.
    pub(super) fn unsupported(param: &str, message: &str) -> Self {
        Self::new(400, "unsupported_parameter", message, Some(param))
    }

    /// A 400 about a body that is no JSON object.
    pub(super) fn body(message: impl AsRef<str>) -> Self {
        Self::new(400, "invalid_body", message.as_ref(), None)
    }

    /// A 422 about a field beyond the API's own, flat as Azure AI Model Inference writes it.
    pub(super) fn extra(param: &str, input: &Value) -> Self {
        let message = format!(
            "The parameter '{param}' is not one of the API's, and extra-parameters says that such a one is an error."
        );
        let body = json!({
            "status": 422, "code": "parameter_not_supported", "message": message,
            "detail": {"loc": ["body", param], "input": input},
        });
        Self { status: 422, body }
    }

    /// A 400 of the content filter, as Azure AI Content Safety has it written.
    pub(super) fn filtered() -> Self {
        let safe = json!({"filtered": false, "severity": "safe"});
        let result = json!({
            "hate": safe, "self_harm": safe, "sexual": safe,
            "violence": {"filtered": true, "severity": "medium"},
            "jailbreak": {"filtered": false, "detected": false},
        });
        let message = "The prompt was withheld by the content filter; please say it otherwise. The practice model \
                       withholds one harmless phrase, so that this can be tried.";
        let error = json!({
            "message": message, "type": null, "param": "prompt", "code": "content_filter", "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result},
        });
        Self { status: 400, body: json!({ "error": error }) }
    }

    /// The answer to a missing or wrong key.
    pub(super) fn unauthorized() -> Self {
        let message = "Access denied: the key is missing or is not the one that this practice model was started with.";
        Self::new(401, "401", message, None)
    }

    /// The answer for a route that isn't served.
    pub(super) fn not_found() -> Self {
        let message = "The practice model serves /chat/completions, /embeddings, /images/embeddings, /models and \
                       /info, with and without a leading /v1 or /models.";
        Self::new(404, "404", message, None)
    }

    /// The body of the response.
    pub(super) fn to_json(&self) -> &Value {
        &self.body
    }
}
