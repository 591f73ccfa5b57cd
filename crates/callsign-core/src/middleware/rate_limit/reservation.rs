//! The part of a rate limit that one request uses.

use callsign_types::error::Error;
use callsign_types::event::ModelEvent;

use super::limiter::Limiter;

/// The part of a rate limit that one request uses, corrected as its response arrives.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    limiter: &'a Limiter,
    number: u64,
    /// The tokens that are counted for the request now.
    tokens: f64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    /// The request was sent, and no part of the response has arrived.
    Sent,
    /// The response has begun, so that tokens were used, or it has failed.
    Settled,
}

impl<'a> Reservation<'a> {
    /// Creates the reservation of a request that waits under this number.
    pub(super) fn new(limiter: &'a Limiter, number: u64, tokens: f64) -> Self {
        Self { limiter, number, tokens, phase: Phase::Waiting }
    }

    /// Records that the request is sent now.
    pub(super) fn sent(&mut self) {
        self.phase = Phase::Sent;
    }

    /// Counts the usage that an event reports.
    pub(super) fn record(&mut self, event: &Result<ModelEvent, Error>) {
        match event {
            // The failed attempt used no tokens, so only another request is counted.
            Ok(ModelEvent::Retrying(_)) => self.limiter.count_request(),
            Ok(event) => {
                self.phase = Phase::Settled;
                if let ModelEvent::Finished(end) = event
                    && let Some(usage) = end.usage
                {
                    self.correct(usage.total_tokens() as f64);
                }
            }
            Err(_) => self.refund_tokens(),
        }
    }

    /// Puts the tokens back if no part of a response arrived.
    fn refund_tokens(&mut self) {
        if self.phase == Phase::Sent {
            self.phase = Phase::Settled;
            self.correct(0.0);
        }
    }

    fn correct(&mut self, tokens: f64) {
        self.limiter.count_tokens(tokens - self.tokens);
        self.tokens = tokens;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        match self.phase {
            Phase::Waiting => self.limiter.cancel(self.number, self.tokens),
            Phase::Sent | Phase::Settled => self.refund_tokens(),
        }
    }
}
