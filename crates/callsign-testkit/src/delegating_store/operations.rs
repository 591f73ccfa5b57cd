//! The operations that hooks of a [`DelegatingStore`](super::store::DelegatingStore) receive.

use std::ops::Range;
use std::sync::Arc;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};

/// A call of [`Store::lock`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DelegatedLock {
    /// The number of this operation, counted from 1 for each kind of operation.
    pub number: u64,
    /// The conversation.
    pub conversation: ConversationId,
    pub(super) inner: Arc<dyn Store>,
}

impl DelegatedLock {
    /// Calls the inner store.
    ///
    /// # Errors
    /// Returns the error of the inner store.
    pub async fn forward(&self) -> Result<ConversationLock, StoreError> {
        self.inner.lock(&self.conversation).await
    }
}

/// A call of [`Store::append`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DelegatedAppend {
    /// The number of this operation, counted from 1 for each kind of operation.
    pub number: u64,
    /// The conversation.
    pub conversation: ConversationId,
    /// The expected length of the journal.
    pub at: u64,
    /// The id of the append.
    pub id: AppendId,
    /// The entries.
    pub entries: Vec<Entry>,
    pub(super) inner: Arc<dyn Store>,
}

impl DelegatedAppend {
    /// Calls the inner store.
    ///
    /// # Errors
    /// Returns the error of the inner store.
    pub async fn forward(&self) -> Result<u64, StoreError> {
        self.inner.append(&self.conversation, self.at, self.id, &self.entries).await
    }
}

/// A call of [`Store::load`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DelegatedLoad {
    /// The number of this operation, counted from 1 for each kind of operation.
    pub number: u64,
    /// The conversation.
    pub conversation: ConversationId,
    /// The positions of the entries.
    pub range: Range<u64>,
    pub(super) inner: Arc<dyn Store>,
}

impl DelegatedLoad {
    /// Calls the inner store.
    ///
    /// # Errors
    /// Returns the error of the inner store.
    pub async fn forward(&self) -> Result<Vec<Entry>, StoreError> {
        self.inner.load(&self.conversation, self.range.clone()).await
    }
}

/// A call of [`Store::deliver`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DelegatedDelivery {
    /// The number of this operation, counted from 1 for each kind of operation.
    pub number: u64,
    /// The conversation.
    pub conversation: ConversationId,
    /// The id of the delivery.
    pub id: AppendId,
    /// The item.
    pub item: InboxItem,
    pub(super) inner: Arc<dyn Store>,
}

impl DelegatedDelivery {
    /// Calls the inner store.
    ///
    /// # Errors
    /// Returns the error of the inner store.
    pub async fn forward(&self) -> Result<u64, StoreError> {
        self.inner.deliver(&self.conversation, self.id, self.item.clone()).await
    }
}

/// A call of [`Store::inbox`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DelegatedInbox {
    /// The number of this operation, counted from 1 for each kind of operation.
    pub number: u64,
    /// The conversation.
    pub conversation: ConversationId,
    /// The position of the first item.
    pub from: u64,
    pub(super) inner: Arc<dyn Store>,
}

impl DelegatedInbox {
    /// Calls the inner store.
    ///
    /// # Errors
    /// Returns the error of the inner store.
    pub async fn forward(&self) -> Result<Vec<InboxItem>, StoreError> {
        self.inner.inbox(&self.conversation, self.from).await
    }
}
