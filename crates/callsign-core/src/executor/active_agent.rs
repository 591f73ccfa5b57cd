//! The agent that a conversation belongs to at the moment.

use std::sync::{Arc, PoisonError};

use callsign_types::error::Error;
use callsign_types::id::ConversationId;
use callsign_types::journal::entry::HandedOff;
use callsign_types::message::UserMessage;
use callsign_types::traits::budget::Budget;
use callsign_types::traits::extensions::Extensions;
use callsign_types::traits::model::Model;
use callsign_types::traits::run_context::RunContext;
use tokio::time::Instant;

use super::agent_config::AgentConfig;
use super::output_spec::OutputSpec;
use super::spans::model::{KnownCallIds, TracedModel};
use crate::journal::Journal;
use crate::tools::registry::ToolRegistry;

/// The agent that a conversation belongs to at the moment, with the tools of this run.
#[derive(Clone, Debug)]
pub(crate) struct ActiveAgent {
    /// The agent that the journal says the conversation was handed to.
    pub(crate) handed_to: Option<Arc<str>>,
    pub(crate) config: Arc<AgentConfig>,
    /// The tools that are enabled in this run.
    pub(crate) tools: Arc<ToolRegistry>,
    pub(crate) run: RunContext,
    /// The agent's model, wrapped by its middleware.
    pub(crate) model: Arc<dyn Model>,
    /// The call ids that spans of the model show.
    pub(crate) call_ids: KnownCallIds,
}

impl ActiveAgent {
    /// Returns the agent that the conversation was handed to, or the one that the run started with.
    ///
    /// # Errors
    /// Returns a configuration error if `root` does not know that agent, or if a predicate of a
    /// tool panics.
    pub(crate) fn find(
        root: &Arc<AgentConfig>,
        handed_to: Option<&str>,
        conversation: &ConversationId,
        values: &Extensions,
        output: Option<&Arc<OutputSpec>>,
    ) -> Result<Self, Error> {
        let config = match handed_to {
            None => root,
            Some(name) if *name == *root.name => root,
            Some(name) => root.team.get(name).ok_or_else(|| {
                Error::configuration(format!(
                    "conversation `{conversation}` was handed to the agent `{name}`, which this \
                     agent does not know: add `.handoff(…)` to its builder"
                ))
            })?,
        };
        let run = RunContext::new(conversation.clone(), config.state.clone(), values.clone());
        let enabled = config.tools.enabled(&run)?;
        let mut tools = enabled.map_or_else(|| config.tools.clone(), Arc::new);
        if !root.run_hooks.tools.is_empty() {
            tools = Arc::new(tools.wrapped(|tool| root.run_hooks.wrap_tool(tool)));
        }
        if let Some(return_tools) = handed_to.and_then(|name| root.return_tools.get(name)) {
            tools = Arc::new(tools.with(return_tools)?);
        }
        if let Some(output) = output {
            tools = Arc::new(tools.with_hidden(output.tool())?);
        }
        let (config, conversation) = (config.clone(), conversation.clone());
        let call_ids = KnownCallIds::default();
        let traced =
            TracedModel { config: config.clone(), conversation, call_ids: call_ids.clone() };
        let model = config.hooks.wrap_model(Arc::new(traced));
        let model = root.run_hooks.wrap_model(model);
        Ok(Self { handed_to: handed_to.map(Into::into), config, tools, run, model, call_ids })
    }

    /// Passes the ids of all calls so far to the spans of the model, if they record content.
    pub(crate) fn note_call_ids(&self, journal: &Journal) {
        if self.config.hooks.record_content {
            let known = journal.state.call_ids();
            *self.call_ids.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        }
    }

    /// Returns the agent's instructions; empty if it has none.
    ///
    /// # Errors
    /// Returns the error of the function that computes them, see [`Instructions::of`](super::agent_config::Instructions::of).
    pub(crate) async fn instructions(&self, deadline: Instant) -> Result<Arc<str>, Error> {
        self.config.instructions.of(&self.run, deadline).await
    }

    /// Returns the budget of this agent's part of the run, at the agent's own prices.
    pub(crate) fn budget(&self, run: &Arc<Budget>) -> Arc<Budget> {
        Arc::new(Budget::for_agent(self.config.prices.clone(), run))
    }

    /// Returns the entry that records this agent if the journal holds other tools or policies.
    ///
    /// They differ if another build of the program handed the conversation over, or if the set of
    /// enabled tools has changed between runs.
    ///
    /// # Errors
    /// Returns the error of [`instructions`](Self::instructions).
    pub(crate) async fn unrecorded(
        &self,
        journal: &Journal,
        deadline: Instant,
    ) -> Result<Option<HandedOff>, Error> {
        let state = &journal.state;
        let is_recorded = state.tools() == self.tools.recorded()
            && state.has_policies() != self.config.policies.is_empty();
        if is_recorded {
            return Ok(None);
        }
        self.handed_off(None, deadline).await.map(Some)
    }

    /// Returns the entry of a handoff to this agent.
    ///
    /// # Errors
    /// Returns the error of [`instructions`](Self::instructions).
    pub(crate) async fn handed_off(
        &self,
        message: Option<String>,
        deadline: Instant,
    ) -> Result<HandedOff, Error> {
        let tools = self.tools.recorded().to_vec();
        let to = self.handed_to.as_deref().unwrap_or_default();
        let instructions = self.instructions(deadline).await?;
        let mut entry = HandedOff::new(to, &*instructions, tools);
        entry.policy = !self.config.policies.is_empty();
        entry.message = message.map(UserMessage::from);
        Ok(entry)
    }
}
