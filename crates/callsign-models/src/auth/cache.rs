//! [`CachedTokens`]: a token is kept while it is good, and fetched once for all who wait for it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use callsign_core::words::error::{Error, ErrorKind};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use tokio::time::{Instant, timeout};

use super::source::{Token, TokenSource};

/// How long before its end a token is replaced, unless half of its life is less.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// How long a token that is still good is used when it could not be replaced, until that is
/// tried again.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);

/// How long a source may take. Command-line tools take seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A source of tokens that keeps what another one gives.
///
/// A token is replaced five minutes before its end, or at half of its life where that is later.
/// Those who ask at the same time share one fetch, its failure included; a failure is not kept,
/// except that a token which is still good goes on being used for 30 seconds before a fetch is
/// tried again. A fetch belongs to all who wait for it: dropping one of them does not end it. It
/// may take a minute.
pub struct CachedTokens<S> {
    source: Arc<S>,
    scopes: Mutex<HashMap<String, Kept>>,
}

/// What is known of one scope.
#[derive(Default)]
struct Kept {
    token: Option<Token>,
    /// From when on the token is to be replaced; `None` is never.
    due: Option<SystemTime>,
    /// The fetch that is under way, and since when.
    fetch: Option<(Instant, Fetch)>,
}

type Fetch = Shared<BoxFuture<'static, Result<Token, Arc<Error>>>>;

impl<S: TokenSource + 'static> CachedTokens<S> {
    /// Keeps the tokens of this source.
    pub fn new(source: S) -> Self {
        Self { source: Arc::new(source), scopes: Mutex::default() }
    }

    /// Drops what is kept for this scope, because a service did not accept it: the next one who
    /// asks gets a new token.
    pub fn forget(&self, scope: &str) {
        self.scopes().remove(scope);
    }

    /// The token that is kept, or the fetch to wait for.
    fn look_up(&self, scope: &str, now: SystemTime) -> Result<Token, Fetch> {
        let mut scopes = self.scopes();
        let kept = scopes.entry(scope.to_owned()).or_default();
        if let Some(token) = &kept.token
            && kept.due.is_none_or(|due| now < due)
        {
            return Ok(token.clone());
        }
        match &kept.fetch {
            // One that everybody left behind has not moved since, and is begun again.
            Some((since, fetch)) if since.elapsed() < PATIENCE => Err(fetch.clone()),
            _ => {
                let fetch = fetch(self.source.clone(), scope.to_owned()).boxed().shared();
                kept.fetch = Some((Instant::now(), fetch.clone()));
                Err(fetch)
            }
        }
    }

    /// Keeps what a fetch came to, unless someone who waited for it as well has done so.
    fn settle(
        &self,
        scope: &str,
        fetch: &Fetch,
        fetched: Result<Token, Arc<Error>>,
        now: SystemTime,
    ) -> Result<Token, Error> {
        let mut scopes = self.scopes();
        let kept = scopes.entry(scope.to_owned()).or_default();
        let first = kept.fetch.as_ref().is_some_and(|(_, known)| known.ptr_eq(fetch));
        if first {
            kept.fetch = None;
        }
        match fetched {
            Ok(token) => {
                if first {
                    kept.due = token.expires_at.map(|end| due(end, now));
                    kept.token = Some(token.clone());
                }
                Ok(token)
            }
            Err(error) => {
                let good = |token: &&Token| token.expires_at.is_none_or(|end| now < end);
                let Some(token) = kept.token.as_ref().filter(good) else {
                    return Err(shared_error(&error));
                };
                if first {
                    tracing::warn!(%error, "the token could not be replaced; it is still good");
                    kept.due = Some(now + AFTER_A_FAILURE);
                }
                Ok(token.clone())
            }
        }
    }

    fn scopes(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Nothing that runs under the lock leaves half a change behind.
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<S: TokenSource + 'static> TokenSource for CachedTokens<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let fetch = match self.look_up(scope, SystemTime::now()) {
            Ok(token) => return Ok(token),
            Err(fetch) => fetch,
        };
        let fetched = fetch.clone().await;
        self.settle(scope, &fetch, fetched, SystemTime::now())
    }
}

async fn fetch<S: TokenSource>(source: Arc<S>, scope: String) -> Result<Token, Arc<Error>> {
    let fetched = timeout(PATIENCE, source.token(&scope)).await.unwrap_or_else(|_| {
        let message = format!("no token came for the scope {scope} within a minute");
        Err(Error::new(ErrorKind::Timeout, message))
    });
    fetched.map_err(Arc::new)
}

/// From when on a token with this end is to be replaced.
fn due(end: SystemTime, now: SystemTime) -> SystemTime {
    let life = end.duration_since(now).unwrap_or_default();
    now + life.saturating_sub(EARLY).max(life / 2)
}

/// An error of one's own for each who waited.
fn shared_error(error: &Arc<Error>) -> Error {
    let own = Error::new(error.kind(), error.to_string()).with_source(error.clone());
    match error.status() {
        Some(status) => own.with_status(status),
        None => own,
    }
}

impl<S> fmt::Debug for CachedTokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
