//! The token of each request.

use std::fmt;
use std::sync::Arc;

use callsign_core::words::error::{Error, ErrorKind};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::auth::cache::CachedTokens;
use crate::auth::source::TokenSource;
use crate::failure::place::Place;

/// Where the token of each request comes from.
pub(crate) struct Tokens {
    source: CachedTokens<Arc<dyn TokenSource>>,
    pub(crate) scope: String,
}

impl Tokens {
    pub(crate) fn new(source: Arc<dyn TokenSource>, scope: String) -> Self {
        Self { source: CachedTokens::new(source), scope }
    }

    /// The header of a request to this place: with the token that is kept, or with a new one
    /// shortly before its end. The token comes along, to be [forgotten](Self::forget) where the
    /// service does not accept it.
    pub(crate) async fn header(&self, place: &Place) -> Result<(HeaderValue, SentToken), Error> {
        let token = self.source.token(&self.scope).await;
        let token = token.map_err(|error| {
            let error = error.with_request_id(&*place.request_id);
            tracing::debug!(scope = %self.scope, kind = ?error.kind(), "there is no token");
            error
        })?;
        place.secrets.add_token(&token.secret);
        let header = bearer(&token.secret).map_err(|_| {
            let message = "the token has characters in it that no header may carry";
            place.error(ErrorKind::Authentication, message)
        })?;
        Ok((header, SentToken(token.secret)))
    }

    /// Drops this token, if it is the one that is kept.
    pub(crate) fn forget(&self, rejected: &SentToken) {
        self.source.forget(&self.scope, &rejected.0);
    }
}

/// The token that a request was sent with. It goes along with the answer.
#[derive(Clone)]
pub(crate) struct SentToken(SecretString);

/// `Bearer` and the secret, marked so that it is never shown.
pub(crate) fn bearer(secret: &SecretString) -> Result<HeaderValue, Error> {
    secret_value(&format!("Bearer {}", secret.expose_secret().trim()), "the token")
}

/// The value of a header, marked so that it is never shown.
pub(crate) fn secret_value(text: &str, what: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|error| {
        Error::configuration(format!("{what} has characters in it that no header may carry"))
            .with_source(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}
