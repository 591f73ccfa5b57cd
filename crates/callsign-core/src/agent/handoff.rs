//! Handoffs of a conversation to another agent.

use std::fmt;
use std::sync::Arc;

use callsign_types::tool_name::sanitized_name;
use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Effect, Tool, ToolFuture, ToolOutput, ToolSpec};
use callsign_types::traits::tool_error::ToolError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::agent::Agent;
use crate::executor::agent_config::AgentConfig;

/// An agent that another agent can hand its conversation to. Pass it to
/// [`AgentBuilder::handoff`](super::builder::AgentBuilder::handoff).
///
/// The model gets a tool `transfer_to_…` with the name of the target agent. Once all calls of the
/// response have results, the conversation belongs to the target agent: its instructions, model,
/// tools, options and policies apply. This holds for the rest of the run and for later runs, in
/// every process. The limits, the store and the context values remain those of the agent that the
/// run started with.
///
/// ```
/// # use callsign_core::agent::{agent::Agent, handoff::Handoff};
/// # use callsign_types::traits::model::Model;
/// # use callsign_types::error::Error;
/// # fn build(model: impl Model + Clone) -> Result<Agent, Error> {
/// let billing = Agent::builder(model.clone()).name("billing").build()?;
/// let to_billing = Handoff::to(&billing).with_description("It knows all bills.").allow_return();
/// let triage = Agent::builder(model).name("triage").handoff(to_billing).build()?;
/// # Ok(triage)
/// # }
/// ```
#[derive(Clone)]
pub struct Handoff {
    pub(super) target: Arc<AgentConfig>,
    description: Option<Arc<str>>,
    with_history: bool,
    pub(super) allows_return: bool,
}

impl Handoff {
    /// Creates a handoff to `agent`, which needs a name.
    #[must_use]
    pub fn to(agent: &Agent) -> Self {
        let target = agent.config.clone();
        Self { target, description: None, with_history: true, allows_return: false }
    }

    /// Describes the target agent, so that the model knows when to hand over.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Arc<str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Hides the earlier messages from the target agent. The model passes it a message with what it
    /// needs to know instead.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.with_history = false;
        self
    }

    /// Gives the target agent a tool that hands the conversation back. The agent that is being
    /// built then needs a name.
    #[must_use]
    pub fn allow_return(mut self) -> Self {
        self.allows_return = true;
        self
    }

    /// Returns the tool that hands the conversation over.
    pub(super) fn tool(&self) -> HandoffTool {
        let name = &self.target.name;
        let first =
            format!("Hands the conversation over to the agent `{name}`, which continues it.");
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
            .field("to", &self.target.name)
            .field("with_history", &self.with_history)
            .field("allows_return", &self.allows_return)
            .finish_non_exhaustive()
    }
}

/// The tool that hands the conversation over to another agent.
pub(super) struct HandoffTool {
    to: Arc<str>,
    spec: ToolSpec,
    with_history: bool,
}

impl HandoffTool {
    /// Creates the tool that hands the conversation back to the agent `name`.
    pub(super) fn back_to(name: Arc<str>) -> Self {
        let description = format!(
            "Hands the conversation back to the agent `{name}`: when you are done, or when the \
             subject changes."
        );
        Self::new(name, description, true)
    }

    fn new(to: Arc<str>, description: String, with_history: bool) -> Self {
        let original = format!("transfer_to_{to}");
        let name = sanitized_name(&original, &original);
        let original_name = name.is_some().then(|| original.as_str().into());
        let name = name.unwrap_or(original);
        let mut spec = ToolSpec::new(name, description, schema(with_history));
        spec.original_name = original_name;
        // The call itself changes nothing: the journal records the handoff with the result.
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
struct HandoffArguments {
    message: String,
}

/// Returns the message to the target agent.
fn message(arguments: &Arguments) -> Result<String, ToolError> {
    let HandoffArguments { message } = arguments.decode()?;
    if message.trim().is_empty() {
        return Err(ToolError::retry("the message is empty: include what the agent needs to know"));
    }
    Ok(message)
}

fn schema(with_history: bool) -> Value {
    if with_history {
        return json!({"type": "object", "properties": {}, "additionalProperties": false});
    }
    let description = "The task. The agent does not see this conversation: include everything that \
                       it needs to know.";
    json!({
        "type": "object",
        "properties": {"message": {"type": "string", "description": description}},
        "required": ["message"],
        "additionalProperties": false,
    })
}
