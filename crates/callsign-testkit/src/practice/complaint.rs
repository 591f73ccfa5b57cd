//! What the server answers when it can't go along with a request.

use serde_json::{Value, json};

/// A refusal in the shape of a real service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) status: u16,
    code: &'static str,
    message: String,
    param: Option<String>,
}

impl Complaint {
    /// A 400 about one field of the request.
    pub(super) fn about(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: "invalid_value",
            message: message.into(),
            param: Some(param.into()),
        }
    }

    /// A 400 about a field that is understood and not served.
    pub(super) fn unsupported(param: &str, message: impl Into<String>) -> Self {
        Self { code: "unsupported_parameter", ..Self::about(param, message) }
    }

    /// A 400 about a body that is no JSON object.
    pub(super) fn body(message: impl Into<String>) -> Self {
        Self { status: 400, code: "invalid_body", message: message.into(), param: None }
    }

    /// The answer to a missing or wrong key.
    pub(super) fn unauthorized() -> Self {
        let message = "Access denied: the key is missing or is not the one that this practice model was started with.";
        Self { status: 401, code: "401", message: message.into(), param: None }
    }

    /// The answer for a route that isn't served.
    pub(super) fn not_found() -> Self {
        let message = "The practice model serves /chat/completions, /models and /info, with and without a leading /v1.";
        Self { status: 404, code: "404", message: message.into(), param: None }
    }

    /// The body of the response.
    pub(super) fn to_json(&self) -> Value {
        json!({"error": {"code": self.code, "message": self.message, "param": self.param, "type": "invalid_request_error"}})
    }
}
