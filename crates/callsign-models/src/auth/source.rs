//! [`TokenSource`]: the source of tokens for `Authorization: Bearer`.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use callsign_types::error::Error;
use secrecy::SecretString;

/// A source of tokens for `Authorization: Bearer`, such as Microsoft Entra ID.
///
/// A source need not cache its tokens. A model requests them through a
/// [`CachedTokens`](super::cache::CachedTokens), which requests a new token only shortly before the
/// old one expires.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use callsign_types::error::Error;
/// use callsign_models::auth::source::{Token, TokenSource};
///
/// struct Vault;
///
/// #[async_trait::async_trait]
/// impl TokenSource for Vault {
///     async fn token(&self, scope: &str) -> Result<Token, Error> {
///         let secret = format!("secret from the vault for {scope}");
///         Ok(Token::new(secret).expires_at(SystemTime::now() + Duration::from_secs(3600)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Returns a token for `scope`, such as `https://cognitiveservices.azure.com/.default`. `scope`
    /// is empty if neither the endpoint's profile nor the builder sets one.
    ///
    /// # Errors
    /// Returns an error if the source has no token. Use the kind
    /// [`Authentication`](callsign_types::error::ErrorKind::Authentication) if a retry would not
    /// help. The request fails with this error, so its message must not contain a secret.
    async fn token(&self, scope: &str) -> Result<Token, Error>;

    /// Returns a token after a provider rejected `rejected` (401) although it has not expired, for
    /// example because it was revoked. If the result is another token, the request is sent again
    /// with it, once.
    ///
    /// A source that caches its tokens overrides this method and drops `rejected`. The default
    /// calls [`token`](Self::token).
    ///
    /// # Errors
    /// Returns an error if the source has no token. The request then fails with the provider's
    /// error.
    async fn renew(&self, scope: &str, rejected: &SecretString) -> Result<Token, Error> {
        let _ = rejected;
        self.token(scope).await
    }
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        (**self).token(scope).await
    }

    async fn renew(&self, scope: &str, rejected: &SecretString) -> Result<Token, Error> {
        (**self).renew(scope, rejected).await
    }
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Box<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        (**self).token(scope).await
    }

    async fn renew(&self, scope: &str, rejected: &SecretString) -> Result<Token, Error> {
        (**self).renew(scope, rejected).await
    }
}

/// A token and its expiry. `Debug` output omits the secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct Token {
    /// The value sent after `Bearer`.
    pub secret: SecretString,
    /// The expiry; `None` if unknown.
    pub expires_at: Option<SystemTime>,
}

impl Token {
    /// Creates a token without an expiry.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self { secret: secret.into(), expires_at: None }
    }

    /// Sets when the token expires.
    #[must_use]
    pub fn expires_at(mut self, at: SystemTime) -> Self {
        self.expires_at = Some(at);
        self
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
