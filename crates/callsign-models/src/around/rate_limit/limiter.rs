//! The queue before the buckets.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, Notify};
use tokio::time::{Instant, timeout};

use super::bucket::Bucket;

/// Lets requests pass in the order in which they came, and no faster than the limits.
pub(super) struct Limiter {
    requests: Option<u64>,
    tokens: Option<u64>,
    burst: Duration,
    /// Whoever holds it is the first of the queue. This mutex is fair: it is handed on in order.
    first: Queue<()>,
    /// Made at the first request, because the clock may not be running before.
    buckets: OnceLock<Mutex<Buckets>>,
    /// Tells the first of the queue that an estimate was corrected.
    corrected: Notify,
}

struct Buckets {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

impl Limiter {
    pub(super) fn new(requests: Option<u64>, tokens: Option<u64>, burst: Duration) -> Self {
        Self {
            requests,
            tokens,
            burst,
            first: Queue::new(()),
            buckets: OnceLock::new(),
            corrected: Notify::new(),
        }
    }

    /// Requests a minute, tokens a minute, and the burst.
    pub(super) fn settings(&self) -> (Option<u64>, Option<u64>, Duration) {
        (self.requests, self.tokens, self.burst)
    }

    /// Waits for the turn of a request that may cost so many tokens, and counts it.
    pub(super) async fn wait(&self, tokens: u64) {
        let turn = self.first.lock().await;
        loop {
            let wait = self.buckets().admit(tokens, Instant::now());
            if wait.is_zero() {
                break;
            }
            tracing::debug!(?wait, "the rate limit is reached; the request waits");
            // Either the time has passed or less is to be waited for; both are seen above.
            let _ = timeout(wait, self.corrected.notified()).await;
        }
        drop(turn);
    }

    /// Counts what a request really cost, over what it was taken to cost.
    pub(super) fn correct(&self, estimated: u64, tokens: u64) {
        if let Some(bucket) = &mut self.buckets().tokens {
            bucket.take(tokens as f64 - estimated as f64);
        }
        self.corrected.notify_one();
    }

    /// Counts a request that was sent without waiting.
    pub(super) fn count_another(&self, tokens: u64) {
        self.buckets().take(tokens);
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        let buckets = self.buckets.get_or_init(|| {
            let bucket = |most: u64| Bucket::new(most, self.burst, Instant::now());
            let (requests, tokens) = (self.requests.map(bucket), self.tokens.map(bucket));
            Mutex::new(Buckets { requests, tokens })
        });
        buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    /// Takes one request out, if that is possible now; else says how long to wait.
    fn admit(&mut self, tokens: u64, now: Instant) -> Duration {
        let requests = self.requests.as_mut().map(|bucket| bucket.wait(1.0, now));
        let of_tokens = self.tokens.as_mut().map(|bucket| bucket.wait(tokens as f64, now));
        let wait = requests.max(of_tokens).unwrap_or_default();
        if wait.is_zero() {
            self.take(tokens);
        }
        wait
    }

    fn take(&mut self, tokens: u64) {
        if let Some(bucket) = &mut self.requests {
            bucket.take(1.0);
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.take(tokens as f64);
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("requests_per_minute", &self.requests)
            .field("tokens_per_minute", &self.tokens)
            .field("burst", &self.burst)
            .finish_non_exhaustive()
    }
}
