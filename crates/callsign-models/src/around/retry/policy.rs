//! How often, for how long and after which errors a model is asked again.

use std::time::Duration;

use callsign_core::words::error::{Error, ErrorKind};
use uuid::Uuid;

/// How often, for how long and after which errors a model is asked again.
///
/// The wait before a try is drawn evenly between nothing and a bound that doubles from try to try
/// ("full jitter"), so that clients that failed together do not come back together. A service that
/// says how long it wants to be left alone is left alone as long.
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPolicy {
    tries: u32,
    total_time: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    retried: fn(&Error) -> bool,
}

/// What is to be done about a try that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another one, after this wait.
    Again(Duration),
    /// Nothing: the error is not of the kind that passes.
    Final,
    /// Nothing: the tries or the time are used up.
    UsedUp,
    /// Nothing: the service asks to wait for longer than there is time.
    TooLong {
        /// What it asks for.
        asked: Duration,
        /// What is left of the time.
        left: Duration,
    },
}

impl RetryPolicy {
    /// Four tries within 60 seconds; waits of up to half a second before the second, doubling
    /// from there up to 16 seconds.
    pub fn new() -> Self {
        Self {
            tries: 4,
            total_time: Duration::from_secs(60),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(16),
            retried: Self::is_retried,
        }
    }

    /// No other try, whatever the error.
    pub(crate) fn once() -> Self {
        Self::new().tries(1)
    }

    /// Sets how many tries there are at the most, the first one included. Default 4; 0 counts as
    /// 1.
    pub fn tries(mut self, most: u32) -> Self {
        self.tries = most.max(1);
        self
    }

    /// Sets how much time tries and waits have. Default 60 seconds.
    ///
    /// It begins with the first try, and no wait is begun that would end after it: where a service
    /// asks for a longer one than is left, its error is handed on at once, with the wait in
    /// [`retry_after`](callsign_core::words::error::Error::retry_after). A try that has begun is
    /// not cut off: the model's own timeouts bound it. A stream that is polled late begins its
    /// tries late.
    ///
    /// What the model inside does with a try is a part of this time, also where it lets the
    /// request queue, as a [`RateLimit`](crate::around::rate_limit::RateLimit) does. Such a
    /// request may be sent after this time, and where it fails then there is no other try. So put
    /// the `RateLimit` around the `Retry`, or give this more time than the queue may take.
    pub fn total_time(mut self, most: Duration) -> Self {
        self.total_time = most;
        self
    }

    /// Sets the bound of the wait before the second try, and that of all waits, in which those
    /// that a service asks for do not count. Default half a second and 16 seconds.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.first_wait = first;
        self.longest_wait = longest;
        self
    }

    /// Sets after which errors it is asked again, over [`is_retried`](Self::is_retried).
    pub fn when(mut self, retried: fn(&Error) -> bool) -> Self {
        self.retried = retried;
        self
    }

    /// Whether an error is one that passes: rate limited, server, timeout or transport.
    #[must_use]
    pub fn is_retried(error: &Error) -> bool {
        matches!(
            error.kind(),
            ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Transport
        )
    }

    /// The longest wait after so many tries, where the service asks for none.
    pub(super) fn bound(&self, tried: u32) -> Duration {
        let doublings = tried.saturating_sub(1).min(31);
        self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait)
    }

    /// What to do about this error of the so-manieth try, counted from 1, after this time.
    pub(super) fn judge(&self, error: &Error, tried: u32, elapsed: Duration) -> Verdict {
        if !(self.retried)(error) {
            return Verdict::Final;
        }
        let left = self.total_time.saturating_sub(elapsed);
        if tried >= self.tries || left.is_zero() {
            return Verdict::UsedUp;
        }
        let asked = error.retry_after().unwrap_or_default();
        if asked > left {
            return Verdict::TooLong { asked, left };
        }
        let drawn = self.bound(tried).mul_f64(random()).min(left);
        Verdict::Again(asked.max(drawn))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// A number from 0 to below 1, different every time.
fn random() -> f64 {
    // The upper 48 bits of a random id are random, all of them.
    let (upper, _) = Uuid::new_v4().as_u64_pair();
    (upper >> 16) as f64 / (1_u64 << 48) as f64
}
