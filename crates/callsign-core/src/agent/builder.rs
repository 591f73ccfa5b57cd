//! Builds an agent, and finds out then what would fail later.

use std::any::{TypeId, type_name};
use std::sync::Arc;

use super::agent::Agent;
use super::instructions::IntoInstructions;
use crate::dispatch::toolbox::Toolbox;
use crate::memory::MemoryStore;
use crate::run::parts::{Instructions, Parts};
use crate::traits::states::States;
use crate::traits::model::Model;
use crate::traits::policy::Policy;
use crate::traits::store::Store;
use crate::traits::tool::{ErrorAudience, StateType, Tool};
use crate::words::error::Error;
use crate::words::limits::Limits;
use crate::words::money::Prices;
use crate::words::request::Options;

/// Builds an [`Agent`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct AgentBuilder {
    model: Arc<dyn Model>,
    store: Option<Arc<dyn Store>>,
    name: Arc<str>,
    instructions: Instructions,
    tools: Vec<Arc<dyn Tool>>,
    states: States,
    expected: Vec<StateType>,
    policies: Vec<Arc<dyn Policy>>,
    errors: Option<ErrorAudience>,
    prices: Prices,
    limits: Limits,
    options: Options,
}

impl AgentBuilder {
    pub(super) fn new(model: Arc<dyn Model>) -> Self {
        Self {
            model,
            store: None,
            name: "".into(),
            instructions: Instructions::None,
            tools: Vec::new(),
            states: States::default(),
            expected: Vec::new(),
            policies: Vec::new(),
            errors: None,
            prices: Prices::default(),
            limits: Limits::default(),
            options: Options::default(),
        }
    }

    /// Sets what the agent is called: in spans, and where it is handed over to.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the standing instructions, which the model sees before everything else: a text, or a
    /// function of the run's context that makes one for each run.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_core::traits::run_context::RunContext;
    /// struct Tenant(String);
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.expects::<Tenant>().instructions(|run: &RunContext| match run.given::<Tenant>() {
    ///     Some(Tenant(name)) => format!("You help the people of {name}."),
    ///     None => "You help.".to_owned(),
    /// })
    /// # }
    /// ```
    pub fn instructions<Kind>(mut self, instructions: impl IntoInstructions<Kind>) -> Self {
        self.instructions = instructions.into_instructions().0;
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

    /// Declares that every run is given a value of this type with
    /// [`Turn::with`](super::turn::Turn::with): the tenant, the user, a transaction. Tools take
    /// it as `#[context] _: &T`.
    ///
    /// A run that was not given it fails before anything is done.
    pub fn expects<T: ?Sized + Send + Sync + 'static>(mut self) -> Self {
        let (id, name) = (TypeId::of::<T>(), type_name::<T>());
        if !self.expected.iter().any(|expected| expected.id == id) {
            self.expected.push(StateType { id, name });
        }
        self
    }

    /// Adds a policy, which is asked before each call. Of several, all are asked in this order;
    /// the strictest verdict counts.
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policies.push(Arc::new(policy));
        self
    }

    /// Sets who hears the errors of tools whose types do not say it as the application wants it;
    /// a tool's own `#[tool(errors = "…")]` counts before it, and a
    /// [`ToolError`](crate::traits::tool_error::ToolError) before both.
    pub fn tool_errors(mut self, audience: ErrorAudience) -> Self {
        self.errors = Some(audience);
        self
    }

    /// Sets what tokens cost, by which [`Reply::cost`](crate::run::reply::Reply::cost) and
    /// [`Limits::money`] count.
    pub fn prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
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
    /// valid or can't be said to the model's service, a state or a context that a tool needs is
    /// missing, or money is limited and no price is known.
    pub fn build(self) -> Result<Agent, Error> {
        let toolbox = Toolbox::new(self.tools, &self.states, &self.expected)?;
        if self.limits.money.is_some() && self.prices.is_empty() {
            return Err(Error::configuration(
                "money is limited, and no price is known: add `.prices(…)`",
            ));
        }
        Ok(Agent {
            inner: Arc::new(Parts {
                model: self.model,
                store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new())),
                instructions: self.instructions,
                toolbox: Arc::new(toolbox),
                states: self.states,
                name: self.name,
                expected: self.expected,
                policies: self.policies,
                errors: self.errors,
                prices: Arc::new(self.prices),
                team: Arc::default(),
                under: Vec::new(),
                limits: self.limits,
                options: Arc::new(self.options),
            }),
        })
    }
}
