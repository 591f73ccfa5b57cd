//! The builder of agents. It reports mistakes that would otherwise fail later runs.

use std::any::{TypeId, type_name};
use std::future::Future;
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::limits::Limits;
use callsign_types::pricing::PriceTable;
use callsign_types::request::{Options, Request};
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::events::EventCallback;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::model::{Model, ModelStream};
use callsign_types::traits::policy::Policy;
use callsign_types::traits::policy_fn::PolicyClosure;
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{ErrorVisibility, StateType, Tool, ToolOutput};
use callsign_types::traits::tool_error::ToolError;

use super::agent::Agent;
use super::handoff::Handoff;
use super::instructions::{InstructionsText, IntoInstructions, async_instructions};
use super::team::{Team, sub_agents};
use crate::executor::agent_config::{AgentConfig, Instructions};
use crate::memory::MemoryStore;
use crate::middleware::hooks::Hooks;
use crate::middleware::model::{ModelHook, NextModel};
use crate::middleware::tool::{NextTool, ToolHook, ToolInvocation};
use crate::tools::registry::ToolRegistry;
use crate::toolset::into_tools::IntoTools;

impl Agent {
    /// Returns a builder for an agent that uses `model`.
    pub fn builder(model: impl Model) -> AgentBuilder {
        AgentBuilder::new(Arc::new(model))
    }
}

/// Builds an [`Agent`]. Created by [`Agent::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct AgentBuilder {
    model: Arc<dyn Model>,
    store: Option<Arc<dyn Store>>,
    name: Arc<str>,
    instructions: Instructions,
    tools: Vec<Arc<dyn Tool>>,
    handoffs: Vec<Handoff>,
    state: Extensions,
    required_context: Vec<StateType>,
    policies: Vec<Arc<dyn Policy>>,
    hooks: Hooks,
    error_visibility: Option<ErrorVisibility>,
    prices: PriceTable,
    compactors: Vec<Arc<dyn Compactor>>,
    replays: bool,
    limits: Limits,
    options: Options,
}

impl AgentBuilder {
    fn new(model: Arc<dyn Model>) -> Self {
        Self {
            model,
            store: None,
            name: "".into(),
            instructions: Instructions::None,
            tools: Vec::new(),
            handoffs: Vec::new(),
            state: Extensions::default(),
            required_context: Vec::new(),
            policies: Vec::new(),
            hooks: Hooks::default(),
            error_visibility: None,
            prices: PriceTable::default(),
            compactors: Vec::new(),
            replays: false,
            limits: Limits::default(),
            options: Options::default(),
        }
    }

    /// Sets the name of the agent. Spans contain it, and handoffs refer to the agent by it.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the instructions, which precede all messages of a request: a text, or a function that
    /// computes a text from the context of each run.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_types::traits::run_context::RunContext;
    /// struct Tenant(String);
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.requires_context::<Tenant>().instructions(|run: &RunContext| {
    ///     match run.context::<Tenant>() {
    ///         Some(Tenant(name)) => format!("You help the people of {name}."),
    ///         None => "You help people.".to_owned(),
    ///     }
    /// })
    /// # }
    /// ```
    pub fn instructions<Kind>(mut self, instructions: impl IntoInstructions<Kind>) -> Self {
        self.instructions = instructions.into_instructions().0;
        self
    }

    /// Sets an async function that computes the instructions for each run. It returns a text or a
    /// `Result` of one; an error fails the run before the model is called.
    ///
    /// The function is called when a run starts, and when a conversation is handed to the agent. The
    /// run's time limit applies to it.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # struct Tenant(u64);
    /// # async fn name_of(_tenant: u64) -> std::io::Result<String> { Ok(String::new()) }
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.requires_context::<Tenant>().instructions_fn(|run| async move {
    ///     let name = match run.context::<Tenant>() {
    ///         Some(Tenant(id)) => name_of(*id).await?,
    ///         None => "everybody".to_owned(),
    ///     };
    ///     std::io::Result::Ok(format!("You help {name}."))
    /// })
    /// # }
    /// ```
    pub fn instructions_fn<F>(
        mut self,
        compute: impl Fn(RunContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output: InstructionsText> + Send + 'static,
    {
        self.instructions = async_instructions(compute);
        self
    }

    /// Adds tools, such as `tools![get_flight_info, book]`. The model receives them in this order.
    pub fn tools(mut self, tools: impl IntoTools) -> Self {
        self.tools.extend(tools.into_tools());
        self
    }

    /// Adds one tool.
    pub fn tool(mut self, tool: impl Tool) -> Self {
        self.tools.push(Arc::new(tool));
        self
    }

    /// Lets the agent hand its conversations over to another agent: `.handoff(&billing)`, or
    /// `.handoff(Handoff::to(&billing).with_description("…"))`. See [`Handoff`].
    ///
    /// The agents that a conversation can be handed to, directly and through each other, are the
    /// agent's team. Every run requires the context values that any agent of the team requires.
    pub fn handoff(mut self, to: impl Into<Handoff>) -> Self {
        self.handoffs.push(to.into());
        self
    }

    /// Adds a value that tools take as `#[state] _: &T`. It replaces an earlier value of the same
    /// type.
    pub fn state<T: Send + Sync + 'static>(self, state: T) -> Self {
        self.state_arc(Arc::new(state))
    }

    /// Adds a shared value, or one that tools take as a trait object: for an `Arc<dyn Clock>`, they
    /// declare `#[state] _: &dyn Clock`.
    pub fn state_arc<T: ?Sized + Send + Sync + 'static>(mut self, state: Arc<T>) -> Self {
        self.state = self.state.with(state);
        self
    }

    /// Requires a value of type `T` for every run: a tenant, a user, a transaction. Callers pass it
    /// with [`RunBuilder::context`](super::run_builder::RunBuilder::context), and tools take it as
    /// `#[context] _: &T`.
    ///
    /// A run without the value fails before it starts.
    pub fn requires_context<T: ?Sized + Send + Sync + 'static>(mut self) -> Self {
        let (id, name) = (TypeId::of::<T>(), type_name::<T>());
        if !self.required_context.iter().any(|required| required.id == id) {
            self.required_context.push(StateType::new(id, name));
        }
        self
    }

    /// Adds a policy, which decides about each call before it runs. Policies apply in the order in
    /// which they were added. Any `Deny` denies the call; otherwise any `Ask` asks a person;
    /// otherwise any `Approve` runs it without a person; otherwise the tool's `approval` setting
    /// decides.
    ///
    /// The closure returns a [`Verdict`](callsign_types::traits::policy::Verdict) or a `Result` of
    /// one; an error denies the call. For an async closure or a type that implements [`Policy`], use
    /// [`add_policy`](Self::add_policy).
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_types::traits::policy::Verdict;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.policy(|call, _| match call.tool.read_only {
    ///     true => Verdict::Allow,
    ///     false => Verdict::Ask("It changes something.".to_owned()),
    /// })
    /// # }
    /// ```
    pub fn policy<V>(self, policy: impl PolicyClosure<V>) -> Self {
        self.add_policy(policy.into_policy())
    }

    /// Adds a policy that is a value of a type under [`Policy`], or that
    /// [`policy_fn`](callsign_types::traits::policy_fn::policy_fn) creates from an async closure. It
    /// applies like those of [`policy`](Self::policy).
    pub fn add_policy(mut self, policy: impl Policy) -> Self {
        self.policies.push(Arc::new(policy));
        self
    }

    /// Wraps every tool in middleware. `hook` receives each call and the next middleware or tool.
    /// It may change the arguments, return its own result, change the output or the error, or
    /// repeat the call.
    ///
    /// The call's timeout includes its middleware, and a panic in `hook` becomes the call's result.
    /// `hook` does not receive calls that a policy denies or that await approval. The middleware
    /// that was added first is the outermost. Calls run concurrently, so `hook` clones any value
    /// that it moves into its future.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.tool_middleware(|call, next| async move {
    ///     let name = call.name().to_owned();
    ///     let started = std::time::Instant::now();
    ///     let output = next.call(call).await;
    ///     println!("{name} took {:?}", started.elapsed());
    ///     output
    /// })
    /// # }
    /// ```
    pub fn tool_middleware<F>(
        mut self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        self.hooks.tools.push(ToolHook::new(hook));
        self
    }

    /// Wraps the model in middleware. `hook` receives each request and the next middleware or
    /// model. It may change the request, return its own response, inspect the response as it
    /// arrives, or repeat the request.
    ///
    /// Changes apply to this request only: the journal keeps the conversation as it is. The
    /// middleware that was added first is the outermost.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.model_middleware(|mut request, next| async move {
    ///     request = request.instructions("Answer in one sentence.");
    ///     Ok(next.inspect_reply(request, |response| {
    ///         if let Ok(response) = response {
    ///             println!("{} characters", response.text().len());
    ///         }
    ///     }))
    /// })
    /// # }
    /// ```
    pub fn model_middleware<F>(
        mut self,
        hook: impl Fn(Request, NextModel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ModelStream<'static>, Error>> + Send + 'static,
    {
        self.hooks.models.push(ModelHook::new(hook));
        self
    }

    /// Calls `callback` with each event of each run, whether or not the run is streamed.
    ///
    /// The run waits for the callback: move slow work to another task. A panic in it is logged and
    /// has no other effect. The result of a call is submitted to the journal before the callback
    /// receives its event.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_types::event::Event;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder.on_event(|run, event| {
    ///     if let Event::ToolResult(result) = event {
    ///         println!("{}: {} {:?}", run.conversation(), result.name, result.status);
    ///     }
    /// })
    /// # }
    /// ```
    pub fn on_event(
        mut self,
        callback: impl Fn(&RunContext, &Event) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.event_callbacks.push(EventCallback::new(callback));
        self
    }

    /// Sets whether spans contain messages, instructions, arguments and results. Default: they do
    /// not. Result metadata and private errors are never recorded.
    pub fn record_content(mut self, record: bool) -> Self {
        self.hooks.record_content = record;
        self
    }

    /// Sets the visibility of tool errors, instead of the visibility that an error's type implies.
    ///
    /// `#[tool(errors = "…")]` on a tool takes precedence. A [`ToolError`] whose constructor states
    /// a visibility takes precedence over both.
    pub fn default_error_visibility(mut self, visibility: ErrorVisibility) -> Self {
        self.error_visibility = Some(visibility);
        self
    }

    /// Sets the prices of tokens. They determine
    /// [`Reply::cost`](crate::run::reply::Reply::cost), and [`Limits::max_cost`] requires them.
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = prices;
        self
    }

    /// Adds a compactor. It compacts a history whose estimated tokens exceed
    /// [`Limits::context_tokens`], or that the provider rejects as too long. Several compactors
    /// apply in this order until the history fits.
    ///
    /// ```
    /// # use callsign_core::agent::builder::AgentBuilder;
    /// # use callsign_core::compaction::{clear_results::ClearResults, summarize::Summarize};
    /// # use callsign_types::limits::Limits;
    /// # fn build(builder: AgentBuilder) -> AgentBuilder {
    /// builder
    ///     .limits(Limits::default().context_tokens(100_000))
    ///     .compaction(ClearResults::keep_last(5))
    ///     .compaction(Summarize::keep_last(3))
    /// # }
    /// ```
    pub fn compaction(mut self, compactor: impl Compactor) -> Self {
        self.compactors.push(Arc::new(compactor));
        self
    }

    /// Replays every run from its start before each step, for tests.
    pub(super) fn set_replay(&mut self) {
        self.replays = true;
    }

    /// Sets the limits of every run.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the options of every model request.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets the store of conversations. Default: a new [`MemoryStore`].
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Builds the agent.
    ///
    /// # Errors
    /// Returns a configuration error in these cases:
    /// - Two tools have the same name, or providers do not accept the name of a tool.
    /// - The schema of a tool is not valid and not
    ///   [lenient](callsign_types::traits::tool::ToolSpec::lenient_schema), or the model does not
    ///   support it.
    /// - A tool requires state or a context value that the agent does not have.
    /// - The cost is limited but there are no prices, or a price is negative or not finite.
    /// - The target agent of a handoff has no name, or the name of another agent of the team.
    /// - The agent would be a sub-agent of itself.
    pub fn build(self) -> Result<Agent, Error> {
        let team = Team::collect(&self.name, &self.handoffs)?;
        let handoffs = self.handoffs.iter().map(|handoff| Arc::new(handoff.tool()) as _);
        let tools = self.tools.into_iter().chain(handoffs);
        let tools: Vec<_> = tools.map(|tool| self.hooks.wrap_tool(tool)).collect();
        let sub_agents = sub_agents(&self.name, &tools, &team)?;
        let required_context = team.required_context(self.required_context);
        let has_policies = !self.policies.is_empty();
        let tools = ToolRegistry::new(tools, &self.state, &required_context, has_policies)?;
        self.model.info().check_tools(tools.definitions())?;
        if self.limits.max_cost.is_some() && self.prices.is_empty() {
            return Err(Error::configuration(
                "the cost is limited, but there are no prices: add `.prices(…)`",
            ));
        }
        if let Some(model) = self.prices.invalid_price() {
            return Err(Error::configuration(format!(
                "the price of `{model}` is not valid: pass finite numbers from 0 up to \
                 `.prices(…)`"
            )));
        }
        let config = AgentConfig {
            model: self.model,
            model_is_checked: true,
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new())),
            instructions: self.instructions,
            tools: Arc::new(tools),
            state: self.state,
            name: self.name,
            required_context,
            policies: self.policies,
            hooks: self.hooks,
            run_hooks: Hooks::default(),
            error_visibility: self.error_visibility,
            prices: Arc::new(self.prices),
            compactors: self.compactors,
            replays: self.replays,
            team: Arc::new(team.members),
            return_tools: Arc::new(team.return_tools),
            sub_agents,
            limits: self.limits,
            options: Arc::new(self.options),
        };
        Ok(Agent { config: Arc::new(config) })
    }
}
