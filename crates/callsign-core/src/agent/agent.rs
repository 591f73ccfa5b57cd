//! An agent: a model with instructions, tools and limits.

use std::sync::Arc;

use super::builder::AgentBuilder;
use super::conversation::Conversation;
use super::turn::Turn;
use crate::memory::MemoryStore;
use crate::run::parts::Parts;
use crate::traits::context::Context;
use crate::traits::model::Model;
use crate::traits::store::Store;
use crate::words::id::ConversationId;
use crate::words::message::UserMessage;

/// A model with instructions, tools and limits. Clones share everything.
#[derive(Clone, Debug)]
pub struct Agent {
    pub(super) inner: Arc<Parts>,
}

impl Agent {
    /// Begins to build an agent that asks this model.
    pub fn builder(model: impl Model) -> AgentBuilder {
        AgentBuilder::new(Arc::new(model))
    }

    /// Says something to the agent, in a conversation of its own that nothing is kept of.
    ///
    /// Await it for the reply, or [`stream`](Turn::stream) it for the events.
    pub fn run(&self, message: impl Into<UserMessage>) -> Turn {
        let store = Arc::new(MemoryStore::new());
        Turn::new(self.inner.clone(), store, ConversationId::random(), Some(message.into()))
    }

    /// Says something to the agent from within a tool, as [`run`](Self::run) does: what it uses
    /// counts for the call's run, whose limits of tokens, money and time bound it beside its own,
    /// and the values that run was given are given to it. See [`Turn::within`].
    ///
    /// Nothing is kept of it: a call that a crash has interrupted asks anew. An agent
    /// [as a tool](Self::as_tool) goes on where it was.
    pub fn run_within(&self, context: &Context, message: impl Into<UserMessage>) -> Turn {
        self.run(message).within(context)
    }

    /// The conversation of this name in the agent's store; empty if it is new.
    pub fn conversation(&self, id: impl Into<ConversationId>) -> Conversation {
        Conversation::new(self.inner.clone(), id.into())
    }

    /// The same agent, asking another model; tests ask a scripted one.
    #[must_use]
    pub fn with_model(&self, model: impl Model) -> Self {
        let inner = Parts { model: Arc::new(model), ..(*self.inner).clone() };
        Self { inner: Arc::new(inner) }
    }

    /// The same agent, keeping its conversations elsewhere.
    #[must_use]
    pub fn with_store(&self, store: impl Store) -> Self {
        let inner = Parts { store: Arc::new(store), ..(*self.inner).clone() };
        Self { inner: Arc::new(inner) }
    }
}
