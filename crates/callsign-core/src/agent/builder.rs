//! Builds an agent, and finds out then what would fail later.

use std::any::{TypeId, type_name};
use std::future::Future;
use std::sync::Arc;

use super::agent::Agent;
use super::handoff::Handoff;
use super::instructions::IntoInstructions;
use super::team::{Team, under};
use crate::around::hooks::Hooks;
use crate::around::model::{ModelHook, NextModel};
use crate::around::tool::{NextTool, ToolHook, ToolInvocation};
use crate::dispatch::toolbox::Toolbox;
use crate::memory::MemoryStore;
use crate::run::parts::{Instructions, Parts};
use crate::toolset::into_tools::IntoTools;
use crate::traits::compactor::Compactor;
use crate::traits::events::Observer;
use crate::traits::model::{Model, ModelStream};
use crate::traits::policy::Policy;
use crate::traits::run_context::RunContext;
use crate::traits::states::States;
use crate::traits::store::Store;
use crate::traits::tool::{ErrorAudience, StateType, Tool, ToolOutput};
use crate::traits::tool_error::ToolError;
use crate::words::error::Error;
use crate::words::event::Event;
use crate::words::limits::Limits;
use crate::words::money::Prices;
use crate::words::request::{Options, Request};

/// Builds an [`Agent`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct AgentBuilder {
    model: Arc<dyn Model>,
    store: Option<Arc<dyn Store>>,
    name: Arc<str>,
    instructions: Instructions,
    tools: Vec<Arc<dyn Tool>>,
    handoffs: Vec<Handoff>,
    states: States,
    expected: Vec<StateType>,
    policies: Vec<Arc<dyn Policy>>,
    hooks: Hooks,
    errors: Option<ErrorAudience>,
    prices: Prices,
    compactors: Vec<Arc<dyn Compactor>>,
    replays: bool,
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
            handoffs: Vec::new(),
            states: States::default(),
            expected: Vec::new(),
            policies: Vec::new(),
            hooks: Hooks::default(),
            errors: None,
            prices: Prices::default(),
            compactors: Vec::new(),
            replays: false,
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
    pub fn tools(mut self, tools: impl IntoTools) -> Self {
        self.tools.extend(tools.into_tools());
        self
    }

    /// Adds one tool.
    pub fn tool(mut self, tool: impl Tool) -> Self {
        self.tools.push(Arc::new(tool));
        self
    }

    /// Lets the agent hand its conversation over to another one: `.handoff(&billing)`, or
    /// `.handoff(Handoff::to(&billing).with_description("…"))`. See [`Handoff`].
    ///
    /// What the other agent expects every run to be given, this one expects as well.
    pub fn handoff(mut self, to: impl Into<Handoff>) -> Self {
        self.handoffs.push(to.into());
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
    ///
    /// A closure that is a policy has the types of its parameters written; one that waits for
    /// something is made a policy by [`policy_fn`](crate::traits::policy_fn::policy_fn).
    ///
    /// ```
    /// # use callsign_core as callsign;
    /// # use callsign::agent::builder::AgentBuilder;
    /// # use callsign::traits::{context::Context, policy::{ProposedCall, Verdict}};
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.policy(|call: &ProposedCall, _: &Context| match call.tool.read_only {
    ///     true => Verdict::Allow,
    ///     false => Verdict::Ask("It changes something.".to_owned()),
    /// })
    /// # }
    /// ```
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policies.push(Arc::new(policy));
        self
    }

    /// Puts a hook around every tool: it sees each call, and may change its arguments, answer in
    /// the tool's place, change the output or the error, or call it again.
    ///
    /// A hook runs where the tool would, so that the call's time limit counts for it as well, and
    /// a panic in it is contained. What a policy denies, and what waits for approval, does not
    /// come to it. Of several hooks the first is the outermost. One that needs a value of its own
    /// clones it for each call, because calls run side by side.
    ///
    /// ```
    /// # use callsign_core as callsign;
    /// # use callsign::agent::builder::AgentBuilder;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.around_tools(|call, next| async move {
    ///     let name = call.name().to_owned();
    ///     let began = std::time::Instant::now();
    ///     let output = next.call(call).await;
    ///     println!("{name} took {:?}", began.elapsed());
    ///     output
    /// })
    /// # }
    /// ```
    pub fn around_tools<F>(
        mut self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        self.hooks.tools.push(ToolHook::new(hook));
        self
    }

    /// Puts a hook around the model: it sees each request, and may change it, answer in the
    /// model's place, look at the reply as it comes, or ask again.
    ///
    /// What it changes is changed for this request: the journal keeps the conversation as it was.
    /// Of several hooks the first is the outermost.
    ///
    /// ```
    /// # use callsign_core as callsign;
    /// # use callsign::agent::builder::AgentBuilder;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.around_model(|mut request, next| async move {
    ///     request = request.instructions("Answer in one sentence.");
    ///     Ok(next.inspect_reply(request, |reply| {
    ///         if let Ok(reply) = reply {
    ///             println!("{} characters", reply.text().len());
    ///         }
    ///     }))
    /// })
    /// # }
    /// ```
    pub fn around_model<F>(
        mut self,
        hook: impl Fn(Request, NextModel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ModelStream<'static>, Error>> + Send + 'static,
    {
        self.hooks.models.push(ModelHook::new(hook));
        self
    }

    /// Has each event of each run be seen, also where nobody streams the run.
    ///
    /// It is called inside the run, which waits for it: hand on what takes time. A panic in it is
    /// logged and changes nothing. What a tool returned is on its way into the journal before the
    /// event of it is seen here.
    ///
    /// ```
    /// # use callsign_core as callsign;
    /// # use callsign::agent::builder::AgentBuilder;
    /// # use callsign::words::event::Event;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.observe(|run, event| {
    ///     if let Event::ToolResult(result) = event {
    ///         println!("{}: {} {:?}", run.conversation(), result.name, result.outcome);
    ///     }
    /// })
    /// # }
    /// ```
    pub fn observe(
        mut self,
        observe: impl Fn(&RunContext, &Event) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.observers.push(Observer::new(observe));
        self
    }

    /// Sets whether spans get what was said: messages, instructions, arguments and results. They
    /// don't, if nothing is said. Private parts of results and private errors never get there.
    pub fn record_content(mut self, record: bool) -> Self {
        self.hooks.record_content = record;
        self
    }

    /// Sets who hears the errors of tools whose types do not say it as the application wants it;
    /// a tool's own `#[tool(errors = "…")]` counts before it, and a
    /// [`ToolError`] before both.
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

    /// Adds a way to make a history shorter that has become too long: where its estimated tokens
    /// are more than [`Limits::context_tokens`], or the service says that it is too long. Of
    /// several, one is tried after another in this order until the history fits.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_core::compaction::{clear_results::ClearResults, summarise::Summarise};
    /// # use callsign_core::words::limits::Limits;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder
    ///     .limits(Limits::default().context_tokens(100_000))
    ///     .compaction(ClearResults::keep_last(5))
    ///     .compaction(Summarise::keep_last(3))
    /// # }
    /// ```
    pub fn compaction(mut self, compactor: impl Compactor) -> Self {
        self.compactors.push(Arc::new(compactor));
        self
    }

    /// Has every run be replayed from its start before each of its steps, as an engine does that
    /// keeps nothing of a run but what its steps came to; a run that does not ask for the same
    /// steps again, byte by byte, fails. For tests: it takes time that grows with the square of
    /// the steps.
    pub fn replay_every_step(mut self) -> Self {
        self.replays = true;
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
    /// missing, money is limited and no price is known, or a price is below zero or no number. Where an agent that conversations are
    /// handed over to has no name, or that of another, or an agent would be a tool of itself.
    pub fn build(self) -> Result<Agent, Error> {
        let team = Team::gather(&self.name, &self.handoffs)?;
        let handoffs = self.handoffs.iter().map(|handoff| Arc::new(handoff.tool()) as _);
        let tools = self.tools.into_iter().chain(handoffs);
        let tools: Vec<_> = tools.map(|tool| self.hooks.around_tool(tool)).collect();
        let under = under(&self.name, &tools, &team)?;
        let expected = team.expected(self.expected);
        let toolbox = Toolbox::new(tools, &self.states, &expected)?;
        self.model.check_tools(toolbox.definitions())?;
        if self.limits.money.is_some() && self.prices.is_empty() {
            return Err(Error::configuration(
                "money is limited, and no price is known: add `.prices(…)`",
            ));
        }
        if let Some(model) = self.prices.impossible() {
            return Err(Error::configuration(format!(
                "the price of `{model}` in `.prices(…)` is not possible: give numbers from 0 up"
            )));
        }
        Ok(Agent {
            inner: Arc::new(Parts {
                model: self.model,
                model_is_checked: true,
                store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new())),
                instructions: self.instructions,
                toolbox: Arc::new(toolbox),
                states: self.states,
                name: self.name,
                expected,
                policies: self.policies,
                hooks: self.hooks,
                errors: self.errors,
                prices: Arc::new(self.prices),
                compactors: self.compactors,
                replays: self.replays,
                team: Arc::new(team.members),
                returns: Arc::new(team.returns),
                under,
                limits: self.limits,
                options: Arc::new(self.options),
            }),
        })
    }
}
