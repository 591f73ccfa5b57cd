//! What all the calls of a run share.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::events::Events;
use super::ledger::Ledger;
use super::model::Model;
use super::run_context::RunContext;
use super::store::{Hold, Store};
use crate::words::id::JournalKey;

/// What all the calls of a run share.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) run: RunContext,
    pub(crate) key: JournalKey,
    /// Nothing of an agent where a call is made by hand.
    pub(crate) model: Option<Arc<dyn Model>>,
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) events: Events,
    /// When the run's time is over.
    pub(crate) deadline: Option<Instant>,
    /// The run's claim on its conversation, which runs under it keep until they are written.
    pub(crate) hold: Weak<Hold>,
}

impl Scope {
    /// The scope of a call that is made by hand.
    pub(crate) fn detached(run: RunContext) -> Self {
        Self {
            run,
            key: JournalKey::random(),
            model: None,
            store: None,
            ledger: Arc::default(),
            events: Events::default(),
            deadline: None,
            hold: Weak::new(),
        }
    }

    /// What is left of the run's time.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("run", &self.run).finish_non_exhaustive()
    }
}
