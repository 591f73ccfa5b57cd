//! A store: where journals are kept.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use crate::journal::entry::Entry;
use crate::words::approval::Decision;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{AppendId, ConversationId, JournalKey};
use crate::words::message::UserMessage;
use crate::words::result::LateResult;

/// Keeps the journals of conversations, and an inbox beside each.
///
/// A journal only grows, by entries that never change. Whoever writes holds the conversation
/// first; the inbox is open to everybody at any time.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Claims a conversation for one writer, whether or not it exists yet.
    ///
    /// Waits for writers in this process. The claim ends when the [`Hold`] is dropped, or with
    /// the process.
    ///
    /// # Errors
    /// [`StoreError::Held`] where another process has it.
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError>;

    /// Adds entries to a journal that has `at` entries, and answers how many it has then.
    ///
    /// All of them are kept, or none. Once this returns, they survive whatever the store
    /// promises to survive. Repeating an append that succeeded, with the same `id`, place and
    /// number of entries, succeeds again and adds nothing. An append of no entries only compares
    /// the lengths.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the journal has another length.
    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError>;

    /// The entries at these positions, oldest first; fewer where the journal ends before.
    ///
    /// A conversation that does not exist has no entries.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where an entry was written by a newer version or is damaged.
    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Puts an item into a conversation's inbox, whoever holds the conversation, and answers its
    /// position. Delivering again under the same id adds nothing.
    ///
    /// # Errors
    /// As the store fails.
    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError>;

    /// The items of a conversation's inbox from a position on, oldest first.
    ///
    /// What was taken is told by the journal; the inbox itself keeps everything.
    ///
    /// # Errors
    /// As the store fails.
    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError>;

    /// Whether an append is done when it is first polled, as in memory. Runs then append without
    /// a task beside them. A store that says so and is late all the same loses nothing by it.
    fn appends_at_once(&self) -> bool {
        false
    }

    /// What tells this store from all others that the process has open: handles through which the
    /// same conversations are reached say the same. Runs that
    /// [overlap](crate::run::live::Overlap) find each other by it.
    ///
    /// Unless a store says more, each value is a store of its own. A store that stands around
    /// another one passes this on.
    fn identity(&self) -> String {
        format!("{:p}", std::ptr::from_ref(self))
    }

    /// The list of the store's conversations, where it keeps one. A store that stands around
    /// another one passes this on.
    fn catalogue(&self) -> Option<&dyn Catalogue> {
        None
    }
}

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        (**self).hold(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        (**self).append(conversation, at, id, entries).await
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        (**self).load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        (**self).deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        (**self).inbox(conversation, from).await
    }

    fn appends_at_once(&self) -> bool {
        (**self).appends_at_once()
    }

    fn identity(&self) -> String {
        (**self).identity()
    }

    fn catalogue(&self) -> Option<&dyn Catalogue> {
        (**self).catalogue()
    }
}

impl fmt::Debug for dyn Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Something that was sent to a conversation from beside its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InboxItem {
    /// A message of the user's, for the next turn.
    Message {
        /// The message.
        message: UserMessage,
    },
    /// What a person said to a call that waits for it.
    Decision {
        /// What the person said.
        decision: Decision,
    },
    /// The result of a call that came when nobody waited for it any longer.
    LateResult {
        /// The result.
        result: LateResult,
    },
}

/// What the journal of this identity gets to know of items that were taken from this position on;
/// nothing where there were none.
pub(crate) fn taken(from: u64, items: Vec<InboxItem>, key: Option<&JournalKey>) -> Option<Entry> {
    if items.is_empty() {
        return None;
    }
    let upto = from + items.len() as u64;
    let (mut messages, mut decisions, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        match item {
            InboxItem::Message { message } => messages.push(message),
            InboxItem::Decision { decision } => decisions.push(decision),
            InboxItem::LateResult { result } if Some(&result.key) == key => late.push(result),
            InboxItem::LateResult { result } => {
                let LateResult { call, tool, .. } = result;
                tracing::error!(%call, tool, "a late result is lost: its conversation is gone");
            }
        }
    }
    Some(Entry::Taken { upto, messages, decisions, late })
}

/// A claim on a conversation; dropping it gives the conversation free.
pub struct Hold {
    _guard: Box<dyn Any + Send + Sync>,
}

impl Hold {
    /// A claim that lasts as long as this guard.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self { _guard: Box::new(guard) }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hold")
    }
}

/// What can go wrong in a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the conversation.
    #[error("conversation `{0}` is in use by another process: wait for it, or end it")]
    Held(ConversationId),
    /// There is no such conversation.
    #[error("there is no conversation `{0}`")]
    NotFound(ConversationId),
    /// A conversation cannot have a name that another has.
    #[error("there is a conversation `{0}` already: choose another name, or delete it first")]
    Exists(ConversationId),
    /// The journal has another length than the writer believed.
    #[error("conversation `{conversation}` has {actual} entries where {expected} were expected")]
    Conflict {
        /// The conversation.
        conversation: ConversationId,
        /// The length that the writer believed in.
        expected: u64,
        /// The length that the journal has.
        actual: u64,
    },
    /// An entry cannot be read.
    #[error("entry {position} of conversation `{conversation}` cannot be read")]
    Unreadable {
        /// The conversation.
        conversation: ConversationId,
        /// The entry's position, counted from 0.
        position: u64,
        /// Why.
        #[source]
        source: crate::words::error::BoxError,
    },
    /// The store itself failed.
    #[error("{message}")]
    Failed {
        /// What failed, and what to do about it.
        message: String,
        /// Why.
        #[source]
        source: Option<crate::words::error::BoxError>,
    },
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Held(_) => ErrorKind::Held,
            StoreError::NotFound(_) => ErrorKind::NotFound,
            StoreError::Exists(_) => ErrorKind::Exists,
            StoreError::Conflict { .. } => ErrorKind::Conflict,
            StoreError::Unreadable { .. } | StoreError::Failed { .. } => ErrorKind::Store,
        };
        let message = error.to_string();
        // One level in Display: the store's own line is the message, its cause the source.
        match error {
            StoreError::Unreadable { source, .. }
            | StoreError::Failed { source: Some(source), .. } => {
                Self::new(kind, message).with_source(source)
            }
            _ => Self::new(kind, message),
        }
    }
}
