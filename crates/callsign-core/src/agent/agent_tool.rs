//! An agent as a tool of another one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::agent::Agent;
use super::turn::Turn;
use crate::definition::schema;
use crate::memory::MemoryStore;
use crate::run::parts::Parts;
use crate::run::reply::{Outcome, Reply};
use crate::traits::context::Context;
use crate::traits::store::Store;
use crate::traits::tool::{AgentUnder, Arguments, Tool, ToolFuture, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::ConversationId;
use crate::words::limits::LimitKind;
use crate::words::message::UserMessage;

/// How much longer than its own limit of time a run may take as a call: the time that it needs to
/// end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Makes what the agent is told.
type Ask = Arc<dyn Fn(&Arguments) -> Result<UserMessage, ToolError> + Send + Sync>;

impl Agent {
    /// This agent as a tool of another one, under this name and description.
    ///
    /// The model calls it with a message, and hears the agent's answer. See [`AgentTool`].
    ///
    /// ```
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_core::traits::model::Model;
    /// # use callsign_core::words::error::Error;
    /// # fn build(model: impl Model + Clone) -> Result<Agent, Error> {
    /// let researcher = Agent::builder(model.clone())
    ///     .name("researcher")
    ///     .instructions("You find out how things are, and name your sources.")
    ///     .build()?;
    /// let writer = Agent::builder(model)
    ///     .name("writer")
    ///     .tool(researcher.as_tool("research", "Finds out about a subject."))
    ///     .build()?;
    /// # Ok(writer)
    /// # }
    /// ```
    pub fn as_tool(
        &self,
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
    ) -> AgentTool {
        AgentTool::new(self.inner.clone(), name.into(), description.into())
    }
}

/// An agent as a tool of another one, made by [`Agent::as_tool`].
///
/// - **Its conversation** is kept in the store of the agent that calls it, under a name of its
///   own for each call, which begins with [`ConversationId::AGENTS`]. A call that a crash has
///   interrupted goes on where it was, and one that had answered is not asked again. It is deleted
///   with the conversation that the call belongs to, and stays out of
///   [lists](super::conversations::Conversations) unless it is asked for.
/// - **Its limits** count beside those of the run that calls it: what it uses counts there too,
///   and it ends with that run at the latest. [`Limits::time`](crate::words::limits::Limits::time)
///   of the agent bounds the call, and not the caller's timeout for tools.
/// - **Its approvals** pause the run that calls it. They are decided by the caller's
///   [`Conversation::approve`](super::conversation::Conversation::approve).
/// - **What it expects** with [`expects`](super::builder::AgentBuilder::expects), its caller has
///   to expect as well; the values are handed down.
/// - **Where it does not finish**, because of a limit or a cut reply, the model hears so in a
///   line. Where its model or its store failed, the model hears that the tool failed. The log has
///   the whole. A mistake in how it was put together ends the run.
pub struct AgentTool {
    parts: Arc<Parts>,
    spec: ToolSpec,
    ask: Ask,
}

impl AgentTool {
    fn new(parts: Arc<Parts>, name: Arc<str>, description: Arc<str>) -> Self {
        let mut spec = ToolSpec::new(name, description, message_schema());
        // Calling it again under the same key finds the conversation that the first call began.
        spec.idempotent = true;
        spec.timeout = Some(parts.limits.time.saturating_add(GRACE));
        spec.given = parts.expected.clone();
        spec.agents = agents(&parts, spec.name());
        Self { parts, spec, ask: Arc::new(ask_message) }
    }

    /// Has the model call it with arguments of this type, in place of a `message`; the function
    /// makes of them what the agent is told.
    ///
    /// ```
    /// # use callsign_core::agent::{agent::Agent, agent_tool::AgentTool};
    /// # use callsign_core::words::message::UserMessage;
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Research {
    ///     /// What it is about.
    ///     subject: String,
    /// }
    ///
    /// # fn tool(researcher: Agent) -> AgentTool {
    /// researcher.as_tool("research", "Finds out about a subject.").arguments(
    ///     |Research { subject }| UserMessage::from(format!("Find out about {subject}.")),
    /// )
    /// # }
    /// ```
    #[must_use]
    pub fn arguments<T: DeserializeOwned + JsonSchema + 'static>(
        mut self,
        message: impl Fn(T) -> UserMessage + Send + Sync + 'static,
    ) -> Self {
        self.spec.definition.parameters = closed(schema::<T>()).into();
        self.ask = Arc::new(move |arguments| arguments.decode().map(&message));
        self
    }

    /// Has a person approve each call before it is run.
    #[must_use]
    pub fn approval(mut self) -> Self {
        self.spec.approval = true;
        self
    }
}

impl Tool for AgentTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        let asked = (self.ask)(&arguments);
        let (parts, tool) = (self.parts.clone(), self.spec.definition.name.clone());
        Box::pin(async move {
            let message = asked?;
            if message.content.is_empty() {
                return Err(ToolError::retry("the message is empty: say what is to be done"));
            }
            let store: Arc<dyn Store> =
                context.scope().store.clone().unwrap_or_else(|| Arc::new(MemoryStore::new()));
            let id = ConversationId::of_call(&context.idempotency_key(), &tool);
            let begun = store.load(&id, 0..1).await.map_err(ToolError::private)?;
            // What was begun goes on; what had answered answers again.
            let message = begun.is_empty().then_some(message);
            let reply = Turn::new(parts, store, id, message).within(&context).await;
            reply.map_err(|error| unfinished(&tool, error)).and_then(answer)
        })
    }
}

fn answer(reply: Reply) -> Result<ToolOutput, ToolError> {
    match reply.outcome() {
        Outcome::Paused(requests) => Err(ToolError::waiting(requests.clone())),
        Outcome::Answered => Ok(match (reply.text(), reply.refusal()) {
            ("", Some(refusal)) => refusal.into(),
            ("", None) => "The agent ended without saying anything.".into(),
            (text, _) => text.into(),
        }),
    }
}

/// What the caller's model hears of a run that did not finish.
fn unfinished(tool: &str, error: Error) -> ToolError {
    let why = match error.kind() {
        ErrorKind::Limit(LimitKind::Time) => "its time was over".to_owned(),
        ErrorKind::Limit(limit) => format!("it came to its limit of {limit}"),
        ErrorKind::Length => "its reply was cut at the limit of tokens".to_owned(),
        ErrorKind::ContentFiltered => "the service withheld its reply".to_owned(),
        ErrorKind::Unfinished => "its reply broke off".to_owned(),
        ErrorKind::ContextLength => "what it had to read became too long".to_owned(),
        ErrorKind::Tool => "one of its tools failed".to_owned(),
        ErrorKind::Configuration => return ToolError::fatal(error),
        _ => return ToolError::private(error),
    };
    let error: &(dyn std::error::Error + 'static) = &error;
    tracing::warn!(tool, error, "an agent that is a tool did not finish");
    ToolError::tell(format!("The agent did not finish: {why}."))
}

fn ask_message(arguments: &Arguments) -> Result<UserMessage, ToolError> {
    let arguments: Value = arguments.decode()?;
    match arguments.get("message").and_then(Value::as_str) {
        Some(message) => Ok(UserMessage::from(message)),
        None => Err(ToolError::invalid_arguments("`message` is missing, or is no text")),
    }
}

fn message_schema() -> Value {
    let description =
        "What it is to do. It knows nothing of this conversation: say all that it needs to know.";
    json!({
        "type": "object",
        "properties": {"message": {"type": "string", "description": description}},
        "required": ["message"],
        "additionalProperties": false,
    })
}

/// The schema with keys refused that it does not name, unless it says itself what others may be.
fn closed(mut schema: Value) -> Value {
    let says = ["additionalProperties", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "$ref"];
    if let Value::Object(object) = &mut schema
        && object.contains_key("properties")
        && !says.iter().any(|key| object.contains_key(*key))
    {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    schema
}

/// The agent itself and all agents under it.
fn agents(parts: &Parts, tool: &str) -> Vec<AgentUnder> {
    let label = if parts.name.is_empty() { tool } else { &*parts.name };
    let label = format!("`{label}`");
    let below = parts.under.iter().map(|under| AgentUnder {
        name: under.name.clone(),
        path: format!("{label} → {}", under.path).into(),
    });
    let own = AgentUnder { name: parts.name.clone(), path: label.as_str().into() };
    std::iter::once(own).chain(below).collect()
}

impl fmt::Debug for AgentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parts, spec, .. } = self;
        f.debug_struct("AgentTool")
            .field("name", &spec.name())
            .field("agent", &parts.name)
            .finish_non_exhaustive()
    }
}
