//! The [`Conversation`] type.

use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::message::UserMessage;
use callsign_types::messages::Messages;
use callsign_types::traits::store::InboxItem;

use super::run_builder::RunBuilder;
use crate::executor::agent_config::AgentConfig;
use crate::journal::Journal;

/// Confirms that the store has put a message into the inbox of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    position: u64,
}

impl Receipt {
    /// Returns the position of the message in the inbox, starting at 0.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

/// A handle of a conversation in an agent's store.
///
/// Handles with the same id refer to the same conversation. Its runs queue within a process.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub(super) config: Arc<AgentConfig>,
    pub(super) id: ConversationId,
}

impl Conversation {
    pub(super) fn new(config: Arc<AgentConfig>, id: ConversationId) -> Self {
        Self { config, id }
    }

    /// Returns the id of the conversation.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.id
    }

    /// Returns a builder for a run with `message`. Await it for the reply, or
    /// [`stream`](RunBuilder::stream) it for the events.
    ///
    /// If an earlier run was interrupted because its process ended, its pending calls come first.
    /// Calls that were not started, or that are safe to repeat, run. For the others the model
    /// receives that their outcome is unknown.
    ///
    /// The run waits for another run of the conversation in this process, for at most its own
    /// timeout. A run that is kept but not polled, such as a stream that is not read, does not end.
    pub fn send(&self, message: impl Into<UserMessage>) -> RunBuilder {
        self.run_builder(Some(message.into()))
    }

    /// Returns a builder for a run that continues the newest run without a new message.
    ///
    /// If the newest run has finished and the inbox is empty, it returns the same reply again
    /// without a model call.
    pub fn resume(&self) -> RunBuilder {
        self.run_builder(None)
    }

    /// Puts a message into the inbox of the conversation. The active run, in this process or in
    /// another, or else the next run, passes it to the model at its next turn.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn enqueue(&self, message: impl Into<UserMessage> + Send) -> Result<Receipt, Error> {
        let item = InboxItem::Message { message: message.into() };
        let position = self.config.store.deliver(&self.id, AppendId::random(), item).await?;
        Ok(Receipt { position })
    }

    /// Returns whether a run has taken the message of `receipt` from the inbox. The model then
    /// receives it at the next turn, or has received it.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn is_delivered(&self, receipt: &Receipt) -> Result<bool, Error> {
        Ok(self.journal().await?.state.inbox_taken() > receipt.position)
    }

    /// Returns the messages that the next request would contain.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn messages(&self) -> Result<Messages, Error> {
        Ok(self.journal().await?.messages())
    }

    /// Waits until no run of this process locks the conversation. After a run was dropped, that is
    /// when everything that it had finished is written.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn wait_idle(&self) -> Result<(), Error> {
        drop(self.config.store.lock(&self.id).await?);
        Ok(())
    }

    pub(super) async fn journal(&self) -> Result<Journal, Error> {
        Ok(self.entries().await?.into_iter().collect())
    }

    fn run_builder(&self, message: Option<UserMessage>) -> RunBuilder {
        RunBuilder::new(self.config.clone(), self.config.store.clone(), self.id.clone(), message)
    }
}
