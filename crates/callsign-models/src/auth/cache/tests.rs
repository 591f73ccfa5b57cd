#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

use callsign_types::error::ErrorKind;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::*;

/// Returns `scope-1`, `scope-2`, … with this lifetime once `gate` permits it; the attempts in
/// `fails` return an error.
struct CountingSource {
    fetches: AtomicUsize,
    lifetime: Option<Duration>,
    fails: Mutex<Vec<usize>>,
    gate: Semaphore,
}

impl CountingSource {
    fn new(lifetime: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            fetches: AtomicUsize::new(0),
            lifetime,
            fails: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for CountingSource {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        let _passed = self.gate.acquire().await;
        if self.fails.lock().expect("whole").contains(&number) {
            return Err(Error::new(ErrorKind::Authentication, format!("no {number}")));
        }
        let token = Token::new(format!("{scope}-{number}"));
        Ok(match self.lifetime {
            Some(lifetime) => token.expires_at(SystemTime::now() + lifetime),
            None => token,
        })
    }
}

async fn token_of(
    tokens: &CachedTokens<Arc<CountingSource>>,
    scope: &str,
) -> Result<String, String> {
    let token = tokens.token(scope).await.map_err(|error| error.to_string())?;
    Ok(token.secret.expose_secret().to_owned())
}

#[test]
fn token_is_refreshed_before_it_expires() {
    let now = SystemTime::now();
    let after = |lifetime: u64| {
        refresh_time(now + Duration::from_secs(lifetime), now)
            .duration_since(now)
            .expect("later")
            .as_secs()
    };
    assert_eq!(after(3600), 3300);
    assert_eq!(after(600), 300);
    assert_eq!(after(60), 30);
    assert_eq!(after(0), 0);
    assert_eq!(refresh_time(now - Duration::from_secs(5), now), now);
}

#[tokio::test]
async fn token_is_fetched_once_per_lifetime() {
    for lifetime in [None, Some(Duration::from_secs(3600))] {
        let source = CountingSource::new(lifetime);
        let tokens = CachedTokens::new(source.clone());
        for _ in 0..3 {
            assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
        }
        assert_eq!(token_of(&tokens, "b").await.as_deref(), Ok("b-2"), "each scope has its own");
        tokens.forget("a", &SecretString::from("a-1"));
        assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-3"));
        assert_eq!(token_of(&tokens, "b").await.as_deref(), Ok("b-2"));
    }
}

#[tokio::test]
async fn expired_token_is_fetched_again() {
    let source = CountingSource::new(Some(Duration::ZERO));
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-2"));
    source.fails.lock().expect("whole").push(3);
    assert_eq!(token_of(&tokens, "a").await.expect_err("expired"), "no 3");
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-4"), "errors are not cached");
}

#[tokio::test]
async fn concurrent_callers_share_one_fetch_and_its_error() {
    let source = CountingSource::new(None);
    source.fails.lock().expect("whole").push(1);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let tokens = CachedTokens::new(source.clone());
    for outcome in [Err("no 1".to_owned()), Ok("a-2".to_owned())] {
        let results = join_all((0..20).map(|_| token_of(&tokens, "a")));
        let open_gate = async {
            source.gate.add_permits(1);
        };
        let (results, ()) = futures_util::future::join(results, open_gate).await;
        assert!(results.iter().all(|result| *result == outcome), "{results:?}");
    }
    assert_eq!(source.fetches(), 2);
}

#[tokio::test]
async fn fetch_continues_after_its_first_caller_is_dropped() {
    let source = CountingSource::new(None);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let tokens = CachedTokens::new(source.clone());
    assert!(tokens.token("a").now_or_never().is_none(), "it waits and is dropped");
    source.gate.add_permits(1);
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    assert_eq!(source.fetches(), 1);
}

/// Makes the token of scope `a` due for a refresh.
fn require_refresh(tokens: &CachedTokens<Arc<CountingSource>>) {
    tokens.scopes.lock().get_mut("a").expect("kept").refresh_at = Some(SystemTime::UNIX_EPOCH);
}

/// Waits until the background refresh of scope `a` has finished.
async fn wait_for_refresh(tokens: &CachedTokens<Arc<CountingSource>>) {
    while tokens.scopes.lock().get("a").is_some_and(|state| state.fetch.is_some()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn valid_token_is_returned_during_a_refresh() {
    let source = CountingSource::new(Some(Duration::from_secs(3600)));
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    require_refresh(&tokens);
    for _ in 0..3 {
        assert_eq!(token_of(&tokens, "a").now_or_never(), Some(Ok("a-1".to_owned())));
        tokio::task::yield_now().await;
    }
    assert_eq!(source.fetches(), 2, "the callers share one fetch");
    source.gate.add_permits(1);
    wait_for_refresh(&tokens).await;
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-2"));
    assert_eq!(source.fetches(), 2);
}

#[tokio::test]
async fn refresh_of_a_nearly_expired_token_is_awaited() {
    let source = CountingSource::new(Some(Duration::from_secs(5)));
    let tokens = CachedTokens::new(source);
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    require_refresh(&tokens);
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-2"));
}

#[tokio::test]
async fn valid_token_is_used_after_a_failed_refresh() {
    let source = CountingSource::new(Some(Duration::from_secs(3600)));
    source.fails.lock().expect("whole").push(2);
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    require_refresh(&tokens);
    for _ in 0..2 {
        assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
        wait_for_refresh(&tokens).await;
    }
    assert_eq!(source.fetches(), 2, "the refresh is not repeated at once");
    require_refresh(&tokens);
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    wait_for_refresh(&tokens).await;
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-3"));
}

#[tokio::test]
async fn forget_drops_only_the_rejected_token() {
    let source = CountingSource::new(None);
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-1"));
    // Twenty requests were sent with this token, and each of them is rejected.
    for _ in 0..20 {
        tokens.forget("a", &SecretString::from("a-1"));
        assert_eq!(token_of(&tokens, "a").await.as_deref(), Ok("a-2"));
    }
    assert_eq!(source.fetches(), 2);
    tokens.forget("unknown", &SecretString::from("a-2"));
}

/// Panics on the first request.
struct PanickingSource(AtomicUsize);

#[async_trait]
impl TokenSource for PanickingSource {
    async fn token(&self, _scope: &str) -> Result<Token, Error> {
        assert_ne!(self.0.fetch_add(1, Ordering::SeqCst), 0, "the first time");
        Ok(Token::new("sesame"))
    }
}

#[tokio::test]
async fn panic_of_the_source_is_returned_as_an_error_once() {
    let tokens = CachedTokens::new(PanickingSource(AtomicUsize::new(0)));
    let error = tokens.token("a").await.expect_err("it panicked");
    assert_eq!(error.to_string(), "token source panicked (scope \"a\")");
    assert!(tokens.token("a").await.is_ok(), "the panic is not cached");
}

#[tokio::test]
async fn debug_output_has_no_secret() {
    let tokens = CachedTokens::new(CountingSource::new(None));
    let token = tokens.token("sesame").await.expect("given");
    assert!(!format!("{tokens:?} {token:?}").contains("sesame"));
}
