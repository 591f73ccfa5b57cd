//! Where a request went, for the messages of errors.

use callsign_core::words::error::{Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

/// Where a request went and under which id; what an error needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The address, without its query.
    pub(crate) address: String,
    /// The `api-version` that was sent, if any.
    pub(crate) api_version: Option<String>,
    /// The request's id, which was sent as `x-ms-client-request-id`.
    pub(crate) request_id: String,
    /// The model that was asked for, if one was named.
    pub(crate) model: Option<String>,
    /// What must not be shown, should the service repeat it.
    pub(crate) secrets: Vec<SecretString>,
    /// Whether a key was sent.
    pub(crate) has_key: bool,
}

impl Place {
    /// An error at this place.
    pub(crate) fn error(&self, kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, self.scrub(message)).with_request_id(&*self.request_id)
    }

    /// The text without secrets, should the service have repeated one.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets.iter().map(ExposeSecret::expose_secret) {
            // Anything shorter is no secret, and would be found in ordinary words.
            if secret.len() >= 6 && text.contains(secret) {
                text = text.replace(secret, "[redacted]");
            }
        }
        text
    }
}
