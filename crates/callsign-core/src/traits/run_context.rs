//! What is known of a run before anything of it is done.

use super::states::States;
use crate::words::id::ConversationId;

/// What is known of a run before anything of it is done: its conversation, the agent's state, and
/// the values that it was given with [`Turn::with`](crate::agent::turn::Turn::with).
#[derive(Clone, Debug)]
pub struct RunContext {
    conversation: ConversationId,
    states: States,
    given: States,
}

impl RunContext {
    pub(crate) fn new(conversation: ConversationId, states: States, given: States) -> Self {
        Self { conversation, states, given }
    }

    /// The conversation that the run belongs to.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    /// The state of this type that the agent was built with.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.states.get::<T>()
    }

    /// The value of this type that the run was given.
    #[must_use]
    pub fn given<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.given.get::<T>()
    }

    pub(crate) fn all_given(&self) -> &States {
        &self.given
    }
}
