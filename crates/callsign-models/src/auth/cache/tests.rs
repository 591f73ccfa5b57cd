#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

use callsign_core::words::error::ErrorKind;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
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
        tokens.forget("a");
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

#[tokio::test]
async fn a_token_that_is_still_good_outlasts_a_failure() {
    let source = Counting::new(Some(Duration::from_secs(3600)));
    source.fails.lock().expect("whole").push(2);
    let tokens = CachedTokens::new(source.clone());
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    tokens.scopes().get_mut("a").expect("kept").due = Some(SystemTime::UNIX_EPOCH);
    for _ in 0..2 {
        assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-1"));
    }
    assert_eq!(source.fetches(), 2, "it is not tried again at once");
    tokens.scopes().get_mut("a").expect("kept").due = Some(SystemTime::UNIX_EPOCH);
    assert_eq!(told(&tokens, "a").await.as_deref(), Ok("a-3"));
}

#[tokio::test]
async fn a_source_shows_no_secret() {
    let tokens = CachedTokens::new(Counting::new(None));
    let token = tokens.token("sesame").await.expect("given");
    assert!(!format!("{tokens:?} {token:?}").contains("sesame"));
}
