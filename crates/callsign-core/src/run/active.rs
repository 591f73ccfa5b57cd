//! The agent that has a conversation at the moment, as this run finds it.

use std::sync::Arc;

use super::answer::AnswerSpec;
use super::parts::Parts;
use crate::dispatch::toolbox::Toolbox;
use crate::journal::entry::HandedOff;
use crate::traits::run_context::RunContext;
use crate::traits::states::States;
use crate::words::error::Error;
use crate::words::id::ConversationId;
use crate::words::message::UserMessage;

/// The agent that has a conversation at the moment, as this run finds it.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) parts: Arc<Parts>,
    /// The tools that are enabled in this run.
    pub(super) toolbox: Arc<Toolbox>,
    pub(super) run: RunContext,
}

impl Active {
    /// The agent to which the conversation was handed, or the one that the run was begun with.
    ///
    /// # Errors
    /// Where that one does not know the other.
    pub(super) fn find(
        root: &Arc<Parts>,
        handed_to: Option<&str>,
        conversation: &ConversationId,
        given: &States,
        answer: Option<&AnswerSpec>,
    ) -> Result<Self, Error> {
        let parts = match handed_to {
            None => root,
            Some(name) => root.team.get(name).ok_or_else(|| {
                Error::configuration(format!(
                    "conversation `{conversation}` was handed to the agent `{name}`, which this \
                     agent does not know: add `.handoff(…)` to its builder"
                ))
            })?,
        };
        let run = RunContext::new(conversation.clone(), parts.states.clone(), given.clone());
        let enabled = parts.toolbox.enabled(&run);
        let mut toolbox = enabled.map_or_else(|| parts.toolbox.clone(), Arc::new);
        if let Some(answer) = answer {
            toolbox = Arc::new(toolbox.with_hidden(answer.tool())?);
        }
        Ok(Self { parts: parts.clone(), toolbox, run })
    }

    /// Its instructions; empty for none.
    pub(super) fn instructions(&self) -> Arc<str> {
        self.parts.instructions.of(&self.run)
    }

    /// What the journal gets to know where the conversation is handed to it.
    pub(super) fn handed_off(&self, message: Option<String>) -> HandedOff {
        let tools = self.toolbox.recorded().to_vec();
        let mut entry = HandedOff::new(&*self.parts.name, &*self.instructions(), tools);
        entry.message = message.map(UserMessage::from);
        entry
    }
}
