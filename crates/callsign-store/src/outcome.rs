//! Outcomes of SQL commands, in terms of the [`Store`](callsign_types::traits::store::Store) API.

use callsign_types::id::ConversationId;
use callsign_types::traits::store::StoreError;

/// The outcome of an append.
#[derive(Debug)]
pub(crate) enum AppendOutcome {
    /// The entries are stored, by this append or by an earlier one with the same id. The value is
    /// the length of the journal right after them.
    Length(u64),
    /// The journal has this length instead of the expected one.
    Conflict(u64),
}

impl AppendOutcome {
    /// Returns the new length, or [`StoreError::Conflict`].
    pub(crate) fn into_result(
        self,
        conversation: &ConversationId,
        expected: u64,
    ) -> Result<u64, StoreError> {
        match self {
            Self::Length(length) => Ok(length),
            Self::Conflict(actual) => {
                let conversation = conversation.clone();
                Err(StoreError::Conflict { conversation, expected, actual })
            }
        }
    }
}

/// The outcome of relabeling, renaming or deleting a conversation.
#[derive(Debug)]
pub(crate) enum ChangeOutcome {
    /// The conversation was changed.
    Done,
    /// The conversation does not exist.
    NotFound,
    /// The new name is taken.
    AlreadyExists,
}

impl ChangeOutcome {
    /// Returns the error, if any. `to` is the new name of `conversation`, or the same name.
    pub(crate) fn into_result(
        self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        match self {
            Self::Done => Ok(()),
            Self::NotFound => Err(StoreError::NotFound(conversation.clone())),
            Self::AlreadyExists => Err(StoreError::AlreadyExists(to.clone())),
        }
    }
}
