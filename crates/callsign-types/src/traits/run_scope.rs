//! The state that all calls of a run share.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::events::Events;
use super::model::Model;
use super::run_context::RunContext;
use super::store::{ConversationLock, Store};
use crate::event::SubAgentResult;
use crate::id::JournalKey;

/// The state that all calls of a run share.
#[derive(Clone)]
#[doc(hidden)]
pub struct RunScope {
    #[doc(hidden)]
    pub run: RunContext,
    #[doc(hidden)]
    pub key: JournalKey,
    /// The agent's model; `None` for a detached call.
    #[doc(hidden)]
    pub model: Option<Arc<dyn Model>>,
    /// The agent's store; `None` for a detached call.
    #[doc(hidden)]
    pub store: Option<Arc<dyn Store>>,
    #[doc(hidden)]
    pub budget: Arc<Budget>,
    #[doc(hidden)]
    pub events: Events,
    /// The results with metadata of sub-agents that calls of the run have started.
    #[doc(hidden)]
    pub sub_agent_results: Arc<Mutex<Vec<SubAgentResult>>>,
    /// When the run times out.
    #[doc(hidden)]
    pub deadline: Option<Instant>,
    /// The run's lock on its conversation. Runs of sub-agents keep it until they are written.
    #[doc(hidden)]
    pub lock: Weak<ConversationLock>,
    /// Cancels the run.
    #[doc(hidden)]
    pub cancel: CancellationToken,
}

impl RunScope {
    /// Creates the scope of a detached call.
    #[doc(hidden)]
    pub fn detached(run: RunContext) -> Self {
        Self {
            run,
            key: JournalKey::random(),
            model: None,
            store: None,
            budget: Arc::default(),
            events: Events::default(),
            sub_agent_results: Arc::default(),
            deadline: None,
            lock: Weak::new(),
            cancel: CancellationToken::default(),
        }
    }

    /// Returns the time until the run times out.
    #[doc(hidden)]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

impl fmt::Debug for RunScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunScope").field("run", &self.run).finish_non_exhaustive()
    }
}
