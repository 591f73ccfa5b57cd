//! The credentials of a model and the headers that carry them.

use std::fmt;
use std::sync::Arc;

use callsign_types::error::Error;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::source::TokenSource;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::{KeyHeaders, Profile};
use crate::error::secrets::Secrets;
use crate::transport::tokens::{Tokens, bearer, secret_value};

/// Headers that carry a credential.
const CREDENTIAL_HEADERS: [&str; 6] = [
    "authorization",
    "api-key",
    "x-api-key",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "cookie",
];

/// The credential of a model.
pub(super) enum Credential {
    None,
    /// Sent in the key headers of the profile.
    Key(SecretString),
    /// Sent as `Authorization: Bearer` only.
    Bearer(SecretString),
    /// Sent as `Authorization: Bearer`, and fetched for each request.
    Tokens(Arc<dyn TokenSource>),
}

impl Credential {
    /// Returns the credential; `None` if it is empty.
    fn non_empty(&self) -> Option<&Self> {
        match self {
            Self::None => None,
            Self::Key(secret) | Self::Bearer(secret) => {
                (!secret.expose_secret().trim().is_empty()).then_some(self)
            }
            Self::Tokens(_) => Some(self),
        }
    }

    /// Returns the key or bearer token without surrounding space.
    fn secret(&self) -> Option<&str> {
        match self.non_empty()? {
            Self::Key(secret) | Self::Bearer(secret) => Some(secret.expose_secret().trim()),
            Self::None | Self::Tokens(_) => None,
        }
    }
}

/// Shows only the kind of the credential.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.non_empty() {
            None | Some(Self::None) => "None",
            Some(Self::Key(_)) => "Key",
            Some(Self::Bearer(_)) => "Bearer",
            Some(Self::Tokens(_)) => "Tokens",
        })
    }
}

/// A credential and the additional headers.
pub(super) struct Credentials<'a> {
    pub(super) credential: &'a Credential,
    pub(super) headers: &'a [(String, SecretString)],
    pub(super) token_scope: Option<&'a str>,
}

impl Credentials<'_> {
    /// Returns whether there is a credential, in whatever header.
    pub(super) fn has_credential(&self) -> bool {
        let is_credential = |name: &str| {
            CREDENTIAL_HEADERS.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
        };
        self.credential.non_empty().is_some()
            || self.headers.iter().any(|(name, _)| is_credential(name))
    }

    /// Returns what could leak over an unencrypted connection, for the error message. The content
    /// of additional headers and query parameters is unknown, so each of them counts.
    fn exposed(&self, endpoint: &Endpoint) -> Option<String> {
        match self.credential.non_empty() {
            Some(Credential::Key(_)) => return Some("the key".to_owned()),
            Some(Credential::Bearer(_) | Credential::Tokens(_)) => {
                return Some("the token".to_owned());
            }
            Some(Credential::None) | None => {}
        }
        if let Some((name, _)) = self.headers.first() {
            return Some(format!("the header {}", name.trim()));
        }
        let mut query = endpoint.base().query_pairs();
        query.any(|(name, _)| name != "api-version").then(|| "the query string".to_owned())
    }

    /// Returns an error if a credential would be sent over plain `http:` to another machine.
    pub(super) fn check_encrypted(&self, endpoint: &Endpoint) -> Result<(), Error> {
        if endpoint.is_https() || endpoint.is_loopback() {
            return Ok(());
        }
        match self.exposed(endpoint) {
            None => Ok(()),
            Some(what) => Err(Error::configuration(format!(
                "{what} would be sent to {endpoint} unencrypted; use an https:// address, omit it \
                 if the server needs none, or call .allow_insecure_key_over_http()"
            ))),
        }
    }

    /// Returns the headers of every request.
    pub(super) fn headers(&self, key_headers: KeyHeaders) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // The official clients send this for streams too, so gateways may accept nothing else.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match (self.credential, self.credential.secret()) {
            (Credential::Key(_), Some(key)) => {
                if matches!(key_headers, KeyHeaders::Both | KeyHeaders::ApiKey) {
                    headers.insert("api-key", secret_value(key, "the key")?);
                }
                if matches!(key_headers, KeyHeaders::Both | KeyHeaders::Bearer) {
                    let value = secret_value(&format!("Bearer {key}"), "the key")?;
                    headers.insert(AUTHORIZATION, value);
                }
            }
            (Credential::Bearer(secret), Some(_)) => {
                headers.insert(AUTHORIZATION, bearer(secret)?);
            }
            _ => {}
        }
        for (name, value) in self.headers {
            let parsed = HeaderName::from_bytes(name.trim().as_bytes())
                .map_err(|error| Error::configuration("invalid header name").with_source(error))?;
            let what = format!("the value of header {parsed}");
            headers.insert(parsed, secret_value(value.expose_secret(), &what)?);
        }
        Ok(headers)
    }

    /// Returns the token source, unless an additional header replaces it.
    pub(super) fn tokens(&self, profile: &Profile, headers: &HeaderMap) -> Option<Tokens> {
        let Credential::Tokens(source) = self.credential else { return None };
        let scope = self.token_scope.or(profile.token_scope.as_deref()).unwrap_or_default();
        (!headers.contains_key(AUTHORIZATION))
            .then(|| Tokens::new(source.clone(), scope.trim().to_owned()))
    }

    /// Returns the values to redact from errors.
    pub(super) fn secrets(&self, endpoint: &Endpoint) -> Secrets {
        let own = self.credential.secret().map(|secret| ("authorization", secret));
        let others = self.headers.iter().map(|(name, value)| (&**name, value.expose_secret()));
        Secrets::new(own.into_iter().chain(others), endpoint.base())
    }
}
