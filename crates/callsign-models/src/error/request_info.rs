//! [`RequestInfo`]: the request that an error message refers to.

use std::error::Error as StdError;
use std::sync::Arc;

use callsign_types::error::{BoxError, Error, ErrorKind};

use super::secrets::Secrets;

/// Details of a request for error messages.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// The address, without its query.
    pub(crate) address: Arc<str>,
    /// The `api-version` that was sent, if any.
    pub(crate) api_version: Option<Arc<str>>,
    /// The request id, sent as `x-ms-client-request-id`.
    pub(crate) request_id: String,
    /// The model that the request named, if any.
    pub(crate) model: Option<Arc<str>>,
    /// The values that error messages must not contain, even if the provider repeats them.
    pub(crate) secrets: Arc<Secrets>,
    /// Whether a credential was sent.
    pub(crate) has_credential: bool,
    /// The scope of the token, if the request carried a token instead of a key.
    pub(crate) token_scope: Option<Arc<str>>,
}

impl RequestInfo {
    /// Creates an error for this request, with secrets removed from `message`.
    pub(crate) fn error(&self, kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, self.redact(message)).with_request_id(&*self.request_id)
    }

    /// Returns `text` without secrets. Redact a text before truncating it: a truncated secret is
    /// not recognized.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.secrets.redact(text)
    }

    /// Returns the source of an error; if its text repeats a secret, only the redacted text.
    pub(crate) fn redacted_source(
        &self,
        source: impl StdError + Send + Sync + 'static,
    ) -> BoxError {
        let text = source.to_string();
        let redacted = self.redact(&text);
        if redacted == text { Box::new(source) } else { redacted.into() }
    }

    /// Returns what the caller can do about a rejected credential.
    pub(crate) fn credential_hint(&self, status: Option<u16>) -> String {
        let Some(scope) = self.token_scope.as_deref().filter(|scope| !scope.is_empty()) else {
            return match (self.has_credential, &self.token_scope) {
                (false, _) => "no key was sent; set one".to_owned(),
                (true, None) => "check that the key is valid for this resource".to_owned(),
                (true, Some(_)) => "check the token source".to_owned(),
            };
        };
        let other = "set another scope with .token_scope(\"…\") or AZURE_INFERENCE_TOKEN_SCOPE";
        if status == Some(403) {
            return format!(
                "the token has scope {scope}; assign its identity a role on the resource, such as \
                 Cognitive Services User, or {other}"
            );
        }
        format!("the token has scope {scope}; if the provider expects another audience, {other}")
    }
}
