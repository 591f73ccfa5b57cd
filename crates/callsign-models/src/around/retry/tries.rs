//! How far the tries of one request have come, and what one that failed leads to.

use std::time::Duration;

use callsign_core::words::error::Error;
use tokio::time::Instant;

use super::policy::{RetryPolicy, Verdict};

/// The tries of one request so far. Streams and single answers both count on this, so that the
/// same error leads to the same on every route.
pub(super) struct Tries<'a> {
    policy: &'a RetryPolicy,
    /// When the first try began. A queue in the model comes after this, and its time counts.
    began: Option<Instant>,
    /// How many tries have begun.
    made: u32,
}

/// There is to be another try.
pub(super) struct Again {
    /// After this wait.
    pub(super) after: Duration,
    /// What the last one failed of.
    pub(super) reason: String,
}

impl<'a> Tries<'a> {
    pub(super) fn new(policy: &'a RetryPolicy) -> Self {
        Self { policy, began: None, made: 0 }
    }

    /// A try begins.
    pub(super) fn begin(&mut self) {
        self.began.get_or_insert_with(Instant::now);
        self.made += 1;
    }

    /// The try that began last failed of this, and nothing came of it.
    ///
    /// # Errors
    /// The same where there is to be no other, with how often was tried.
    pub(super) fn failed(&self, error: Error) -> Result<Again, Error> {
        let elapsed = self.began.map(|began| began.elapsed()).unwrap_or_default();
        match self.policy.judge(&error, self.made, elapsed) {
            Verdict::Again(after) => {
                tracing::debug!(%error, ?after, tried = self.made, "the model is asked again");
                Ok(Again { after, reason: error.to_string() })
            }
            Verdict::TooLong { asked, left } => Err(error.map_message(|message| {
                let (asked, left) = (seconds(asked), seconds(left));
                let tries = self.told();
                format!("{message} ({tries}; the wait of {asked} s is beyond the {left} s left)")
            })),
            Verdict::UsedUp | Verdict::Final if self.made > 1 => {
                Err(error.map_message(|message| format!("{message} ({})", self.told())))
            }
            Verdict::UsedUp | Verdict::Final => Err(error),
        }
    }

    fn told(&self) -> String {
        match self.made {
            1 => "tried once".to_owned(),
            tries => format!("tried {tries} times"),
        }
    }
}

/// The seconds, to a tenth.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
