//! What one request was counted for.

use callsign_core::words::error::Error;
use callsign_core::words::event::ModelEvent;

use super::limiter::Limiter;

/// What one request was counted for; put right as its reply comes, or does not.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    limiter: &'a Limiter,
    number: u64,
    /// The tokens that it counts for now.
    tokens: f64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// Nothing of the reply has come yet.
    Sent,
    /// The service has begun to reply, so that tokens were used; or all is settled.
    Replied,
}

impl<'a> Turn<'a> {
    /// The turn of a request that waits under this number.
    pub(super) fn new(limiter: &'a Limiter, number: u64, tokens: f64) -> Self {
        Self { limiter, number, tokens, stage: Stage::Waiting }
    }

    /// The request is going to be sent now.
    pub(super) fn sent(&mut self) {
        self.stage = Stage::Sent;
    }

    /// Counts what an event tells of the cost.
    pub(super) fn see(&mut self, event: &Result<ModelEvent, Error>) {
        match event {
            // The try before came to nothing, so that the tokens are those of this one.
            Ok(ModelEvent::Retrying(_)) => self.limiter.count_another(),
            Ok(event) => {
                self.stage = Stage::Replied;
                if let ModelEvent::Finished(finished) = event
                    && let Some(usage) = finished.usage
                {
                    self.correct(usage.total_tokens() as f64);
                }
            }
            Err(_) => self.give_back(),
        }
    }

    /// Counts no tokens where nothing of a reply came.
    fn give_back(&mut self) {
        if self.stage == Stage::Sent {
            self.stage = Stage::Replied;
            self.correct(0.0);
        }
    }

    fn correct(&mut self, tokens: f64) {
        self.limiter.count_tokens(tokens - self.tokens);
        self.tokens = tokens;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        match self.stage {
            Stage::Waiting => self.limiter.leave(self.number, self.tokens),
            Stage::Sent | Stage::Replied => self.give_back(),
        }
    }
}
