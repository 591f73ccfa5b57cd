//! The context of a run, which is known before its first step.

use super::extensions::Extensions;
use crate::id::ConversationId;

/// The context of a run: its conversation, the agent's state and the values that were passed to
/// the run with `RunBuilder::context`.
#[derive(Clone, Debug)]
pub struct RunContext {
    conversation: ConversationId,
    state: Extensions,
    context: Extensions,
}

impl RunContext {
    /// Creates the context of a run.
    #[doc(hidden)]
    pub fn new(conversation: ConversationId, state: Extensions, context: Extensions) -> Self {
        Self { conversation, state, context }
    }

    /// Returns the conversation of the run.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    /// Returns the agent's state of type `T`.
    #[must_use]
    pub fn state<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.state.get::<T>()
    }

    /// Returns the run's context value of type `T`.
    #[must_use]
    pub fn context<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.context.get::<T>()
    }

    /// Returns all context values of the run.
    #[doc(hidden)]
    pub fn all_context(&self) -> &Extensions {
        &self.context
    }
}
