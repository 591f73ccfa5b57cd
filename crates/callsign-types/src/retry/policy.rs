//! The retry policy: the number of attempts, their delays and the errors that are retried.

use std::time::Duration;

use uuid::Uuid;

use crate::error::{Error, ErrorKind};

/// A retry policy: the number of attempts, their delays and the errors that are retried.
///
/// The delay before an attempt is random between zero and a bound that doubles with each attempt
/// ("full jitter"), so that clients that failed together do not retry together. If the provider
/// asks for a longer delay, that delay applies.
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    total_time: Duration,
    initial_backoff: Duration,
    max_backoff: Duration,
    is_retryable: fn(&Error) -> bool,
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum RetryDecision {
    /// Another attempt, after this delay.
    Retry(Duration),
    /// No attempt, because the error is not retryable.
    NotRetryable,
    /// No attempt, because the attempts or the total time are exhausted.
    Exhausted,
    /// No attempt, because the provider asks for a delay longer than the remaining time.
    DelayTooLong {
        /// The delay that the provider asks for.
        requested: Duration,
        /// The rest of the total time.
        remaining: Duration,
    },
}

impl RetryPolicy {
    /// Creates the default policy: four attempts within 60 seconds. The delay before the second
    /// attempt is at most half a second. The bound doubles with each attempt, up to 16 seconds.
    pub fn new() -> Self {
        Self {
            max_attempts: 4,
            total_time: Duration::from_secs(60),
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(16),
            is_retryable: Self::is_retried,
        }
    }

    /// Creates a policy without retries.
    pub fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// Creates the policy of a model over HTTP unless another one is set: three attempts within 60
    /// seconds, which are two retries, as in the official SDKs of OpenAI and Anthropic.
    #[doc(hidden)]
    pub fn of_models() -> Self {
        Self::new().max_attempts(3)
    }

    /// Returns whether the policy allows a second attempt.
    #[doc(hidden)]
    #[must_use]
    pub fn allows_retries(&self) -> bool {
        self.max_attempts > 1
    }

    /// Sets the maximum number of attempts, including the first. Default 4; 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the maximum time for all attempts and delays. Default 60 seconds.
    ///
    /// The time starts with the first attempt. A stream starts its first attempt when it is first
    /// polled. No delay starts that would end after the total time. If the provider asks for such
    /// a delay, its error is returned at once, with the delay in
    /// [`retry_after`](Error::retry_after). An attempt that has started is not interrupted: the
    /// model's own timeouts apply to it.
    ///
    /// All of the time that an inner model takes counts, even if a `RateLimit` queues the request.
    /// Such a request may be sent after the total time, and is then not retried if it fails. To
    /// avoid this, wrap the `Retry` in the `RateLimit`, or choose a total time that is longer than
    /// the queue's.
    pub fn total_time(mut self, time: Duration) -> Self {
        self.total_time = time;
        self
    }

    /// Sets the bound of the delay before the second attempt, and the bound of all delays. Default
    /// half a second and 16 seconds. Delays that a provider asks for are not bounded by it.
    pub fn backoff(mut self, initial: Duration, max: Duration) -> Self {
        self.initial_backoff = initial;
        self.max_backoff = max;
        self
    }

    /// Sets which errors are retried. Default [`is_retried`](Self::is_retried).
    pub fn when(mut self, is_retryable: fn(&Error) -> bool) -> Self {
        self.is_retryable = is_retryable;
        self
    }

    /// Returns whether an error is retried by default: a rate limit, a server error, a timeout, a
    /// transport error or an incomplete response.
    #[must_use]
    pub fn is_retried(error: &Error) -> bool {
        matches!(
            error.kind(),
            ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Timeout
                | ErrorKind::Transport
                | ErrorKind::Incomplete
        )
    }

    /// Returns the bound of the random delay after `attempts` attempts.
    #[must_use]
    #[doc(hidden)]
    pub fn backoff_bound(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.initial_backoff.saturating_mul(1 << doublings).min(self.max_backoff)
    }

    /// Decides what follows the failure of attempt `attempts`, counted from 1, at time `elapsed`
    /// after the start of the first one.
    #[must_use]
    #[doc(hidden)]
    pub fn decide(&self, error: &Error, attempts: u32, elapsed: Duration) -> RetryDecision {
        if !(self.is_retryable)(error) {
            return RetryDecision::NotRetryable;
        }
        let remaining = self.total_time.saturating_sub(elapsed);
        if attempts >= self.max_attempts || remaining.is_zero() {
            return RetryDecision::Exhausted;
        }
        let requested = error.retry_after().unwrap_or_default();
        if requested > remaining {
            return RetryDecision::DelayTooLong { requested, remaining };
        }
        let drawn = self.backoff_bound(attempts).mul_f64(random()).min(remaining);
        RetryDecision::Retry(requested.max(drawn))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a random number in `0.0..1.0`.
fn random() -> f64 {
    // The upper 48 bits of a random UUID are all random, which saves a random number generator.
    let (upper, _) = Uuid::new_v4().as_u64_pair();
    (upper >> 16) as f64 / (1_u64 << 48) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn delays_are_random_below_a_bound_that_doubles() {
        let policy = RetryPolicy::new().max_attempts(100).backoff(ms(100), ms(2000));
        let bounds: Vec<_> = (1..8).map(|attempts| policy.backoff_bound(attempts)).collect();
        assert_eq!(bounds, [100, 200, 400, 800, 1600, 2000, 2000].map(ms));
        assert_eq!(policy.backoff_bound(u32::MAX), ms(2000));
        let error = Error::new(ErrorKind::Server, "");
        let mut delays: Vec<_> = (0..1000)
            .map(|_| match policy.decide(&error, 3, Duration::ZERO) {
                RetryDecision::Retry(delay) => delay,
                decision => panic!("{decision:?}"),
            })
            .collect();
        delays.sort();
        assert!(delays[999] <= ms(400));
        // Full jitter: evenly from zero to the bound. Each assertion fails once in 10^18 times.
        let (first, median, last) = (delays[0], delays[500], delays[999]);
        assert!(first < ms(20) && last > ms(380), "{first:?} to {last:?}");
        assert!(median > ms(130) && median < ms(270), "{median:?}");
    }

    #[test]
    fn a_random_delay_fits_into_the_remaining_time() {
        let policy = RetryPolicy::new().total_time(ms(1000)).backoff(ms(5000), ms(5000));
        let error = Error::new(ErrorKind::Server, "");
        for _ in 0..100 {
            let decision = policy.decide(&error, 1, ms(900));
            let fits = matches!(decision, RetryDecision::Retry(delay) if delay <= ms(100));
            assert!(fits, "{decision:?}");
        }
        assert_eq!(policy.decide(&error, 1, ms(1000)), RetryDecision::Exhausted);
        let once = policy.clone().max_attempts(0);
        assert_eq!(once.decide(&error, 1, ms(0)), RetryDecision::Exhausted);
        let never = policy.when(|_| false);
        assert_eq!(never.decide(&error, 1, ms(0)), RetryDecision::NotRetryable);
    }
}
