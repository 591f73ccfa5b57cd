#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

use callsign_core::words::error::ErrorKind;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::*;

/// Gives `scope-1`, `scope-2`, … with this life, once it is let; fails where it is told to.
struct Counting {
    fetches: AtomicUsize,
    life: Option<Duration>,
    fails: Mutex<Vec<usize>>,
    gate: Semaphore,
}

impl Counting {
    fn new(life: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            fetches: AtomicUsize::new(0),
            life,
            fails: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Counting {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        let _passed = self.gate.acquire().await;
        if self.fails.lock().expect("whole").contains(&number) {
            return Err(Error::new(ErrorKind::Authentication, format!("no {number}")));
        }
        let token = Token::new(format!("{scope}-{number}"));
        Ok(match self.life {
            Some(life) => token.expires_at(SystemTime::now() + life),
            None => token,
        })
    }
}

async fn told(tokens: &CachedTokens<Arc<Counting>>, scope: &str) -> Result<String, String> {
    let token = tokens.token(scope).await.map_err(|error| error.to_string())?;
    Ok(token.secret.expose_secret().to_owned())
}

#[test]
fn a_token_is_replaced_before_its_end() {
    let now = SystemTime::now();
    let after = |life: u64| {
        due(now + Duration::from_secs(life), now).duration_since(now).expect("later").as_secs()
    };
    assert_eq!(after(3600), 3300);
    assert_eq!(after(600), 300);
    assert_eq!(after(60), 30);
    assert_eq!(after(0), 0);
    assert_eq!(due(now - Duration::from_secs(5), now), now);
}

#[tokio::test]
async fn a_token_is_fetched_once_in_its_life() {
    for life in [None, Some(Duration::from_secs(3600))] {
        let source = Counting::new(life);
        let tokens = CachedTokens::new(source.clone());
        for _ in 0..3 {
            assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
        }
        assert_eq!(told(&tokens, "b").await.as_deref(), Ok("b-2"), "each scope has its own");
        tokens.forget("a", &SecretString::from("a-1"));
        assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-3"));
        assert_eq!(told(&tokens, "b").await.as_deref(), Ok("b-2"));
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_fetched_anew() {
    let source = Counting::new(Some(Duration::ZERO));
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-2"));
    source.fails.lock().expect("whole").push(3);
    assert_eq!(told(&tokens, "a").await.expect_err("it is over"), "no 3");
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-4"), "a failure is not kept");
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_fetch_and_its_failure() {
    let source = Counting::new(None);
    source.fails.lock().expect("whole").push(1);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let tokens = CachedTokens::new(source.clone());
    for outcome in [Err("no 1".to_owned()), Ok("a-2".to_owned())] {
        let asked = join_all((0..20).map(|_| told(&tokens, "a")));
        let let_through = async {
            source.gate.add_permits(1);
        };
        let (asked, ()) = futures_util::future::join(asked, let_through).await;
        assert!(asked.iter().all(|told| *told == outcome), "{asked:?}");
    }
    assert_eq!(source.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_goes_on_when_the_one_who_began_it_is_gone() {
    let source = Counting::new(None);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let tokens = CachedTokens::new(source.clone());
    assert!(tokens.token("a").now_or_never().is_none(), "it waits, and is dropped");
    source.gate.add_permits(1);
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    assert_eq!(source.fetches(), 1);
}

/// From now on the token of the scope `a` is to be replaced.
fn make_due(tokens: &CachedTokens<Arc<Counting>>) {
    tokens.scopes.lock().get_mut("a").expect("kept").due = Some(SystemTime::UNIX_EPOCH);
}

/// Lets the fetch that nobody waits for come to its end.
async fn settled(tokens: &CachedTokens<Arc<Counting>>) {
    while tokens.scopes.lock().get("a").is_some_and(|kept| kept.fetch.is_some()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_token_that_is_still_good_is_not_waited_for() {
    let source = Counting::new(Some(Duration::from_secs(3600)));
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    make_due(&tokens);
    for _ in 0..3 {
        assert_eq!(told(&tokens, "a").now_or_never(), Some(Ok("a-1".to_owned())));
        tokio::task::yield_now().await;
    }
    assert_eq!(source.fetches(), 2, "one fetch for all");
    source.gate.add_permits(1);
    settled(&tokens).await;
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-2"));
    assert_eq!(source.fetches(), 2);
}

#[tokio::test]
async fn a_token_that_is_nearly_over_is_waited_for() {
    let source = Counting::new(Some(Duration::from_secs(5)));
    let tokens = CachedTokens::new(source);
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    make_due(&tokens);
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-2"));
}

#[tokio::test]
async fn a_token_that_is_still_good_outlasts_a_failure() {
    let source = Counting::new(Some(Duration::from_secs(3600)));
    source.fails.lock().expect("whole").push(2);
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    make_due(&tokens);
    for _ in 0..2 {
        assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
        settled(&tokens).await;
    }
    assert_eq!(source.fetches(), 2, "it is not tried again at once");
    make_due(&tokens);
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    settled(&tokens).await;
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-3"));
}

#[tokio::test]
async fn only_the_token_that_was_rejected_is_dropped() {
    let source = Counting::new(None);
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    // Twenty requests were under way with it, and each is told so after the other.
    for _ in 0..20 {
        tokens.forget("a", &SecretString::from("a-1"));
        assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-2"));
    }
    assert_eq!(source.fetches(), 2);
    tokens.forget("unknown", &SecretString::from("a-2"));
}

/// Panics when it is asked first.
struct Panicking(AtomicUsize);

#[async_trait]
impl TokenSource for Panicking {
    async fn token(&self, _scope: &str) -> Result<Token, Error> {
        assert_ne!(self.0.fetch_add(1, Ordering::SeqCst), 0, "the first time");
        Ok(Token::new("sesame"))
    }
}

#[tokio::test]
async fn a_source_that_panics_has_failed_once() {
    let tokens = CachedTokens::new(Panicking(AtomicUsize::new(0)));
    let error = tokens.token("a").await.expect_err("it panicked");
    assert_eq!(error.to_string(), "the source of tokens panicked over the scope a");
    assert!(tokens.token("a").await.is_ok(), "the panic is not kept");
}

#[tokio::test]
async fn a_source_shows_no_secret() {
    let tokens = CachedTokens::new(Counting::new(None));
    let token = tokens.token("sesame").await.expect("given");
    assert!(!format!("{tokens:?} {token:?}").contains("sesame"));
}
