//! The runs of an agent that are under way in this process, by their conversations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::canceller::Canceller;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::ConversationId;

/// What a run does where another run of its conversation is under way in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overlap {
    /// It waits for the other one to end.
    #[default]
    Queue,
    /// It cancels the other one, and goes on from what that had finished.
    Replace,
    /// It fails with [`is_held`](crate::words::error::Error::is_held).
    Reject,
}

/// The runs of an agent that are under way in this process.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<HashMap<ConversationId, Vec<Canceller>>>);

/// A run that is under way, until this is dropped.
#[derive(Debug)]
pub(super) struct Entered {
    live: Arc<Live>,
    conversation: ConversationId,
    canceller: Canceller,
}

impl Live {
    /// Takes note of a run, and has the others of its conversation make way where they should.
    pub(super) fn enter(
        self: &Arc<Self>,
        conversation: &ConversationId,
        canceller: &Canceller,
        overlap: Overlap,
    ) -> Result<Entered, Error> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = all.entry(conversation.clone()).or_default();
        match overlap {
            Overlap::Reject if !others.is_empty() => {
                return Err(Error::new(
                    ErrorKind::Held,
                    format!("conversation `{conversation}` is being answered: wait for that"),
                ));
            }
            Overlap::Replace => others.iter().for_each(Canceller::cancel),
            _ => {}
        }
        others.push(canceller.clone());
        let (live, conversation) = (self.clone(), conversation.clone());
        Ok(Entered { live, conversation, canceller: canceller.clone() })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut all = self.live.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = all.get_mut(&self.conversation) {
            runs.retain(|run| !run.is_same(&self.canceller));
            if runs.is_empty() {
                all.remove(&self.conversation);
            }
        }
    }
}
