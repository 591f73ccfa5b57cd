//! The attempts of one request.

use std::time::Duration;

use tokio::time::Instant;

use super::policy::{RetryDecision, RetryPolicy};
use crate::error::Error;

/// Counts the attempts of one request. Streams and single responses both use it, so that the same
/// error leads to the same decision.
#[derive(Debug)]
pub struct Attempts<'a> {
    policy: &'a RetryPolicy,
    /// The start of the first attempt. The time that a request waits in the queue of an inner
    /// model comes later and counts as well.
    started: Option<Instant>,
    /// The number of attempts that have started.
    count: u32,
}

/// The attempt that follows a failed one.
#[derive(Debug)]
pub struct NextAttempt {
    /// The delay before the attempt.
    pub after: Duration,
    /// The error of the failed attempt.
    pub reason: String,
}

impl<'a> Attempts<'a> {
    /// Creates a counter of no attempts.
    pub fn new(policy: &'a RetryPolicy) -> Self {
        Self { policy, started: None, count: 0 }
    }

    /// Counts the start of an attempt.
    pub fn begin(&mut self) {
        self.started.get_or_insert_with(Instant::now);
        self.count += 1;
    }

    /// Decides whether another attempt follows the current one, which failed before a subscriber
    /// had received a part of its response.
    ///
    /// # Errors
    /// Returns `error` if no attempt follows. Its message then contains the number of attempts, if
    /// there were several.
    pub fn failed(&self, error: Error) -> Result<NextAttempt, Error> {
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        match self.policy.decide(&error, self.count, elapsed) {
            RetryDecision::Retry(after) => {
                tracing::debug!(%error, ?after, attempts = self.count, "retrying the request");
                Ok(NextAttempt { after, reason: error.to_string() })
            }
            RetryDecision::DelayTooLong { requested, remaining } => {
                let (requested, remaining) = (seconds(requested), seconds(remaining));
                Err(error.map_message(|message| {
                    format!(
                        "{message} ({}; the requested delay of {requested} s exceeds the \
                         remaining {remaining} s)",
                        self.summary()
                    )
                }))
            }
            RetryDecision::Exhausted | RetryDecision::NotRetryable if self.count > 1 => {
                Err(error.map_message(|message| format!("{message} ({})", self.summary())))
            }
            RetryDecision::Exhausted | RetryDecision::NotRetryable => Err(error),
        }
    }

    fn summary(&self) -> String {
        match self.count {
            1 => "tried once".to_owned(),
            count => format!("tried {count} times"),
        }
    }
}

/// Returns the seconds of `time`, rounded to a tenth.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
