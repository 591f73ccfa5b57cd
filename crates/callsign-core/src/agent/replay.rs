//! Test support: runs that are replayed before every step.

use super::builder::AgentBuilder;

/// Replays runs in tests.
pub trait ReplayEveryStep {
    /// Replays every run from its start before each of its steps, as a durable execution engine
    /// does that records only the outcomes of steps. A run fails if the replay requests other
    /// steps.
    ///
    /// The time of a run grows with the square of its steps.
    #[must_use]
    fn replay_every_step(self) -> Self;
}

impl ReplayEveryStep for AgentBuilder {
    fn replay_every_step(mut self) -> Self {
        self.set_replay();
        self
    }
}
