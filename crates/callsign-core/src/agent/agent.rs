//! The [`Agent`] type.

use std::sync::Arc;

use callsign_types::id::ConversationId;
use callsign_types::message::UserMessage;
use callsign_types::traits::context::Context;
use callsign_types::traits::model::Model;
use callsign_types::traits::store::Store;

use super::conversation::Conversation;
use super::run_builder::RunBuilder;
use crate::executor::agent_config::AgentConfig;
use crate::memory::MemoryStore;

/// A model with instructions, tools and limits. Clones share everything.
#[derive(Clone, Debug)]
pub struct Agent {
    pub(super) config: Arc<AgentConfig>,
}

impl Agent {
    /// Returns a builder for a run of `message` in a new conversation that is kept in memory only.
    ///
    /// Await it for the reply, or [`stream`](RunBuilder::stream) it for the events. A reply that is
    /// paused for approvals can be resumed through
    /// [`Reply::conversation`](crate::run::reply::Reply::conversation) within the same process.
    pub fn run(&self, message: impl Into<UserMessage>) -> RunBuilder {
        let (store, id) = (Arc::new(MemoryStore::new()), ConversationId::random());
        RunBuilder::new(self.config.clone(), store, id, Some(message.into())).ephemeral()
    }

    /// Returns a builder for a run inside the tool call of `context`.
    ///
    /// It is like [`run`](Self::run), but part of the call's run: usage counts toward both runs,
    /// the limits of tokens, cost and time of both apply, and the context values are inherited. See
    /// [`RunBuilder::parent`].
    ///
    /// The conversation is not kept. If a crash interrupts the call, the run starts again from the
    /// beginning. If a call in it needs approval, the run fails with
    /// [`is_paused`](callsign_types::error::Error::is_paused). A [sub-agent](Self::as_tool) resumes
    /// instead, and its approvals pause the parent run.
    pub fn run_in(&self, context: &Context, message: impl Into<UserMessage>) -> RunBuilder {
        self.run(message).parent(context)
    }

    /// Returns the conversation `id` in the agent's store. It is empty if it does not exist yet.
    pub fn conversation(&self, id: impl Into<ConversationId>) -> Conversation {
        Conversation::new(self.config.clone(), id.into())
    }

    /// Returns this agent with another model.
    ///
    /// The agents of its [team](super::builder::AgentBuilder::handoff) and its sub-agents keep
    /// their models. For the team, use [`with_models`](Self::with_models). For sub-agents, build
    /// them with the other model.
    ///
    /// If the model does not support the agent's tools, runs fail before they start. For the first
    /// model, [`build`](super::builder::AgentBuilder::build) returns that error.
    #[must_use]
    pub fn with_model(&self, model: impl Model) -> Self {
        let model = Arc::new(model);
        let config = AgentConfig { model, model_is_checked: false, ..(*self.config).clone() };
        Self { config: Arc::new(config) }
    }

    /// Returns this agent with other models, for itself and for every agent of its
    /// [team](super::builder::AgentBuilder::handoff). `model` receives the name of an agent and
    /// returns its model. Tests pass scripted models this way.
    ///
    /// Sub-agents keep their models.
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::traits::model::Model;
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
        let with_model = |config: &AgentConfig| {
            let model = Arc::new(model(&config.name));
            AgentConfig { model, model_is_checked: false, ..config.clone() }
        };
        let team = self.config.team.iter();
        let team = team.map(|(name, agent)| (name.clone(), Arc::new(with_model(agent)))).collect();
        let config = AgentConfig { team: Arc::new(team), ..with_model(&self.config) };
        Self { config: Arc::new(config) }
    }

    /// Returns this agent with another store.
    #[must_use]
    pub fn with_store(&self, store: impl Store) -> Self {
        let config = AgentConfig { store: Arc::new(store), ..(*self.config).clone() };
        Self { config: Arc::new(config) }
    }
}
