//! A token bucket.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait, about 30 years. Adding a longer one may overflow the clock.
const MAX_WAIT: Duration = Duration::from_secs(1_000_000_000);

/// A token bucket that refills evenly. More may be taken than it contains, which delays later
/// requests.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// The maximum level.
    capacity: f64,
    /// The refill per second.
    rate: f64,
    /// The level at the time `at`; negative if more was taken than the bucket contained.
    level: f64,
    at: Instant,
}

impl Bucket {
    /// Creates a full bucket with a refill of `per_minute`. Its capacity is the refill within
    /// `burst`, and at least 1.
    pub(super) fn new(per_minute: u64, burst: Duration, now: Instant) -> Self {
        let rate = per_minute as f64 / 60.0;
        let capacity = (rate * burst.as_secs_f64()).max(1.0);
        Self { capacity, rate, level: capacity, at: now }
    }

    /// Returns the maximum level.
    pub(super) fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Returns the time at which the bucket contains `amount` or is full: at `from` or later, and
    /// not before the last change.
    pub(super) fn ready_at(&self, amount: f64, from: Instant) -> Instant {
        let from = from.max(self.at);
        let missing = amount.min(self.capacity) - self.level_at(from);
        // Less than a millionth is a rounding error of the floating-point numbers.
        if missing <= 1e-6 {
            return from;
        }
        from + Duration::try_from_secs_f64(missing / self.rate).unwrap_or(MAX_WAIT).min(MAX_WAIT)
    }

    /// Takes `amount` at this time. A negative amount is put back.
    pub(super) fn take(&mut self, amount: f64, when: Instant) {
        self.level = (self.level_at(when) - amount).min(self.capacity);
        self.at = self.at.max(when);
    }

    fn level_at(&self, when: Instant) -> f64 {
        let refill = self.rate * when.saturating_duration_since(self.at).as_secs_f64();
        (self.level + refill).min(self.capacity)
    }
}
