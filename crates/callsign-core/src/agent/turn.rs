//! Something said to an agent, before it is run.

use std::future::IntoFuture;
use std::sync::Arc;

use crate::run::events::Events;
use crate::run::opening::Beginning;
use crate::run::parts::Parts;
use crate::run::reply::Reply;
use crate::run::run::Run;
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
        let beginning = Beginning { parts, store, conversation, message, history, limits };
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
    pub fn instructions(mut self, instructions: impl Into<Arc<str>>) -> Self {
        let parts = (*self.beginning.parts).clone();
        let instructions = Some(instructions.into());
        self.beginning.parts = Arc::new(Parts { instructions, ..parts });
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
