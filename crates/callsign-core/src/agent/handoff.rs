//! Handing a conversation over to another agent.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::agent::Agent;
use crate::run::parts::Parts;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use crate::traits::tool_error::ToolError;
use crate::words::tool_name::stand_in;

/// Another agent that an agent may hand its conversation over to, for
/// [`AgentBuilder::handoff`](super::builder::AgentBuilder::handoff).
///
/// The model gets a tool `transfer_to_…` with the other agent's name. Once the calls of the reply
/// that calls it have their answers, the conversation is the other agent's: its instructions,
/// model, tools, options and policies count, in this run and in those to come, here and in other
/// processes. The limits, the store and the values given stay those of the agent that was asked.
///
/// ```
/// # use callsign_core::agent::{agent::Agent, handoff::Handoff};
/// # use callsign_core::traits::model::Model;
/// # use callsign_core::words::error::Error;
/// # fn build(model: impl Model + Clone) -> Result<Agent, Error> {
/// let billing = Agent::builder(model.clone()).name("billing").build()?;
/// let triage = Agent::builder(model)
///     .name("triage")
///     .handoff(Handoff::to(&billing).with_description("It knows all bills.").returning())
///     .build()?;
/// # Ok(triage)
/// # }
/// ```
#[derive(Clone)]
pub struct Handoff {
    pub(super) agent: Arc<Parts>,
    description: Option<Arc<str>>,
    with_history: bool,
    pub(super) returning: bool,
}

impl Handoff {
    /// To this agent, which needs a name.
    #[must_use]
    pub fn to(agent: &Agent) -> Self {
        let agent = agent.inner.clone();
        Self { agent, description: None, with_history: true, returning: false }
    }

    /// Says what the other agent is there for, so that the model knows when to hand over.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Arc<str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Has the other agent see nothing of what was said before: the model tells it in a message of
    /// its own what it has to know.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.with_history = false;
        self
    }

    /// Gives the other agent a tool to hand the conversation back. The agent that is being built
    /// needs a name then.
    #[must_use]
    pub fn returning(mut self) -> Self {
        self.returning = true;
        self
    }

    /// The tool that hands over.
    pub(super) fn tool(&self) -> HandoffTool {
        let name = &self.agent.name;
        let first =
            format!("Hands the conversation over to the agent `{name}`, which goes on with it.");
        let description = match &self.description {
            Some(description) => format!("{first} {description}"),
            None => first,
        };
        HandoffTool::new(name.clone(), description, self.with_history)
    }
}

impl From<&Agent> for Handoff {
    fn from(agent: &Agent) -> Self {
        Self::to(agent)
    }
}

impl From<Agent> for Handoff {
    fn from(agent: Agent) -> Self {
        Self::to(&agent)
    }
}

impl fmt::Debug for Handoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handoff")
            .field("to", &self.agent.name)
            .field("with_history", &self.with_history)
            .field("returning", &self.returning)
            .finish_non_exhaustive()
    }
}

/// The tool that gives the conversation to another agent.
pub(super) struct HandoffTool {
    to: Arc<str>,
    spec: ToolSpec,
    with_history: bool,
}

impl HandoffTool {
    /// The tool that gives the conversation back to the agent of this name.
    pub(super) fn back_to(name: Arc<str>) -> Self {
        let description = format!(
            "Hands the conversation back to the agent `{name}`, once you are done or where it is \
             about something else."
        );
        Self::new(name, description, true)
    }

    fn new(to: Arc<str>, description: String, with_history: bool) -> Self {
        let original = format!("transfer_to_{to}");
        let name = stand_in(&original, &original);
        let original_name = name.is_some().then(|| original.as_str().into());
        let name = name.unwrap_or(original);
        let mut spec = ToolSpec::new(name, description, schema(with_history));
        spec.original_name = original_name;
        // It does nothing itself: what follows from it is in the journal with its result.
        spec.read_only = true;
        spec.sequential = true;
        Self { to, spec, with_history }
    }
}

impl Tool for HandoffTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _context: Context, arguments: Arguments) -> ToolFuture {
        let (to, with_history) = (self.to.clone(), self.with_history);
        Box::pin(async move {
            let message = if with_history { None } else { Some(message(&arguments)?) };
            let mut output = ToolOutput::new(format!("The conversation is transferred to `{to}`."));
            output.effect = Effect::HandOff { to, message };
            Ok(output)
        })
    }
}

#[derive(Deserialize)]
struct Told {
    message: String,
}

/// What the other agent is told.
fn message(arguments: &Arguments) -> Result<String, ToolError> {
    let Told { message } = arguments.decode()?;
    if message.trim().is_empty() {
        return Err(ToolError::retry("the message is empty: say what the agent has to know"));
    }
    Ok(message)
}

fn schema(with_history: bool) -> Value {
    if with_history {
        return json!({"type": "object", "properties": {}, "additionalProperties": false});
    }
    let description = "What the agent is to do. It sees nothing of this conversation: say all that \
                       it needs to know.";
    json!({
        "type": "object",
        "properties": {"message": {"type": "string", "description": description}},
        "required": ["message"],
        "additionalProperties": false,
    })
}
