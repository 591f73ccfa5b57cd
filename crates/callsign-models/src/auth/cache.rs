//! [`CachedTokens`]: a token is kept while it is good, and fetched once for all who wait for it.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use callsign_core::words::error::{Error, ErrorKind};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};

use super::source::{Token, TokenSource};

/// How long before its end a token is replaced, unless half of its life is less.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// How long a token that is still good is used when it could not be replaced, until that is
/// tried again.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);

/// How long before its end a token is used no more without a try to replace it: the request has
/// to get there too.
const TOO_LATE: Duration = Duration::from_secs(10);

/// How long a source may take. Command-line tools take seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A source of tokens that keeps what another one gives.
///
/// A token is replaced five minutes before its end, or at half of its life where that is later:
/// the one who asks then gets the old token at once, and the new one is fetched by a task of its
/// own. Only where the token has ten seconds or less to live, or there is none, is a fetch waited
/// for.
///
/// Those who ask at the same time share one fetch, its failure included; a failure is not kept,
/// except that a token which is still good goes on being used for 30 seconds before a fetch is
/// tried again. A fetch belongs to all who wait for it: dropping one of them does not end it. It
/// may take a minute. A source that panics has failed.
pub struct CachedTokens<S> {
    source: Arc<S>,
    scopes: Scopes,
}

/// What is known of each scope; shared with the tasks that fetch tokens.
#[derive(Clone, Default)]
struct Scopes(Arc<Mutex<HashMap<String, Kept>>>);

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

/// What there is for one who asks.
enum Found {
    /// A token; and where it is to be replaced, the fetch that somebody has to see to.
    Token(Token, Option<Fetch>),
    /// No token before this fetch is over.
    Awaited(Fetch),
}

impl<S: TokenSource + 'static> CachedTokens<S> {
    /// Keeps the tokens of this source.
    pub fn new(source: S) -> Self {
        Self { source: Arc::new(source), scopes: Scopes::default() }
    }

    /// Drops this token of this scope, because a service did not accept it: the next one who asks
    /// waits for what the source gives then. Where another token is kept by now, nothing happens,
    /// so that many requests which fail with the same token lead to one fetch.
    ///
    /// Whether the source gives another token is its own affair: those of Microsoft Entra ID
    /// keep theirs until five minutes before its end, and give the same again until then.
    pub fn forget(&self, scope: &str, rejected: &SecretString) {
        let mut scopes = self.scopes.lock();
        if let Some(kept) = scopes.get_mut(scope) {
            let secret = rejected.expose_secret();
            kept.token.take_if(|token| token.secret.expose_secret() == secret);
        }
    }

    /// The token that is kept, or the fetch to wait for.
    fn look_up(&self, scope: &str, now: SystemTime) -> Found {
        let mut scopes = self.scopes.lock();
        let kept = scopes.entry(scope.to_owned()).or_default();
        if let Some(token) = &kept.token
            && kept.due.is_none_or(|due| now < due)
        {
            return Found::Token(token.clone(), None);
        }
        let lasts = |token: &&Token| token.expires_at.is_none_or(|end| now + TOO_LATE < end);
        let good = kept.token.as_ref().filter(lasts).cloned();
        // One that everybody left behind has not moved since, and is begun again.
        let under_way = kept.fetch.as_ref().filter(|(since, _)| since.elapsed() < PATIENCE);
        match (good, under_way) {
            (Some(token), Some(_)) => Found::Token(token, None),
            (None, Some((_, fetch))) => Found::Awaited(fetch.clone()),
            (good, None) => {
                let fetch = fetch(self.source.clone(), scope.to_owned()).boxed().shared();
                kept.fetch = Some((Instant::now(), fetch.clone()));
                match good {
                    Some(token) => Found::Token(token, Some(fetch)),
                    None => Found::Awaited(fetch),
                }
            }
        }
    }
}

impl Scopes {
    /// Waits for a fetch and keeps what it comes to.
    async fn wait(&self, scope: &str, fetch: Fetch) -> Result<Token, Error> {
        let fetched = fetch.clone().await;
        self.settle(scope, &fetch, fetched, SystemTime::now())
    }

    /// Keeps what a fetch came to, unless someone who waited for it as well has done so.
    fn settle(
        &self,
        scope: &str,
        fetch: &Fetch,
        fetched: Result<Token, Arc<Error>>,
        now: SystemTime,
    ) -> Result<Token, Error> {
        let mut scopes = self.lock();
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

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Nothing that runs under the lock leaves half a change behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<S: TokenSource + 'static> TokenSource for CachedTokens<S> {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        match self.look_up(scope, SystemTime::now()) {
            Found::Token(token, None) => Ok(token),
            Found::Token(token, Some(fetch)) => {
                let (scopes, scope) = (self.scopes.clone(), scope.to_owned());
                // What it comes to is kept or logged; nobody waits for it.
                tokio::spawn(async move { scopes.wait(&scope, fetch).await.map(drop) });
                Ok(token)
            }
            Found::Awaited(fetch) => self.scopes.wait(scope, fetch).await,
        }
    }
}

async fn fetch<S: TokenSource>(source: Arc<S>, scope: String) -> Result<Token, Arc<Error>> {
    let asked = AssertUnwindSafe(async { source.token(&scope).await }).catch_unwind();
    let fetched = match timeout(PATIENCE, asked).await {
        Ok(Ok(fetched)) => fetched,
        Ok(Err(_)) => {
            let message = format!("the source of tokens panicked over the scope {scope}");
            Err(Error::new(ErrorKind::Authentication, message))
        }
        Err(_) => {
            let message = format!("no token came for the scope {scope} within a minute");
            Err(Error::new(ErrorKind::Timeout, message))
        }
    };
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
