//! [`TokenSource`]: where the tokens for `Authorization: Bearer` come from.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use callsign_core::words::error::Error;
use secrecy::SecretString;

/// Where the tokens for `Authorization: Bearer` come from, such as Microsoft Entra ID.
///
/// A source need not remember what it has handed out: a model asks it through a
/// [`CachedTokens`](super::cache::CachedTokens), and so only once in a token's life.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use callsign_core::words::error::Error;
/// use callsign_models::auth::source::{Token, TokenSource};
///
/// struct Vault;
///
/// #[async_trait::async_trait]
/// impl TokenSource for Vault {
///     async fn token(&self, scope: &str) -> Result<Token, Error> {
///         let secret = format!("what the vault gives for {scope}");
///         Ok(Token::new(secret).expires_at(SystemTime::now() + Duration::from_secs(3600)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token for this scope, such as `https://cognitiveservices.azure.com/.default`. The scope
    /// is empty where neither the endpoint's profile nor the builder names one.
    ///
    /// # Errors
    /// Whatever keeps the source from giving one; of the kind
    /// [`Authentication`](callsign_core::words::error::ErrorKind::Authentication) where asking
    /// again would not help. The error is the request's own, so its message must have no secret
    /// in it.
    async fn token(&self, scope: &str) -> Result<Token, Error>;
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        (**self).token(scope).await
    }
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Box<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        (**self).token(scope).await
    }
}

/// A token and its end. Its secret is not in its `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Token {
    /// What goes behind `Bearer`.
    pub secret: SecretString,
    /// When it is accepted no more; `None` where it has no end that is known.
    pub expires_at: Option<SystemTime>,
}

impl Token {
    /// A token without an end.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self { secret: secret.into(), expires_at: None }
    }

    /// Sets when it is accepted no more.
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
