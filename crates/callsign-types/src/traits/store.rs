//! Stores: the [`Store`] trait, its errors and the inbox.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::conversation_index::ConversationIndex;
use crate::approval::Decision;
use crate::error::{BoxError, Error, ErrorKind};
use crate::id::{AppendId, ConversationId, JournalKey};
use crate::journal::entry::Entry;
use crate::message::UserMessage;
use crate::tool_status::LateToolResult;

/// Keeps the journals of conversations, each with an inbox.
///
/// A journal is append-only. A writer locks the conversation first. Anybody may add to the inbox
/// at any time, without a lock.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Locks a conversation for one writer, whether it exists or not.
    ///
    /// Waits for other writers in this process. The lock is released when the
    /// [`ConversationLock`] is dropped or the process ends.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if another process has locked the conversation.
    async fn lock(&self, conversation: &ConversationId) -> Result<ConversationLock, StoreError>;

    /// Appends entries to a journal that has `at` entries. Returns the new number of entries.
    ///
    /// An append is atomic. When it returns, the entries are as durable as the store promises.
    /// Repeating a successful append with the same `id`, position and number of entries succeeds
    /// and adds nothing. An append of no entries only compares the length.
    ///
    /// # Errors
    /// Returns [`StoreError::Conflict`] if the journal does not have `at` entries.
    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError>;

    /// Returns the entries in `range`, oldest first. The list is shorter if the journal ends
    /// before, and empty if the conversation does not exist.
    ///
    /// # Errors
    /// Returns [`StoreError::Unreadable`] if an entry is damaged or from a newer version.
    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Adds an item to a conversation's inbox, even if the conversation is locked. Returns the
    /// position of the item. Repeating a delivery with the same `id` adds nothing.
    ///
    /// # Errors
    /// Returns the store's error.
    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError>;

    /// Returns the items of a conversation's inbox from position `from`, oldest first.
    ///
    /// The inbox keeps all items. The journal records how many of them were taken.
    ///
    /// # Errors
    /// Returns the store's error.
    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError>;

    /// Returns whether an append completes when it is first polled, as it does in memory.
    #[doc(hidden)]
    fn appends_immediately(&self) -> bool {
        false
    }

    /// Returns a text that identifies the store's conversations in this process. Concurrent runs
    /// of one conversation find each other by it, see `ConcurrencyPolicy`.
    ///
    /// Handles to the same conversations must return the same text, and others a different one. A
    /// store that wraps another one returns the text of that one.
    fn identity(&self) -> String;

    /// Returns the index of the store's conversations; `None` if it has none. A store that wraps
    /// another one returns the index of that one.
    fn index(&self) -> Option<&dyn ConversationIndex> {
        None
    }
}

/// Implements the trait for a pointer to a store.
macro_rules! store_for {
    ($($pointer:ident),*) => {$(

        #[async_trait]
        impl<S: Store + ?Sized> Store for $pointer<S> {
            async fn lock(
                &self,
                conversation: &ConversationId,
            ) -> Result<ConversationLock, StoreError> {
                (**self).lock(conversation).await
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

            fn appends_immediately(&self) -> bool {
                (**self).appends_immediately()
            }

            fn identity(&self) -> String {
                (**self).identity()
            }

            fn index(&self) -> Option<&dyn ConversationIndex> {
                (**self).index()
            }
        }
    )*};
}

store_for!(Arc, Box);

impl fmt::Debug for dyn Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// An item in a conversation's inbox, sent from outside of its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
#[non_exhaustive]
pub enum InboxItem {
    /// A user message for the next turn.
    Message {
        /// The message.
        message: UserMessage,
    },
    /// A decision about a call that waits for approval.
    Decision {
        /// The decision.
        decision: Decision,
    },
    /// The result of a call that arrived after the call had timed out or its run had ended.
    #[serde(rename = "late_result")]
    LateToolResult {
        /// The result.
        result: LateToolResult,
    },
}

/// Returns the journal entry for inbox items that were taken from position `from`; `None` if there
/// are no items. Late results for a journal with another key are dropped.
#[doc(hidden)]
pub fn inbox_entry(from: u64, items: Vec<InboxItem>, key: Option<&JournalKey>) -> Option<Entry> {
    if items.is_empty() {
        return None;
    }
    let upto = from + items.len() as u64;
    let (mut messages, mut decisions, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        match item {
            InboxItem::Message { message } => messages.push(message),
            InboxItem::Decision { decision } => decisions.push(decision),
            InboxItem::LateToolResult { result } if Some(&result.key) == key => late.push(result),
            InboxItem::LateToolResult { result } => {
                let LateToolResult { call, tool, .. } = result;
                tracing::error!(%call, tool, "late result dropped: its conversation was deleted");
            }
        }
    }
    Some(Entry::InboxDrained { upto, messages, decisions, late })
}

/// A lock on a conversation, which is released when it is dropped.
pub struct ConversationLock {
    _guard: Box<dyn Any + Send + Sync>,
}

impl ConversationLock {
    /// Creates a lock that lasts as long as `guard`.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self { _guard: Box::new(guard) }
    }
}

impl fmt::Debug for ConversationLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConversationLock")
    }
}

/// An error of a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has locked the conversation.
    #[error("conversation `{0}` is in use by another process: wait for it, or end it")]
    Locked(ConversationId),
    /// The conversation does not exist.
    #[error("conversation `{0}` does not exist")]
    NotFound(ConversationId),
    /// A conversation with this id already exists.
    #[error("conversation `{0}` already exists: choose another name, or delete it first")]
    AlreadyExists(ConversationId),
    /// The journal does not have the length that the writer expected.
    #[error("conversation `{conversation}` has {actual} entries instead of {expected}")]
    Conflict {
        /// The conversation.
        conversation: ConversationId,
        /// The length that the writer expected.
        expected: u64,
        /// The length of the journal.
        actual: u64,
    },
    /// An entry cannot be read.
    #[error("entry {position} of conversation `{conversation}` cannot be read")]
    Unreadable {
        /// The conversation.
        conversation: ConversationId,
        /// The position of the entry, counted from 0.
        position: u64,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The store itself failed.
    #[error("{message}")]
    Failed {
        /// What failed, and how to fix it.
        message: String,
        /// The cause.
        #[source]
        source: Option<BoxError>,
    },
}

impl StoreError {
    /// Returns the kind of the [`Error`] that this becomes.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked(_) => ErrorKind::Locked,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::AlreadyExists(_) => ErrorKind::AlreadyExists,
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Unreadable { .. } | Self::Failed { .. } => ErrorKind::Store,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = error.kind();
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
