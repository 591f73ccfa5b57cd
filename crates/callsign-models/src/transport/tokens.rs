//! [`Tokens`]: the tokens of requests.

use std::fmt;
use std::sync::Arc;

use callsign_types::error::{Error, ErrorKind};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::auth::cache::CachedTokens;
use crate::auth::source::{Token, TokenSource};
use crate::error::request_info::RequestInfo;

/// The token source of a model and its scope.
pub(crate) struct Tokens {
    source: CachedTokens<Arc<dyn TokenSource>>,
    pub(crate) scope: String,
}

impl Tokens {
    pub(crate) fn new(source: Arc<dyn TokenSource>, scope: String) -> Self {
        Self { source: CachedTokens::new(source), scope }
    }

    /// Returns the `Authorization` header with the cached token or a new one. The token is also
    /// returned, so that it can be [renewed](Self::renew) if the provider rejects it.
    pub(crate) async fn header(
        &self,
        info: &RequestInfo,
    ) -> Result<(HeaderValue, SentToken), Error> {
        let token = self.source.token(&self.scope).await;
        let token = token.map_err(|error| {
            let error = error.with_request_id(&*info.request_id);
            tracing::debug!(scope = %self.scope, kind = ?error.kind(), "no token from the token source");
            error
        })?;
        let header = self.header_with(info, &token)?;
        Ok((header, SentToken(token.secret)))
    }

    /// Returns the `Authorization` header with another token, after the provider rejected
    /// `rejected`. `None` if the source has no other token; a newer one that another request has
    /// fetched counts.
    pub(crate) async fn renew(
        &self,
        info: &RequestInfo,
        rejected: &SentToken,
    ) -> Option<(HeaderValue, SentToken)> {
        match self.source.renew(&self.scope, &rejected.0).await {
            Ok(token) if token.secret.expose_secret() != rejected.0.expose_secret() => {
                tracing::debug!(scope = %self.scope, "token rejected; sending the request again with a new one");
                let header = self.header_with(info, &token).ok()?;
                Some((header, SentToken(token.secret)))
            }
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(scope = %self.scope, kind = ?error.kind(), "no new token from the token source");
                None
            }
        }
    }

    /// Drops this token if it is the cached one.
    pub(crate) fn forget(&self, rejected: &SentToken) {
        self.source.forget(&self.scope, &rejected.0);
    }

    fn header_with(&self, info: &RequestInfo, token: &Token) -> Result<HeaderValue, Error> {
        info.secrets.add_token(&token.secret);
        bearer(&token.secret).map_err(|_| {
            let message = "the token contains characters that are not allowed in a header";
            info.error(ErrorKind::Authentication, message)
        })
    }
}

/// The token of a request.
#[derive(Clone)]
pub(crate) struct SentToken(SecretString);

/// Returns the value `Bearer <secret>`, marked as sensitive.
pub(crate) fn bearer(secret: &SecretString) -> Result<HeaderValue, Error> {
    secret_value(&format!("Bearer {}", secret.expose_secret().trim()), "the token")
}

/// Returns a header value that is marked as sensitive. `what` names it in the error.
pub(crate) fn secret_value(text: &str, what: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|error| {
        Error::configuration(format!("{what} contains characters that are not allowed in a header"))
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
