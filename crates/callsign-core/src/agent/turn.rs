//! Something said to an agent, before it is run.

use std::future::IntoFuture;
use std::sync::Arc;

use super::instructions::IntoInstructions;
use crate::traits::events::Events;
use crate::run::opening::Beginning;
use crate::run::parts::Parts;
use crate::run::reply::Reply;
use crate::run::run::Run;
use crate::traits::states::States;
use crate::traits::store::Store;
use crate::words::error::Error;
use crate::words::id::ConversationId;
use crate::words::limits::Limits;
use crate::words::message::UserMessage;
use crate::words::messages::Messages;
use crate::words::request::Options;

/// Something said to an agent. Await it for the [`Reply`], or [`stream`](Self::stream) it.
#[must_use = "nothing is run until it is awaited or streamed"]
pub struct Turn {
    beginning: Beginning,
}

impl Turn {
    pub(super) fn new(
        parts: Arc<Parts>,
        store: Arc<dyn Store>,
        conversation: ConversationId,
        message: Option<UserMessage>,
    ) -> Self {
        let limits = parts.limits.clone();
        let history = Messages::new();
        let beginning = Beginning {
            parts,
            store,
            conversation,
            message,
            history,
            limits,
            given: States::default(),
            answer: None,
            above: None,
        };
        Self { beginning }
    }

    /// Puts messages before what is said, for a conversation that is empty.
    ///
    /// They are mended first so that a service takes them: a call without a result gets one that
    /// says so, a result without a call is left out, ids are made unique.
    pub fn history(mut self, messages: impl Into<Messages>) -> Self {
        self.beginning.history = messages.into();
        self
    }

    /// Sets the bounds of this run, in place of the agent's.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.beginning.limits = limits;
        self
    }

    /// Sets how the model should work in this run, in place of the agent's options.
    pub fn options(mut self, options: Options) -> Self {
        let parts = (*self.beginning.parts).clone();
        self.beginning.parts = Arc::new(Parts { options: Arc::new(options), ..parts });
        self
    }

    /// Sets the standing instructions of this run, in place of the agent's.
    pub fn instructions<Kind>(mut self, instructions: impl IntoInstructions<Kind>) -> Self {
        let parts = (*self.beginning.parts).clone();
        let instructions = instructions.into_instructions().0;
        self.beginning.parts = Arc::new(Parts { instructions, ..parts });
        self
    }

    /// Gives the run a value, which tools take as `#[context] _: &T`: the tenant, the user, a
    /// transaction. It is neither kept nor shown to the model; a run that goes on is given it
    /// again. A second one of the same type replaces the first.
    pub fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.with_shared(Arc::new(value))
    }

    /// Gives the run a value that is shared with others, or known by a trait.
    pub fn with_shared<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.beginning.given = self.beginning.given.with(value);
        self
    }

    /// Runs it, with events.
    pub fn stream(self) -> Run {
        Run::new(self.beginning, Events::audience())
    }
}

impl IntoFuture for Turn {
    type Output = Result<Reply, Error>;
    type IntoFuture = Run;

    fn into_future(self) -> Run {
        Run::new(self.beginning, Events::default())
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("conversation", &self.beginning.conversation)
            .finish_non_exhaustive()
    }
}
