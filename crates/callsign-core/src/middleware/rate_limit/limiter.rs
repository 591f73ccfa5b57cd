//! The queue of a rate limit, and the notification of its waiting requests.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::bucket::Bucket;
use super::buckets::Buckets;
use super::queue::RequestQueue;
use super::reservation::Reservation;

/// Admits requests in the order of their arrival, no faster than the limits allow.
pub(super) struct Limiter {
    requests: Option<u64>,
    tokens: Option<u64>,
    burst: Duration,
    /// Created at the first request, because Tokio's clock may not be running before. The lock is
    /// never held across an await.
    queue: OnceLock<Mutex<RequestQueue>>,
    /// Wakes the waiting requests when their start times have changed.
    replanned: Notify,
}

impl Limiter {
    pub(super) fn new(requests: Option<u64>, tokens: Option<u64>, burst: Duration) -> Self {
        Self { requests, tokens, burst, queue: OnceLock::new(), replanned: Notify::new() }
    }

    /// Returns the requests per minute, the tokens per minute and the burst.
    pub(super) fn settings(&self) -> (Option<u64>, Option<u64>, Duration) {
        (self.requests, self.tokens, self.burst)
    }

    /// Waits until a request that may use `tokens` tokens may be sent, and counts it.
    ///
    /// More tokens than the bucket's capacity count as the capacity until the usage is known.
    pub(super) async fn acquire(&self, tokens: u64) -> Reservation<'_> {
        let (number, tokens) = {
            let mut queue = self.queue();
            let tokens = (tokens as f64).min(queue.max_tokens());
            (queue.push(tokens, Instant::now()), tokens)
        };
        // Created before the first await, so that dropping this future cancels the request.
        let mut reservation = Reservation::new(self, number, tokens);
        loop {
            // Created before the queue is read, so that no change in between is missed.
            let replanned = self.replanned.notified();
            let Some(start) = self.queue().start(number, Instant::now()) else {
                break;
            };
            tracing::debug!("rate limit reached: the request waits");
            // The time has come or has changed. The loop checks which.
            let _ = timeout_at(start, replanned).await;
        }
        reservation.sent();
        reservation
    }

    /// Counts `tokens` more tokens. A negative number is put back.
    pub(super) fn count_tokens(&self, tokens: f64) {
        if self.tokens.is_some() {
            self.queue().take(0.0, tokens, Instant::now());
            self.replanned.notify_waiters();
        }
    }

    /// Counts a request that was sent without waiting.
    pub(super) fn count_request(&self) {
        self.queue().take(1.0, 0.0, Instant::now());
        self.replanned.notify_waiters();
    }

    /// Returns the reservation of a request that will not be sent.
    pub(super) fn cancel(&self, number: u64, tokens: f64) {
        self.queue().cancel(number, tokens, Instant::now());
        self.replanned.notify_waiters();
    }

    fn queue(&self) -> MutexGuard<'_, RequestQueue> {
        let queue = self.queue.get_or_init(|| {
            let bucket = |per_minute: u64| Bucket::new(per_minute, self.burst, Instant::now());
            let (requests, tokens) = (self.requests.map(bucket), self.tokens.map(bucket));
            Mutex::new(RequestQueue::new(Buckets { requests, tokens }))
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
