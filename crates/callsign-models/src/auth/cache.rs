//! [`CachedTokens`]: caches tokens and shares one fetch among concurrent callers.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use callsign_types::error::{Error, ErrorKind};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

use super::source::{Token, TokenSource};

/// The time before its expiry at which a token is refreshed, unless half of its lifetime is
/// shorter.
const REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);

/// After a failed refresh, how long a valid token is used before the next attempt.
const RETRY_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// The minimum remaining lifetime of a token that is returned without waiting for a refresh: the
/// request still has to reach the provider.
const MIN_REMAINING: Duration = Duration::from_secs(10);

/// The timeout of one fetch. Command-line tools take seconds.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// A token source that caches the tokens of another one.
///
/// A token is refreshed five minutes before its expiry, or at half of its lifetime if that is
/// later. From then on a caller receives the old token at once, and a background task fetches the
/// new one. A caller waits for a fetch only if there is no token or it expires within ten seconds.
///
/// Concurrent callers share one fetch and its error. Errors are not cached. If a refresh fails
/// while the old token is valid, that token is used for another 30 seconds before the next attempt.
/// A fetch continues if one of its callers is dropped. It times out after one minute. A panic of
/// the source is returned as an error.
pub struct CachedTokens<S> {
    source: Arc<S>,
    scopes: ScopeStates,
}

/// The state of each scope; shared with the tasks that fetch tokens.
#[derive(Clone, Default)]
struct ScopeStates(Arc<Mutex<HashMap<String, ScopeState>>>);

/// The state of one scope.
#[derive(Default)]
struct ScopeState {
    token: Option<Token>,
    /// The time at which to refresh the token; `None` means never.
    refresh_at: Option<SystemTime>,
    /// The running fetch and its start.
    fetch: Option<(Instant, Fetch)>,
}

type Fetch = Shared<BoxFuture<'static, Result<Token, Arc<Error>>>>;

/// The result of a cache lookup.
enum Lookup {
    /// A usable token, and the fetch that the caller must drive if this lookup started a refresh.
    Cached(Token, Option<Fetch>),
    /// No usable token: the caller must wait for this fetch.
    Pending(Fetch),
}

impl<S: TokenSource + 'static> CachedTokens<S> {
    /// Creates a cache for the tokens of `source`.
    pub fn new(source: S) -> Self {
        Self { source: Arc::new(source), scopes: ScopeStates::default() }
    }

    /// Drops the token `rejected` of `scope` after a provider rejected it. The next caller waits
    /// for a new token from the source. If another token is cached by now, this does nothing, so
    /// that many requests that fail with the same token cause one fetch.
    ///
    /// The source decides whether it returns a different token. [`renew`](TokenSource::renew) also
    /// reports the rejection to the source.
    pub fn forget(&self, scope: &str, rejected: &SecretString) {
        let mut scopes = self.scopes.lock();
        if let Some(state) = scopes.get_mut(scope) {
            let secret = rejected.expose_secret();
            state.token.take_if(|token| token.secret.expose_secret() == secret);
        }
    }

    /// Returns the cached token or the fetch to wait for, and starts a fetch if necessary.
    /// `rejected` is a token that a provider rejected.
    fn look_up(&self, scope: &str, now: SystemTime, rejected: Option<&SecretString>) -> Lookup {
        let mut scopes = self.scopes.lock();
        let state = scopes.entry(scope.to_owned()).or_default();
        if let Some(token) = &state.token
            && state.refresh_at.is_none_or(|refresh_at| now < refresh_at)
        {
            return Lookup::Cached(token.clone(), None);
        }
        let usable = |token: &&Token| token.expires_at.is_none_or(|end| now + MIN_REMAINING < end);
        let valid = state.token.as_ref().filter(usable).cloned();
        // A fetch that all callers abandoned makes no progress, so it is started again.
        let running = state.fetch.as_ref().filter(|(since, _)| since.elapsed() < FETCH_TIMEOUT);
        match (valid, running) {
            (Some(token), Some(_)) => Lookup::Cached(token, None),
            (None, Some((_, fetch))) => Lookup::Pending(fetch.clone()),
            (valid, None) => {
                let fetch = fetch(self.source.clone(), scope.to_owned(), rejected.cloned());
                let fetch = fetch.boxed().shared();
                state.fetch = Some((Instant::now(), fetch.clone()));
                match valid {
                    Some(token) => Lookup::Cached(token, Some(fetch)),
                    None => Lookup::Pending(fetch),
                }
            }
        }
    }
}

impl<S> CachedTokens<S> {
    /// Returns the token of a lookup, waiting for a fetch if necessary.
    async fn resolve(&self, scope: &str, lookup: Lookup) -> Result<Token, Error> {
        match lookup {
            Lookup::Cached(token, None) => Ok(token),
            Lookup::Cached(token, Some(fetch)) => {
                let (scopes, scope) = (self.scopes.clone(), scope.to_owned());
                // The task caches the token or logs the error.
                tokio::spawn(async move { scopes.wait(&scope, fetch).await.map(drop) });
                Ok(token)
            }
            Lookup::Pending(fetch) => self.scopes.wait(scope, fetch).await,
        }
    }
}

impl ScopeStates {
    /// Waits for a fetch and caches its token.
    async fn wait(&self, scope: &str, fetch: Fetch) -> Result<Token, Error> {
        let fetched = fetch.clone().await;
        self.store(scope, &fetch, fetched, SystemTime::now())
    }

    /// Caches the result of a fetch, unless another caller that shared it has done so.
    fn store(
        &self,
        scope: &str,
        fetch: &Fetch,
        fetched: Result<Token, Arc<Error>>,
        now: SystemTime,
    ) -> Result<Token, Error> {
        let mut scopes = self.lock();
        let state = scopes.entry(scope.to_owned()).or_default();
        let is_first = state.fetch.as_ref().is_some_and(|(_, known)| known.ptr_eq(fetch));
        if is_first {
            state.fetch = None;
        }
        match fetched {
            Ok(token) => {
                if is_first {
                    state.refresh_at = token.expires_at.map(|end| refresh_time(end, now));
                    state.token = Some(token.clone());
                }
                Ok(token)
            }
            Err(error) => {
                let valid = |token: &&Token| token.expires_at.is_none_or(|end| now < end);
                let Some(token) = state.token.as_ref().filter(valid) else {
                    return Err(shared_error(&error));
                };
                if is_first {
                    tracing::warn!(%error, "token refresh failed; using the cached token");
                    state.refresh_at = Some(now + RETRY_AFTER_FAILURE);
                }
                Ok(token.clone())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, ScopeState>> {
        // A panic under this lock leaves no partial change, so a poisoned lock is safe to use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<S: TokenSource + 'static> TokenSource for CachedTokens<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        self.resolve(scope, self.look_up(scope, SystemTime::now(), None)).await
    }

    /// Drops `rejected` and returns the token of the source, or a newer one that is cached by now.
    async fn renew(&self, scope: &str, rejected: &SecretString) -> Result<Token, Error> {
        self.forget(scope, rejected);
        self.resolve(scope, self.look_up(scope, SystemTime::now(), Some(rejected))).await
    }
}

async fn fetch<S: TokenSource>(
    source: Arc<S>,
    scope: String,
    rejected: Option<SecretString>,
) -> Result<Token, Arc<Error>> {
    let result = AssertUnwindSafe(async {
        match &rejected {
            Some(rejected) => source.renew(&scope, rejected).await,
            None => source.token(&scope).await,
        }
    })
    .catch_unwind();
    let fetched = match timeout(FETCH_TIMEOUT, result).await {
        Ok(Ok(fetched)) => fetched,
        Ok(Err(_)) => {
            let message = format!("token source panicked (scope {scope:?})");
            Err(Error::new(ErrorKind::Authentication, message))
        }
        Err(_) => {
            let message = format!("token source timed out after 60 s (scope {scope:?})");
            Err(Error::new(ErrorKind::Timeout, message))
        }
    };
    fetched.map_err(Arc::new)
}

/// Returns when to refresh a token that expires at `end`.
fn refresh_time(end: SystemTime, now: SystemTime) -> SystemTime {
    let lifetime = end.duration_since(now).unwrap_or_default();
    now + lifetime.saturating_sub(REFRESH_MARGIN).max(lifetime / 2)
}

/// Returns a copy of a shared error for one of the callers.
fn shared_error(error: &Arc<Error>) -> Error {
    let copy = Error::new(error.kind(), error.to_string()).with_source(error.clone());
    match error.status() {
        Some(status) => copy.with_status(status),
        None => copy,
    }
}

impl<S> fmt::Debug for CachedTokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
