//! Sub-agents: agents as tools of other agents.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use callsign_json::schema::close::close_root;
use callsign_json::schema::generate::schema;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::ConversationId;
use callsign_types::limits::LimitKind;
use callsign_types::message::UserMessage;
use callsign_types::traits::context::Context;
use callsign_types::traits::store::Store;
use callsign_types::traits::tool::{Arguments, SubAgent, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::agent::Agent;
use super::run_builder::RunBuilder;
use crate::executor::agent_config::AgentConfig;
use crate::memory::MemoryStore;
use crate::run::reply::{Outcome, Reply};

/// How much the timeout of a sub-agent's call exceeds the timeout of its run. The run needs this
/// time to end by itself.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// Builds the message to a sub-agent from the arguments of the call.
type MessageFn = Arc<dyn Fn(&Arguments) -> Result<UserMessage, ToolError> + Send + Sync>;

impl Agent {
    /// Returns this agent as a tool of another agent, which makes it a sub-agent.
    ///
    /// The model of the other agent calls it with a message and receives its answer. See
    /// [`AgentTool`].
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::traits::model::Model;
    /// # use callsign_types::error::Error;
    /// # fn build(model: impl Model + Clone) -> Result<Agent, Error> {
    /// let researcher = Agent::builder(model.clone())
    ///     .name("researcher")
    ///     .instructions("You research facts and cite your sources.")
    ///     .build()?;
    /// let writer = Agent::builder(model)
    ///     .name("writer")
    ///     .tool(researcher.as_tool("research", "Researches a subject."))
    ///     .build()?;
    /// # Ok(writer)
    /// # }
    /// ```
    pub fn as_tool(
        &self,
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
    ) -> AgentTool {
        AgentTool::new(self.config.clone(), name.into(), description.into())
    }
}

/// A sub-agent: an agent as a tool of another agent. Created by [`Agent::as_tool`].
///
/// - **Conversation.** Each call has its own conversation in the store of the parent agent. Its id
///   begins with [`ConversationId::AGENTS`]. If a crash interrupts the call, the sub-agent resumes;
///   if it had answered before, the same answer is returned. Deleting the parent conversation
///   deletes it too. [`Conversations`](super::conversations::Conversations) omits it by default.
/// - **Limits.** The limits of the parent run apply in addition to the sub-agent's own: usage
///   counts toward both, and the sub-agent ends with the parent run at the latest. The call's
///   timeout is the sub-agent's
///   [`Limits::run_timeout`](callsign_types::limits::Limits::run_timeout), not the parent's tool
///   timeout.
/// - **Approvals.** They pause the parent run. Decide them with
///   [`Conversation::approve`](super::conversation::Conversation::approve) of the parent
///   conversation.
/// - **Context values.** The parent agent must
///   [require](super::builder::AgentBuilder::requires_context) every value that the sub-agent
///   requires. The values of the parent run are passed on.
/// - **Failures.** If a limit or a truncated response ends the sub-agent, the model receives one
///   line with the reason. If its model or its store fails, the model receives only that the tool
///   failed. The log has the whole error. A configuration error ends the parent run.
pub struct AgentTool {
    config: Arc<AgentConfig>,
    spec: ToolSpec,
    message: MessageFn,
}

impl AgentTool {
    fn new(config: Arc<AgentConfig>, name: Arc<str>, description: Arc<str>) -> Self {
        let mut spec = ToolSpec::new(name, description, message_schema());
        spec.lenient_schema = false;
        // A repeated call has the same key, and so finds the conversation of the first call.
        spec.idempotent = true;
        spec.timeout = Some(config.limits.run_timeout.saturating_add(GRACE_PERIOD));
        spec.required_context = config.required_context.clone();
        spec.agents = sub_agents(&config, spec.name());
        Self { config, spec, message: Arc::new(message_argument) }
    }

    /// Sets the arguments of the tool to the type `T` instead of a message. `message` builds the
    /// message to the sub-agent from them.
    ///
    /// ```
    /// # use callsign_core::agent::{agent::Agent, agent_tool::AgentTool};
    /// # use callsign_types::message::UserMessage;
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Research {
    ///     /// The subject to research.
    ///     subject: String,
    /// }
    ///
    /// # fn tool(researcher: Agent) -> AgentTool {
    /// researcher.as_tool("research", "Researches a subject.").arguments(
    ///     |Research { subject }| UserMessage::from(format!("Research {subject}.")),
    /// )
    /// # }
    /// ```
    #[must_use]
    pub fn arguments<T: DeserializeOwned + JsonSchema + 'static>(
        mut self,
        message: impl Fn(T) -> UserMessage + Send + Sync + 'static,
    ) -> Self {
        let mut parameters = schema::<T>();
        close_root(&mut parameters);
        self.spec.definition.parameters = parameters.into();
        self.message = Arc::new(move |arguments| arguments.decode().map(&message));
        self
    }

    /// Requires human approval for each call.
    #[must_use]
    pub fn require_approval(mut self) -> Self {
        self.spec.approval = true;
        self
    }
}

impl Tool for AgentTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        let message = (self.message)(&arguments);
        let (config, tool) = (self.config.clone(), self.spec.definition.name.clone());
        Box::pin(async move {
            let message = message?;
            if message.content.is_empty() {
                return Err(ToolError::retry("the message is empty: describe the task"));
            }
            let store: Arc<dyn Store> =
                context.scope().store.clone().unwrap_or_else(|| Arc::new(MemoryStore::new()));
            let id = ConversationId::for_call(&context.idempotency_key(), &tool);
            let first = store.load(&id, 0..1).await.map_err(ToolError::private)?;
            // A conversation that exists already has the message: it resumes.
            let message = first.is_empty().then_some(message);
            let reply = RunBuilder::new(config, store, id, message).parent(&context).await;
            reply.map_err(|error| run_error(&tool, error)).and_then(output)
        })
    }
}

/// Returns the tool output for a sub-agent's reply.
fn output(reply: Reply) -> Result<ToolOutput, ToolError> {
    match reply.outcome() {
        Outcome::Paused(requests) => Ok(ToolOutput::suspended(requests.clone())),
        Outcome::Answered => Ok(match (reply.text(), reply.refusal()) {
            ("", Some(refusal)) => refusal.into(),
            ("", None) => "The agent ended without an answer.".into(),
            (text, _) => text.into(),
        }),
    }
}

/// Returns the tool error for a sub-agent's run that failed.
fn run_error(tool: &str, error: Error) -> ToolError {
    let reason = match error.kind() {
        ErrorKind::Limit(LimitKind::Time) => "it timed out".to_owned(),
        ErrorKind::Limit(limit) => format!("it reached its limit of {limit}"),
        ErrorKind::MaxTokens => "its response was cut off at the token limit".to_owned(),
        ErrorKind::ContentFiltered => "the content filter withheld its response".to_owned(),
        ErrorKind::Incomplete => "its response was incomplete".to_owned(),
        ErrorKind::EmptyResponse => "it answered with nothing".to_owned(),
        ErrorKind::ContextLength => "its conversation became too long for its model".to_owned(),
        ErrorKind::Tool => "one of its tools failed".to_owned(),
        ErrorKind::Configuration => return ToolError::fatal(error),
        _ => return ToolError::private(error),
    };
    let error: &(dyn std::error::Error + 'static) = &error;
    tracing::warn!(tool, error, "a sub-agent did not finish");
    ToolError::visible(format!("The agent did not finish: {reason}."))
}

fn message_argument(arguments: &Arguments) -> Result<UserMessage, ToolError> {
    let arguments: Value = arguments.decode()?;
    match arguments.get("message").and_then(Value::as_str) {
        Some(message) => Ok(UserMessage::from(message)),
        None => Err(ToolError::invalid_arguments("`message` is missing or is not a string")),
    }
}

fn message_schema() -> Value {
    let description = "The task. The agent does not see this conversation: include everything that \
                       it needs to know.";
    json!({
        "type": "object",
        "properties": {"message": {"type": "string", "description": description}},
        "required": ["message"],
        "additionalProperties": false,
    })
}

/// Returns the agent and all its sub-agents, each with the path from the agent to it.
fn sub_agents(config: &AgentConfig, tool: &str) -> Vec<SubAgent> {
    let label = if config.name.is_empty() { tool } else { &*config.name };
    let label = format!("`{label}`");
    let below = config.sub_agents.iter().map(|below| SubAgent {
        name: below.name.clone(),
        path: format!("{label} → {}", below.path).into(),
    });
    let own = SubAgent { name: config.name.clone(), path: label.as_str().into() };
    std::iter::once(own).chain(below).collect()
}

impl fmt::Debug for AgentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, spec, .. } = self;
        f.debug_struct("AgentTool")
            .field("name", &spec.name())
            .field("agent", &config.name)
            .finish_non_exhaustive()
    }
}
