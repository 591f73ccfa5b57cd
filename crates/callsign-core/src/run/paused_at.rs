//! What continues a paused run.

use std::fmt;
use std::sync::Arc;

use callsign_types::id::ConversationId;
use callsign_types::traits::store::Store;

use super::prepare::RunRequest;
use crate::executor::agent_config::AgentConfig;

/// The conversation of a paused run, its agent and the store that holds it.
#[derive(Clone)]
pub(crate) struct PausedAt {
    pub(crate) config: Arc<AgentConfig>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
}

impl PausedAt {
    pub(super) fn of(request: &RunRequest) -> Self {
        let RunRequest { config, store, conversation, .. } = request;
        Self { config: config.clone(), store: store.clone(), conversation: conversation.clone() }
    }
}

// The agent's instructions and options do not belong into logs.
impl fmt::Debug for PausedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PausedAt").field("conversation", &self.conversation).finish_non_exhaustive()
    }
}

impl PartialEq for PausedAt {
    fn eq(&self, other: &Self) -> bool {
        self.conversation == other.conversation && self.store.identity() == other.store.identity()
    }
}
