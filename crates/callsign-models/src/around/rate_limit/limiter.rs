//! The queue, and what tells those who wait in it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::bucket::Bucket;
use super::buckets::Buckets;
use super::queue::Queue;
use super::turn::Turn;

/// Lets requests pass in the order in which they came, and no faster than the limits.
pub(super) struct Limiter {
    requests: Option<u64>,
    tokens: Option<u64>,
    burst: Duration,
    /// Made at the first request, because the clock may not be running before. Nobody holds this
    /// lock while waiting.
    queue: OnceLock<Mutex<Queue>>,
    /// Tells those who wait that they may be sent at another time than was planned.
    planned_anew: Notify,
}

impl Limiter {
    pub(super) fn new(requests: Option<u64>, tokens: Option<u64>, burst: Duration) -> Self {
        Self { requests, tokens, burst, queue: OnceLock::new(), planned_anew: Notify::new() }
    }

    /// Requests a minute, tokens a minute, and the burst.
    pub(super) fn settings(&self) -> (Option<u64>, Option<u64>, Duration) {
        (self.requests, self.tokens, self.burst)
    }

    /// Waits for the turn of a request that may cost so many tokens, and counts it.
    ///
    /// More tokens than the bucket holds count as a full one until it is known what they were.
    pub(super) async fn wait(&self, tokens: u64) -> Turn<'_> {
        let (number, tokens) = {
            let mut queue = self.queue();
            let tokens = (tokens as f64).min(queue.most_tokens());
            (queue.join(tokens, Instant::now()), tokens)
        };
        let mut turn = Turn::new(self, number, tokens);
        loop {
            // Made before the look at the queue, so that no change in between is missed.
            let planned_anew = self.planned_anew.notified();
            let Some(start) = self.queue().start(number, Instant::now()) else {
                break;
            };
            tracing::debug!("the rate limit is reached; the request waits");
            // Either the time has come or it is another one; both are seen above.
            let _ = timeout_at(start, planned_anew).await;
        }
        turn.sent();
        turn
    }

    /// Counts so many tokens more, or fewer where they are below zero.
    pub(super) fn count_tokens(&self, tokens: f64) {
        if self.tokens.is_some() {
            self.queue().take(0.0, tokens, Instant::now());
            self.planned_anew.notify_waiters();
        }
    }

    /// Counts a request that was sent without waiting.
    pub(super) fn count_another(&self) {
        self.queue().take(1.0, 0.0, Instant::now());
        self.planned_anew.notify_waiters();
    }

    /// Gives back what was reserved for a request that is not going to be sent.
    pub(super) fn leave(&self, number: u64, tokens: f64) {
        self.queue().leave(number, tokens, Instant::now());
        self.planned_anew.notify_waiters();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        let queue = self.queue.get_or_init(|| {
            let bucket = |most: u64| Bucket::new(most, self.burst, Instant::now());
            let (requests, tokens) = (self.requests.map(bucket), self.tokens.map(bucket));
            Mutex::new(Queue::new(Buckets { requests, tokens }))
        });
        queue.lock().unwrap_or_else(PoisonError::into_inner)
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
