//! Where a request went, for the messages of errors.

use std::error::Error as StdError;
use std::sync::Arc;

use callsign_core::words::error::{BoxError, Error, ErrorKind};

use super::secrets::Secrets;

/// Where a request went and under which id; what an error needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The address, without its query.
    pub(crate) address: Arc<str>,
    /// The `api-version` that was sent, if any.
    pub(crate) api_version: Option<Arc<str>>,
    /// The request's id, which was sent as `x-ms-client-request-id`.
    pub(crate) request_id: String,
    /// The model that was asked for, if one was named.
    pub(crate) model: Option<Arc<str>>,
    /// What must not be shown, should the service repeat it.
    pub(crate) secrets: Arc<Secrets>,
    /// Whether a credential was sent.
    pub(crate) has_key: bool,
    /// The scope that a token was asked for, where one was sent in place of a key.
    pub(crate) token_scope: Option<Arc<str>>,
}

impl Place {
    /// An error at this place.
    pub(crate) fn error(&self, kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, self.scrub(message)).with_request_id(&*self.request_id)
    }

    /// The text without secrets, should the service have repeated one. A text that is going to
    /// be cut is scrubbed before, because half a secret is not found any more.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.secrets.scrub(text)
    }

    /// The cause of an error; where it repeats a secret, its text without it.
    pub(crate) fn source(&self, cause: impl StdError + Send + Sync + 'static) -> BoxError {
        let text = cause.to_string();
        let scrubbed = self.scrub(&text);
        if scrubbed == text { Box::new(cause) } else { scrubbed.into() }
    }

    /// What to do about a credential that was not accepted.
    pub(crate) fn credential_hint(&self, status: Option<u16>) -> String {
        let Some(scope) = self.token_scope.as_deref().filter(|scope| !scope.is_empty()) else {
            return match (self.has_key, &self.token_scope) {
                (false, _) => "No key was given; set one.".to_owned(),
                (true, None) => "Check the key, and that it is one of this resource's.".to_owned(),
                (true, Some(_)) => "Check where the token comes from.".to_owned(),
            };
        };
        let other = "another is set with .token_scope(\"…\"), or in AZURE_INFERENCE_TOKEN_SCOPE";
        if status == Some(403) {
            return format!(
                "The token was asked for the scope {scope}. Give its identity a role on the \
                 resource, such as Cognitive Services User; if the scope is wrong, {other}."
            );
        }
        format!(
            "The token was asked for the scope {scope}. If the service wants another audience, \
             {other}."
        )
    }
}
