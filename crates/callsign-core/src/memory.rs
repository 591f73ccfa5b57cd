//! The store in memory: conversations last as long as the process.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::journal::entry::Entry;
use crate::traits::store::{Hold, InboxItem, Store, StoreError};
use crate::words::id::{AppendId, ConversationId};

/// Keeps journals in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<ConversationId, Kept>>>);

#[derive(Debug, Default)]
struct Kept {
    writer: Arc<tokio::sync::Mutex<()>>,
    entries: Vec<Entry>,
    /// The id, the place and the end of each append, by which a repeated one is known.
    appends: Vec<(AppendId, u64, u64)>,
    inbox: Vec<(AppendId, InboxItem)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<ConversationId, Kept>> {
        // Nothing panics while the lock is held, and a journal is whole between any two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        let writer = self.kept().entry(conversation.clone()).or_default().writer.clone();
        Ok(Hold::new(writer.lock_owned().await))
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let kept = kept.entry(conversation.clone()).or_default();
        let length = kept.entries.len() as u64;
        let end = at.saturating_add(entries.len() as u64);
        if length != at {
            if kept.appends.contains(&(id, at, end)) {
                return Ok(end);
            }
            let conversation = conversation.clone();
            return Err(StoreError::Conflict { conversation, expected: at, actual: length });
        }
        if !entries.is_empty() {
            kept.entries.extend_from_slice(entries);
            kept.appends.push((id, at, end));
        }
        Ok(end)
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let kept = self.kept();
        let entries = kept.get(conversation).map_or(&[][..], |kept| &kept.entries);
        Ok(slice(entries, range).to_vec())
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let inbox = &mut kept.entry(conversation.clone()).or_default().inbox;
        let found = inbox.iter().position(|(known, _)| *known == id);
        let position = found.unwrap_or_else(|| {
            inbox.push((id, item));
            inbox.len() - 1
        });
        Ok(position as u64)
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let kept = self.kept();
        let inbox = kept.get(conversation).map_or(&[][..], |kept| &kept.inbox);
        Ok(slice(inbox, from..u64::MAX).iter().map(|(_, item)| item.clone()).collect())
    }
}

fn slice<T>(all: &[T], range: Range<u64>) -> &[T] {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
    let (start, end) = (clamp(range.start), clamp(range.end));
    all.get(start..end).unwrap_or_default()
}
