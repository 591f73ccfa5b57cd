//! The agent that has a conversation at the moment, as this run finds it.

use std::sync::Arc;

use super::answer::AnswerSpec;
use super::parts::Parts;
use super::spans::model::Traced;
use crate::dispatch::toolbox::Toolbox;
use crate::journal::Journal;
use crate::journal::entry::HandedOff;
use crate::traits::ledger::Ledger;
use crate::traits::model::Model;
use crate::traits::run_context::RunContext;
use crate::traits::states::States;
use crate::words::error::Error;
use crate::words::id::ConversationId;
use crate::words::message::UserMessage;

/// The agent that has a conversation at the moment, as this run finds it.
#[derive(Clone, Debug)]
pub(super) struct Active {
    /// What the journal says whom the conversation was handed to.
    pub(super) handed_to: Option<Arc<str>>,
    pub(super) parts: Arc<Parts>,
    /// The tools that are enabled in this run.
    pub(super) toolbox: Arc<Toolbox>,
    pub(super) run: RunContext,
    /// Its model, with the hooks around it.
    pub(super) model: Arc<dyn Model>,
}

impl Active {
    /// The agent to which the conversation was handed, or the one that the run was begun with.
    ///
    /// # Errors
    /// Where that one does not know the other, or a predicate of a tool panics.
    pub(super) fn find(
        root: &Arc<Parts>,
        handed_to: Option<&str>,
        conversation: &ConversationId,
        given: &States,
        answer: Option<&Arc<AnswerSpec>>,
    ) -> Result<Self, Error> {
        let parts = match handed_to {
            None => root,
            Some(name) if *name == *root.name => root,
            Some(name) => root.team.get(name).ok_or_else(|| {
                Error::configuration(format!(
                    "conversation `{conversation}` was handed to the agent `{name}`, which this \
                     agent does not know: add `.handoff(…)` to its builder"
                ))
            })?,
        };
        let run = RunContext::new(conversation.clone(), parts.states.clone(), given.clone());
        let enabled = parts.toolbox.enabled(&run)?;
        let mut toolbox = enabled.map_or_else(|| parts.toolbox.clone(), Arc::new);
        if let Some(returns) = handed_to.and_then(|name| root.returns.get(name)) {
            toolbox = Arc::new(toolbox.with(returns)?);
        }
        if let Some(answer) = answer {
            toolbox = Arc::new(toolbox.with_hidden(answer.tool())?);
        }
        let (parts, conversation) = (parts.clone(), conversation.clone());
        let traced = Traced { parts: parts.clone(), conversation };
        let model = parts.hooks.around_model(Arc::new(traced));
        Ok(Self { handed_to: handed_to.map(Into::into), parts, toolbox, run, model })
    }

    /// Its instructions; empty for none.
    ///
    /// # Errors
    /// Where the function that makes them panics.
    pub(super) fn instructions(&self) -> Result<Arc<str>, Error> {
        self.parts.instructions.of(&self.run)
    }

    /// What is used while it has the conversation, which counts for the run, at its own prices.
    pub(super) fn ledger(&self, run: &Arc<Ledger>) -> Arc<Ledger> {
        Arc::new(Ledger::of_agent(self.parts.prices.clone(), run))
    }

    /// What the journal gets to know of it, where that is not what the journal says: it was
    /// handed the conversation in another build of the program, or its tools depend on the time.
    pub(super) fn unlike(&self, journal: &Journal) -> Result<Option<HandedOff>, Error> {
        let state = &journal.state;
        let is_known = state.tools() == self.toolbox.recorded()
            && state.asks_policies() != self.parts.policies.is_empty();
        if is_known { Ok(None) } else { self.handed_off(None).map(Some) }
    }

    /// What the journal gets to know where the conversation is handed to it.
    ///
    /// # Errors
    /// As [`instructions`](Self::instructions).
    pub(super) fn handed_off(&self, message: Option<String>) -> Result<HandedOff, Error> {
        let tools = self.toolbox.recorded().to_vec();
        let to = self.handed_to.as_deref().unwrap_or_default();
        let mut entry = HandedOff::new(to, &*self.instructions()?, tools);
        entry.policy = !self.parts.policies.is_empty();
        entry.message = message.map(UserMessage::from);
        Ok(entry)
    }
}
