//! What a model shows to be let in, and the headers that carry it.

use std::fmt;
use std::sync::Arc;

use callsign_core::words::error::Error;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::source::TokenSource;
use crate::connection::tokens::{Tokens, bearer, secret_value};
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::{KeyHeaders, Profile};
use crate::failure::secrets::Secrets;

/// Headers that carry a credential, whoever set them.
const CREDENTIALS: [&str; 6] = [
    "authorization",
    "api-key",
    "x-api-key",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "cookie",
];

/// What a model shows to be let in.
pub(super) enum Credential {
    None,
    /// Goes into the headers of the profile.
    Key(SecretString),
    /// Goes behind `Bearer` and nowhere else.
    Bearer(SecretString),
    /// As `Bearer`, and fetched for each request.
    Tokens(Arc<dyn TokenSource>),
}

impl Credential {
    /// The same, where an empty one counts as none.
    fn filled(&self) -> Option<&Self> {
        match self {
            Self::None => None,
            Self::Key(secret) | Self::Bearer(secret) => {
                (!secret.expose_secret().trim().is_empty()).then_some(self)
            }
            Self::Tokens(_) => Some(self),
        }
    }

    /// The key or the bearer without the space around it.
    fn secret(&self) -> Option<&str> {
        match self.filled()? {
            Self::Key(secret) | Self::Bearer(secret) => Some(secret.expose_secret().trim()),
            Self::None | Self::Tokens(_) => None,
        }
    }
}

/// Only of which kind it is.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.filled() {
            None | Some(Self::None) => "None",
            Some(Self::Key(_)) => "Key",
            Some(Self::Bearer(_)) => "Bearer",
            Some(Self::Tokens(_)) => "Tokens",
        })
    }
}

/// A credential and the headers beside it.
pub(super) struct Carried<'a> {
    pub(super) credential: &'a Credential,
    pub(super) headers: &'a [(String, SecretString)],
    pub(super) token_scope: Option<&'a str>,
}

impl Carried<'_> {
    /// Whether there is something that lets the model in.
    pub(super) fn lets_in(&self) -> bool {
        let is_credential =
            |name: &str| CREDENTIALS.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
        self.credential.filled().is_some()
            || self.headers.iter().any(|(name, _)| is_credential(name))
    }

    /// What would be a pity to lose, in words. Nobody knows what is in a header or a parameter
    /// of the user's own, so each counts.
    fn exposed(&self, endpoint: &Endpoint) -> Option<String> {
        match self.credential.filled() {
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
        query.any(|(name, _)| name != "api-version").then(|| "the address's query".to_owned())
    }

    /// Refuses to let a credential go over plain `http:` to another machine.
    pub(super) fn check_encrypted(&self, endpoint: &Endpoint) -> Result<(), Error> {
        if endpoint.is_https() || endpoint.is_loopback() {
            return Ok(());
        }
        match self.exposed(endpoint) {
            None => Ok(()),
            Some(what) => Err(Error::configuration(format!(
                "{what} would go to {endpoint} unencrypted, and anyone on the way could read it: \
                 use the server's https:// address, or leave it out if the server needs none; a \
                 program can allow it with .allow_insecure_key_over_http()"
            ))),
        }
    }

    /// The headers of every request.
    pub(super) fn headers(&self, carried_by: KeyHeaders) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // The official clients say so for streams too, and gateways have seen nothing else.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match (self.credential, self.credential.secret()) {
            (Credential::Key(_), Some(key)) => {
                if matches!(carried_by, KeyHeaders::Both | KeyHeaders::ApiKey) {
                    headers.insert("api-key", secret_value(key, "the key")?);
                }
                if matches!(carried_by, KeyHeaders::Both | KeyHeaders::Bearer) {
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
            let parsed = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|error| {
                Error::configuration("a header's name is malformed").with_source(error)
            })?;
            let what = format!("the value of the header {parsed}");
            headers.insert(parsed, secret_value(value.expose_secret(), &what)?);
        }
        Ok(headers)
    }

    /// Where tokens come from, unless a header of the user's own is in their place.
    pub(super) fn tokens(&self, profile: &Profile, headers: &HeaderMap) -> Option<Tokens> {
        let Credential::Tokens(source) = self.credential else { return None };
        let scope = self.token_scope.or(profile.token_scope.as_deref()).unwrap_or_default();
        (!headers.contains_key(AUTHORIZATION))
            .then(|| Tokens::new(source.clone(), scope.trim().to_owned()))
    }

    /// What no error may show.
    pub(super) fn secrets(&self, endpoint: &Endpoint) -> Secrets {
        let own = self.credential.secret().map(|secret| ("authorization", secret));
        let others = self.headers.iter().map(|(name, value)| (&**name, value.expose_secret()));
        Secrets::new(own.into_iter().chain(others), endpoint.base())
    }
}
