//! A bucket that fills evenly.

use std::time::Duration;

use tokio::time::Instant;

/// The longest wait there is, about 30 years: what is longer cannot be added to every clock.
const LONGEST: Duration = Duration::from_secs(1_000_000_000);

/// A bucket that fills evenly, and from which more may be taken than is in it.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// What it holds at the most.
    capacity: f64,
    /// What comes in, a second.
    rate: f64,
    /// What is in it; below zero where more was taken.
    level: f64,
    /// When that was so.
    at: Instant,
}

impl Bucket {
    /// A full bucket, into which so much comes a minute and which holds what comes within the
    /// burst, and one at least.
    pub(super) fn new(per_minute: u64, burst: Duration, now: Instant) -> Self {
        let rate = per_minute as f64 / 60.0;
        let capacity = (rate * burst.as_secs_f64()).max(1.0);
        Self { capacity, rate, level: capacity, at: now }
    }

    /// What it holds at the most.
    pub(super) fn capacity(&self) -> f64 {
        self.capacity
    }

    /// When so much is in it, or it is full: from this time on, and not before the last change.
    pub(super) fn ready(&self, amount: f64, from: Instant) -> Instant {
        let from = from.max(self.at);
        let missing = amount.min(self.capacity) - self.level_at(from);
        // What is less than a millionth is the error of calculating with fractions.
        if missing <= 1e-6 {
            return from;
        }
        from + Duration::try_from_secs_f64(missing / self.rate).unwrap_or(LONGEST).min(LONGEST)
    }

    /// Takes so much out of it at this time, or puts it back where the amount is below zero.
    pub(super) fn take(&mut self, amount: f64, when: Instant) {
        self.level = (self.level_at(when) - amount).min(self.capacity);
        self.at = self.at.max(when);
    }

    fn level_at(&self, when: Instant) -> f64 {
        let filled = self.rate * when.saturating_duration_since(self.at).as_secs_f64();
        (self.level + filled).min(self.capacity)
    }
}
