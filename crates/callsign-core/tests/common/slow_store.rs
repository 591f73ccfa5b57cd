//! A store that takes its time, and loses acknowledgements.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callsign_core::journal::entry::Entry;
use callsign_core::memory::MemoryStore;
use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};

/// Memory behind a disk that needs some milliseconds.
#[derive(Clone, Debug, Default)]
pub struct SlowStore {
    pub memory: MemoryStore,
    pub appends: Arc<AtomicUsize>,
    /// The append of this number (from 1) happens, and its acknowledgement is lost.
    pub lose: Option<usize>,
    /// All appends from this number on fail, and do not happen.
    pub break_at: Option<usize>,
}

#[async_trait]
impl Store for SlowStore {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        self.memory.hold(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let number = self.appends.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
        let failed = || StoreError::Failed { message: "the disk is gone".into(), source: None };
        if self.break_at.is_some_and(|broken| number >= broken) {
            return Err(failed());
        }
        let end = self.memory.append(conversation, at, id, entries).await?;
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.lose == Some(number) { Err(failed()) } else { Ok(end) }
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.memory.load(conversation, range).await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        self.memory.deliver(conversation, id, item).await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        self.memory.inbox(conversation, from).await
    }
}
