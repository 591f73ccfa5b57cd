//! A store around another one that counts what is committed.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use callsign::journal::entry::Entry;
use callsign::{AppendId, ConversationId, Hold, InboxItem, Store, StoreError};

/// What was committed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) commits: AtomicU64,
    pub(crate) entries: AtomicU64,
    /// Of the entries as JSON.
    pub(crate) bytes: AtomicU64,
}

/// The store, and where it counts.
pub(crate) struct Counted(pub(crate) Arc<dyn Store>, pub(crate) Arc<Counts>);

#[async_trait::async_trait]
impl Store for Counted {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        self.0.hold(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let bytes = entries.iter().map(|entry| serde_json::to_string(entry).unwrap().len());
        self.1.bytes.fetch_add(bytes.sum::<usize>() as u64, Relaxed);
        self.1.entries.fetch_add(entries.len() as u64, Relaxed);
        self.1.commits.fetch_add(1, Relaxed);
        self.0.append(conversation, at, id, entries).await
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.0.load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.0.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.0.inbox(conversation, from).await
    }
}
