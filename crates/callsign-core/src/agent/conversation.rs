//! A conversation that goes on.

use std::sync::Arc;

use super::turn::Turn;
use crate::run::parts::Parts;
use crate::traits::store::InboxItem;
use crate::words::error::Error;
use crate::words::id::{AppendId, ConversationId};
use crate::words::message::UserMessage;
use crate::words::messages::Messages;

/// Says that a message is in a conversation's inbox, kept as safely as the store keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    position: u64,
}

impl Receipt {
    /// The message's position in the inbox, counted from 0.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

/// A conversation in an agent's store. Clones, and other handles of the same name, are the same
/// conversation; runs of it queue within a process.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub(super) parts: Arc<Parts>,
    pub(super) id: ConversationId,
}

impl Conversation {
    pub(super) fn new(parts: Arc<Parts>, id: ConversationId) -> Self {
        Self { parts, id }
    }

    /// The conversation's name.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.id
    }

    /// Says something. Await it for the reply, or [`stream`](Turn::stream) it for the events.
    ///
    /// What an earlier run left open, because its process ended, comes first: calls that were not
    /// begun, or that may be repeated, are run, and the model is told of the others that their
    /// outcome is not known.
    ///
    /// Another run of the conversation in this process is waited for, as long as this one may
    /// take; one that is held and not polled, as a stream that nobody reads, is waited for in
    /// vain.
    pub fn send(&self, message: impl Into<UserMessage>) -> Turn {
        self.turn(Some(message.into()))
    }

    /// Goes on where the newest run was left, without saying anything new.
    ///
    /// A conversation whose newest reply was an answer answers so again, without asking the
    /// model, unless a message was left for it meanwhile.
    pub fn resume(&self) -> Turn {
        self.turn(None)
    }

    /// Leaves a message for the run that is under way, here or in another process, or for the
    /// next one; the model sees it at its next turn.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn deliver(&self, message: impl Into<UserMessage> + Send) -> Result<Receipt, Error> {
        let item = InboxItem::Message { message: message.into() };
        let position = self.parts.store.deliver(&self.id, AppendId::random(), item).await?;
        Ok(Receipt { position })
    }

    /// Whether what was delivered is part of the conversation by now, so that the model sees it
    /// at its next turn, or has seen it.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn has_taken(&self, receipt: &Receipt) -> Result<bool, Error> {
        Ok(self.journal().await?.state.inbox_taken() > receipt.position)
    }

    /// What was said so far: what the next request would carry.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn messages(&self) -> Result<Messages, Error> {
        Ok(self.journal().await?.messages())
    }

    /// Waits until no run of this process holds the conversation: after a run was dropped, until
    /// what it had finished is kept.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn settled(&self) -> Result<(), Error> {
        drop(self.parts.store.hold(&self.id).await?);
        Ok(())
    }

    fn turn(&self, message: Option<UserMessage>) -> Turn {
        Turn::new(self.parts.clone(), self.parts.store.clone(), self.id.clone(), message)
    }
}
