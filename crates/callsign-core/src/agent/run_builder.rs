//! The builder of runs.

use std::future::{Future, IntoFuture};
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::id::ConversationId;
use callsign_types::limits::Limits;
use callsign_types::message::UserMessage;
use callsign_types::messages::Messages;
use callsign_types::request::{Options, Request, ToolChoice};
use callsign_types::traits::context::Context;
use callsign_types::traits::events::{EventCallback, Events};
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::model::ModelStream;
use callsign_types::traits::run_context::RunContext;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::ToolOutput;
use callsign_types::traits::tool_error::ToolError;
use serde_json::Value;

use super::instructions::{InstructionsText, IntoInstructions, async_instructions};
use super::output::output::Output;
use super::output::typed_output::TypedOutput;
use crate::executor::agent_config::AgentConfig;
use crate::middleware::model::{ModelHook, NextModel};
use crate::middleware::tool::{NextTool, ToolHook, ToolInvocation};
use crate::run::active_runs::ConcurrencyPolicy;
use crate::run::prepare::RunRequest;
use crate::run::reply::Reply;
use crate::run::run::Run;

/// A run that has not started. Await it for the [`Reply`], or [`stream`](Self::stream) it.
#[must_use = "a run starts only when it is awaited or streamed"]
pub struct RunBuilder {
    request: RunRequest,
}

impl RunBuilder {
    pub(super) fn new(
        config: Arc<AgentConfig>,
        store: Arc<dyn Store>,
        conversation: ConversationId,
        message: Option<UserMessage>,
    ) -> Self {
        let limits = config.limits.clone();
        let history = Messages::new();
        let request = RunRequest {
            config,
            store,
            conversation,
            message,
            once: None,
            history,
            limits,
            values: Extensions::default(),
            output: None,
            tool_choice: ToolChoice::Unset,
            concurrency: ConcurrencyPolicy::default(),
            parent: None,
            ephemeral: false,
        };
        Self { request }
    }

    /// Marks the store as one that exists for this run alone.
    pub(super) fn ephemeral(mut self) -> Self {
        self.request.ephemeral = true;
        self
    }

    /// Adds messages before the message of the run. The conversation must be empty.
    ///
    /// The messages are repaired first, so that a provider accepts them. A call without a result
    /// gets one that says so, a result without a call is removed, and ids are made unique.
    pub fn history(mut self, messages: impl Into<Messages>) -> Self {
        self.request.history = messages.into();
        self
    }

    /// Sets the limits of this run instead of the agent's.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.request.limits = limits;
        self
    }

    /// Sets the options of this run's model requests instead of the agent's.
    pub fn options(self, options: Options) -> Self {
        self.change(|config| config.options = Arc::new(options))
    }

    /// Sets whether the model may call several tools in one response of this run. It is one of the
    /// [`options`](Self::options), which replace it if they are set later.
    pub fn parallel_tool_calls(self, parallel: bool) -> Self {
        let options = (*self.request.config.options).clone();
        self.options(options.parallel_tool_calls(parallel))
    }

    /// Sets whether the model may, must or must not call tools in this run.
    ///
    /// [`ToolChoice::Required`] and [`ToolChoice::Tool`] hold for the first response of the run.
    /// Then the model decides, because a model that must call a tool in each response never
    /// finishes. The other choices hold for all responses. For any other rule, change
    /// [`Request::tool_choice`](callsign_types::request::Request::tool_choice) in a model middleware.
    ///
    /// Like the options, the choice is not recorded. A run that resumes needs it again, for its own
    /// first response. If other calls are forbidden, the model may still give a requested output by a
    /// tool.
    ///
    /// # Errors
    /// The run returns a configuration error if the agent does not have the tool, or has no tools
    /// and one is required.
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.request.tool_choice = choice;
        self
    }

    /// Makes the request idempotent: however often it is sent under this name to the conversation,
    /// the message is added once, and every repetition returns the answer to it.
    ///
    /// A repetition waits for the run if it is active, in this process or another, continues it if
    /// it was interrupted, and returns its stored answer if it has finished, even if the conversation
    /// has gone on since. Use it where requests are repeated after a lost connection or a crash, with
    /// a name such as the id of a webhook's delivery. The name is recorded with the message.
    ///
    /// Instead of the [`concurrency`](Self::concurrency) policy, the run waits for others.
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::error::Error;
    /// # async fn handle(agent: &Agent, delivery: &str, text: &str) -> Result<(), Error> {
    /// let reply = agent.conversation("ada/porto").send(text).once(delivery).await?;
    /// # drop(reply);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The run returns a configuration error if the name was used with another message, or if there
    /// is no message or no conversation that keeps it. It returns an error with
    /// [`is_cancelled`](Error::is_cancelled) if the run had not finished when a later message took its
    /// place.
    pub fn once(mut self, name: impl Into<String>) -> Self {
        self.request.once = Some(name.into());
        self.request.concurrency = ConcurrencyPolicy::Queue;
        self
    }

    /// Sets the instructions of this run instead of the agent's.
    pub fn instructions<Kind>(self, instructions: impl IntoInstructions<Kind>) -> Self {
        self.change(|config| config.instructions = instructions.into_instructions().0)
    }

    /// Sets an async function that computes the instructions of this run, instead of the agent's.
    /// See [`AgentBuilder::instructions_fn`](super::builder::AgentBuilder::instructions_fn).
    pub fn instructions_fn<F>(
        self,
        compute: impl Fn(RunContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output: InstructionsText> + Send + 'static,
    {
        self.change(|config| config.instructions = async_instructions(compute))
    }

    /// Wraps every tool of this run in middleware, outside of the agent's. It also wraps the tools
    /// of agents that the conversation is handed to in this run, and not those of sub-agents. See
    /// [`AgentBuilder::tool_middleware`](super::builder::AgentBuilder::tool_middleware).
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::traits::tool_error::ToolError;
    /// # async fn run(agent: &Agent) -> Result<(), callsign_types::error::Error> {
    /// let dry_run = agent.run("Clean up.").tool_middleware(|call, next| async move {
    ///     match call.spec().read_only {
    ///         true => next.call(call).await,
    ///         false => Err(ToolError::visible("Only read in this run.")),
    ///     }
    /// });
    /// println!("{}", dry_run.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tool_middleware<F>(
        self,
        hook: impl Fn(ToolInvocation, NextTool) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        self.change(|config| config.run_hooks.tools.push(ToolHook::new(hook)))
    }

    /// Wraps the model of this run in middleware, outside of the agent's. It also wraps the models
    /// of agents that the conversation is handed to in this run, and not those of sub-agents. See
    /// [`AgentBuilder::model_middleware`](super::builder::AgentBuilder::model_middleware).
    pub fn model_middleware<F>(
        self,
        hook: impl Fn(Request, NextModel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ModelStream<'static>, Error>> + Send + 'static,
    {
        self.change(|config| config.run_hooks.models.push(ModelHook::new(hook)))
    }

    /// Calls `callback` with each event of this run, after the agent's callbacks. See
    /// [`AgentBuilder::on_event`](super::builder::AgentBuilder::on_event).
    pub fn on_event(self, callback: impl Fn(&RunContext, &Event) + Send + Sync + 'static) -> Self {
        self.change(|config| config.hooks.event_callbacks.push(EventCallback::new(callback)))
    }

    /// Changes the agent's configuration for this run.
    fn change(mut self, change: impl FnOnce(&mut AgentConfig)) -> Self {
        change(Arc::make_mut(&mut self.request.config));
        self
    }

    /// Sets what happens if another run of the conversation is active in this process. By default,
    /// this run waits for it.
    pub fn concurrency(mut self, policy: ConcurrencyPolicy) -> Self {
        self.request.concurrency = policy;
        self
    }

    /// Passes a value to the run, which tools take as `#[context] _: &T`: a tenant, a user, a
    /// transaction. It replaces an earlier value of the same type.
    ///
    /// The value is neither stored nor sent to the model. A later run of the conversation needs it
    /// again.
    pub fn context<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.context_arc(Arc::new(value))
    }

    /// Passes a shared value to the run, or one that tools take as a trait object.
    pub fn context_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.request.values = self.request.values.with(value);
        self
    }

    /// Makes the run part of the tool call of `context`.
    ///
    /// Its usage counts toward the run of that call. That run's limits of tokens, cost and time
    /// apply in addition to its own. The context values of that run are inherited, except for types
    /// that this run is passed itself.
    pub fn parent(mut self, context: &Context) -> Self {
        self.request.values = self.request.values.or(context.run().all_context());
        self.request.parent = Some(context.clone());
        self
    }

    /// Requests structured output: awaiting the run returns a value of type `T` instead of the
    /// [`Reply`].
    ///
    /// The output is requested by the type's JSON schema if the model supports that. Otherwise it
    /// is requested as JSON that the instructions describe, or else as a call of a tool named
    /// `final_answer`. The output is validated against the schema, deserialized, and checked by
    /// [`Output::check`]. If one of these fails, the model receives the reason and is asked again,
    /// at most [`Limits::output_retries`] times.
    ///
    /// Prose around the one JSON value of a text is ignored. A text with several values is rejected.
    ///
    /// A value that is not an object, such as a list or a number, is requested as `{"value": …}`.
    ///
    /// ```no_run
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::error::Error;
    /// # async fn ask(agent: &Agent) -> Result<(), Error> {
    /// let stops: Vec<String> = agent.run("Where does the train to Porto stop?").output().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited, it returns the run's errors and these:
    /// - [`is_invalid_output`](Error::is_invalid_output) if the model did not generate a valid
    ///   output. [`partial_text`](Error::partial_text) is the last one that it generated.
    /// - [`is_paused`](Error::is_paused) if calls await approval. Decide them, then
    ///   [`resume`](super::conversation::Conversation::resume) the conversation with the same
    ///   `.output()`.
    pub fn output<T: TypedOutput>(self) -> Output<T> {
        Output::of_type(self.request)
    }

    /// Requests structured output by a JSON schema that is known only at run time. See
    /// [`output`](Self::output).
    ///
    /// `name` describes the output, such as `trip`. Providers that support it enforce a schema in
    /// which every object requires all its properties and has `"additionalProperties": false`.
    pub fn output_schema(self, name: impl Into<String>, schema: Value) -> Output<Value> {
        Output::of_schema(self.request, name.into(), schema)
    }

    /// Starts the run as a stream of events.
    pub fn stream(self) -> Run {
        Run::new(self.request, Events::streamed())
    }
}

impl IntoFuture for RunBuilder {
    type Output = Result<Reply, Error>;
    type IntoFuture = Run;

    fn into_future(self) -> Run {
        Run::new(self.request, Events::default())
    }
}

impl std::fmt::Debug for RunBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunBuilder")
            .field("conversation", &self.request.conversation)
            .finish_non_exhaustive()
    }
}
