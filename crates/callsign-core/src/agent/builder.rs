//! Builds an agent, and finds out then what would fail later.

use std::sync::Arc;

use super::agent::Agent;
use crate::dispatch::toolbox::Toolbox;
use crate::memory::MemoryStore;
use crate::run::parts::Parts;
use crate::traits::context::States;
use crate::traits::model::Model;
use crate::traits::store::Store;
use crate::traits::tool::Tool;
use crate::words::error::Error;
use crate::words::limits::Limits;
use crate::words::request::Options;

/// Builds an [`Agent`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct AgentBuilder {
    model: Arc<dyn Model>,
    store: Option<Arc<dyn Store>>,
    instructions: Option<Arc<str>>,
    tools: Vec<Arc<dyn Tool>>,
    states: States,
    limits: Limits,
    options: Options,
}

impl AgentBuilder {
    pub(super) fn new(model: Arc<dyn Model>) -> Self {
        Self {
            model,
            store: None,
            instructions: None,
            tools: Vec::new(),
            states: States::default(),
            limits: Limits::default(),
            options: Options::default(),
        }
    }

    /// Sets the standing instructions, which the model sees before everything else.
    pub fn instructions(mut self, instructions: impl Into<Arc<str>>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Adds tools, such as `tools![get_flight_info, book]`. The model sees them in this order.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Adds one tool.
    pub fn tool(mut self, tool: impl Tool) -> Self {
        self.tools.push(Arc::new(tool));
        self
    }

    /// Adds a value that tools take as `#[state] _: &T`. A second one of the same type replaces
    /// the first.
    pub fn state<T: Send + Sync + 'static>(self, state: T) -> Self {
        self.shared_state(Arc::new(state))
    }

    /// Adds a value that is shared with others, or known by a trait: tools take an
    /// `Arc<dyn Clock>` given here as `#[state] _: &dyn Clock`.
    pub fn shared_state<T: ?Sized + Send + Sync + 'static>(mut self, state: Arc<T>) -> Self {
        self.states = self.states.with(state);
        self
    }

    /// Sets the bounds that every run keeps to.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how the model should work.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets where conversations are kept; in memory, if nothing is said.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Builds the agent.
    ///
    /// # Errors
    /// Where two tools have one name, a name is not one that services take, a schema is not
    /// valid, or a state that a tool needs is missing.
    pub fn build(self) -> Result<Agent, Error> {
        let toolbox = Toolbox::new(self.tools, &self.states)?;
        Ok(Agent {
            inner: Arc::new(Parts {
                model: self.model,
                store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new())),
                instructions: self.instructions,
                toolbox: Arc::new(toolbox),
                states: self.states,
                limits: self.limits,
                options: Arc::new(self.options),
            }),
        })
    }
}
