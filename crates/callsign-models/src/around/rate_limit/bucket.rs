//! A bucket that fills evenly.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that fills evenly, and from which more may be taken than is in it.
#[derive(Debug)]
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

    /// How long it takes until so much is in it, or until it is full.
    pub(super) fn wait(&mut self, amount: f64, now: Instant) -> Duration {
        let filled = self.rate * now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + filled).min(self.capacity);
        self.at = self.at.max(now);
        let missing = amount.min(self.capacity) - self.level;
        // What is less than a millionth is the error of calculating with fractions.
        if missing <= 1e-6 {
            return Duration::ZERO;
        }
        let wait = Duration::try_from_secs_f64(missing / self.rate).unwrap_or(Duration::MAX);
        // Clocks count in milliseconds here; a shorter wait would be none.
        wait.max(Duration::from_millis(1))
    }

    /// Takes so much out of it, or puts it back where the amount is below zero.
    pub(super) fn take(&mut self, amount: f64) {
        self.level = (self.level - amount).min(self.capacity);
    }
}
