//! An agent: a model with instructions, tools and limits.

use std::sync::Arc;

use super::builder::AgentBuilder;
use super::conversation::Conversation;
use super::turn::Turn;
use crate::memory::MemoryStore;
use crate::run::parts::Parts;
use crate::run::reply::{Place, Reply};
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
    /// Await it for the reply, or [`stream`](Turn::stream) it for the events. A reply that is
    /// paused, because calls have to be approved, goes on with
    /// [`conversation_of`](Self::conversation_of), as long as the process lives.
    pub fn run(&self, message: impl Into<UserMessage>) -> Turn {
        let (store, id) = (Arc::new(MemoryStore::new()), ConversationId::random());
        Turn::new(self.inner.clone(), store, id, Some(message.into())).ephemeral()
    }

    /// The conversation of a reply that is paused, to approve or deny calls in it and go on;
    /// `None` where the reply is an answer.
    ///
    /// What was begun with [`run`](Self::run) is kept in memory as long as one of the two is.
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_core::words::error::Error;
    /// # async fn ask(agent: &Agent) -> Result<(), Error> {
    /// let mut reply = agent.run("Book the cheapest one.").await?;
    /// while let Some(chat) = agent.conversation_of(&reply) {
    ///     for request in reply.approvals() {
    ///         println!("{} {}?", request.tool, request.arguments);
    ///         chat.approve(request).await?;
    ///     }
    ///     reply = chat.resume().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn conversation_of(&self, reply: &Reply) -> Option<Conversation> {
        let Place { store, conversation, .. } = reply.place()?;
        let parts = Parts { store: store.clone(), ..(*self.inner).clone() };
        Some(Conversation::new(Arc::new(parts), conversation.clone()))
    }

    /// Says something to the agent from within a tool, as [`run`](Self::run) does: what it uses
    /// counts for the call's run, whose limits of tokens, money and time bound it beside its own,
    /// and the values that run was given are given to it. See [`Turn::within`].
    ///
    /// Nothing is kept of it: a call that a crash has interrupted asks anew, and where calls have
    /// to be approved the run fails, with [`is_paused`](crate::words::error::Error::is_paused). An
    /// agent [as a tool](Self::as_tool) goes on where it was, and its approvals pause the caller.
    pub fn run_within(&self, context: &Context, message: impl Into<UserMessage>) -> Turn {
        self.run(message).within(context)
    }

    /// The conversation of this name in the agent's store; empty if it is new.
    pub fn conversation(&self, id: impl Into<ConversationId>) -> Conversation {
        Conversation::new(self.inner.clone(), id.into())
    }

    /// The same agent, asking another model.
    ///
    /// Its [team](super::builder::AgentBuilder::handoff) and the agents among its tools go on
    /// asking theirs: see [`with_models`](Self::with_models) for the team, and give the tools of a
    /// test an agent that was built with the test's model.
    ///
    /// Where the model can't be told of the agent's tools, which is an error of
    /// [`build`](AgentBuilder::build) for the first one, runs fail before anything of them is done.
    #[must_use]
    pub fn with_model(&self, model: impl Model) -> Self {
        let model = Arc::new(model);
        let inner = Parts { model, model_is_checked: false, ..(*self.inner).clone() };
        Self { inner: Arc::new(inner) }
    }

    /// The same agent, asking other models, as do all agents that its conversations can be handed
    /// over to: for each the model that this says by the agent's name. Tests ask scripted ones.
    ///
    /// Agents among the tools go on asking theirs.
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_core::traits::model::Model;
    /// # fn tested(triage: &Agent, first: impl Model + Clone, billing: impl Model + Clone) -> Agent {
    /// use std::sync::Arc;
    ///
    /// triage.with_models(|name| -> Arc<dyn Model> {
    ///     match name {
    ///         "billing" => Arc::new(billing.clone()),
    ///         _ => Arc::new(first.clone()),
    ///     }
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn with_models<M: Model>(&self, model: impl Fn(&str) -> M) -> Self {
        let asking = |parts: &Parts| {
            let model = Arc::new(model(&parts.name));
            Parts { model, model_is_checked: false, ..parts.clone() }
        };
        let team = self.inner.team.iter();
        let team = team.map(|(name, member)| (name.clone(), Arc::new(asking(member)))).collect();
        let inner = Parts { team: Arc::new(team), ..asking(&self.inner) };
        Self { inner: Arc::new(inner) }
    }

    /// The same agent, keeping its conversations elsewhere.
    #[must_use]
    pub fn with_store(&self, store: impl Store) -> Self {
        let inner = Parts { store: Arc::new(store), ..(*self.inner).clone() };
        Self { inner: Arc::new(inner) }
    }
}
