//! The in-memory store. Conversations last as long as the process.

mod packed;
mod text_arena;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use async_trait::async_trait;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationInfo, ConversationOrder, ConversationPage, ConversationQuery,
    Cursor, unix_milliseconds,
};
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};

use self::packed::{PackedJournal, reserve};

/// A [`Store`] that keeps journals in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<ConversationMap>>);

#[derive(Debug, Default)]
struct ConversationMap {
    /// Boxed, because a tree node reserves space for eleven values.
    by_id: BTreeMap<ConversationId, Box<StoredConversation>>,
    /// The locks that are held or waited for, also of conversations that do not exist.
    locks: HashMap<ConversationId, Weak<WriterLock>>,
}

type WriterLock = tokio::sync::Mutex<()>;

#[derive(Debug)]
struct StoredConversation {
    /// Milliseconds since the Unix epoch.
    created: u64,
    /// Milliseconds since the Unix epoch.
    changed: u64,
    labels: BTreeSet<String>,
    entries: PackedJournal,
    /// The id and end position of each append, to recognize a repeated one. Each begins at the end
    /// of the one before.
    appends: Vec<(AppendId, u64)>,
    inbox: Vec<(AppendId, InboxItem)>,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn conversations(&self) -> MutexGuard<'_, ConversationMap> {
        // Poisoning can be ignored: nothing panics while the mutex is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConversationMap {
    fn writer_lock(&mut self, conversation: &ConversationId) -> Arc<WriterLock> {
        if let Some(lock) = self.locks.get(conversation).and_then(Weak::upgrade) {
            return lock;
        }
        // Unused locks are removed only when the map would grow, so that the cost is amortized.
        if self.locks.len() == self.locks.capacity() {
            self.locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(WriterLock::default());
        self.locks.insert(conversation.clone(), Arc::downgrade(&lock));
        lock
    }

    /// Returns the conversation, and creates it at the time `now` if there is none.
    fn get_or_create(
        &mut self,
        conversation: &ConversationId,
        now: u64,
    ) -> &mut StoredConversation {
        let create = || Box::new(StoredConversation::new(now));
        self.by_id.entry(conversation.clone()).or_insert_with(create)
    }
}

impl StoredConversation {
    fn new(now: u64) -> Self {
        Self {
            created: now,
            changed: now,
            labels: BTreeSet::new(),
            entries: PackedJournal::default(),
            appends: Vec::new(),
            inbox: Vec::new(),
        }
    }

    /// Returns whether this append has already been made.
    fn has_append(&self, id: AppendId, at: u64, end: u64) -> bool {
        let found = self.appends.iter().position(|append| *append == (id, end));
        let start = |found: usize| found.checked_sub(1).map_or(0, |before| self.appends[before].1);
        found.is_some_and(|found| start(found) == at)
    }

    fn append(&mut self, id: AppendId, entries: &[Entry]) {
        self.entries.extend(entries);
        reserve(&mut self.appends, 1);
        self.appends.push((id, self.entries.len()));
    }

    fn info(&self, id: &ConversationId) -> ConversationInfo {
        let mut info = ConversationInfo::new(id.clone(), self.created, self.changed);
        info.entries = self.entries.len();
        info.labels.clone_from(&self.labels);
        info
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn lock(&self, conversation: &ConversationId) -> Result<ConversationLock, StoreError> {
        let lock = self.conversations().writer_lock(conversation);
        Ok(ConversationLock::new(lock.lock_owned().await))
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let mut conversations = self.conversations();
        let conversations = &mut *conversations;
        let end = at.saturating_add(entries.len() as u64);
        let (stored, length) = match conversations.by_id.get_mut(conversation) {
            Some(stored) => {
                let length = stored.entries.len();
                (Some(stored), length)
            }
            None => (None, 0),
        };
        if length != at {
            if stored.is_some_and(|stored| stored.has_append(id, at, end)) {
                return Ok(end);
            }
            let conversation = conversation.clone();
            return Err(StoreError::Conflict { conversation, expected: at, actual: length });
        }
        if !entries.is_empty() {
            let now = unix_milliseconds(SystemTime::now());
            let stored = match stored {
                Some(stored) => stored,
                None => conversations.get_or_create(conversation, now),
            };
            stored.append(id, entries);
            stored.changed = now;
        }
        Ok(end)
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let conversations = self.conversations();
        let stored = conversations.by_id.get(conversation);
        Ok(stored.map_or_else(Vec::new, |stored| stored.entries.get(range)))
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let mut conversations = self.conversations();
        let inbox = conversations.by_id.get(conversation).map_or(&[][..], |stored| &stored.inbox);
        let found = inbox.iter().position(|(known, _)| *known == id);
        let position = found.unwrap_or_else(|| {
            let now = unix_milliseconds(SystemTime::now());
            let stored = conversations.get_or_create(conversation, now);
            stored.changed = now;
            stored.inbox.push((id, item));
            stored.inbox.len() - 1
        });
        Ok(position as u64)
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let conversations = self.conversations();
        let inbox = conversations.by_id.get(conversation).map_or(&[][..], |stored| &stored.inbox);
        Ok(slice(inbox, from..u64::MAX).iter().map(|(_, item)| item.clone()).collect())
    }

    fn appends_immediately(&self) -> bool {
        true
    }

    fn identity(&self) -> String {
        format!("memory {:p}", Arc::as_ptr(&self.0))
    }

    fn index(&self) -> Option<&dyn ConversationIndex> {
        Some(self)
    }
}

#[async_trait]
impl ConversationIndex for MemoryStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let order = query.effective_order();
        let conversations = self.conversations();
        let is_after_cursor = |found: &ConversationInfo| {
            query.after.as_ref().is_none_or(|cursor| cursor.is_before(found))
        };
        let mut found: Vec<ConversationInfo> = conversations
            .by_id
            .range(ConversationId::from(&query.prefix)..)
            .take_while(|(id, _)| id.as_str().starts_with(&query.prefix))
            .map(|(id, stored)| stored.info(id))
            .filter(|found| query.matches(found) && is_after_cursor(found))
            .collect();
        // The map is ordered by name, and the sort is stable: equal times stay ordered by name.
        if order != ConversationOrder::Name {
            found.sort_by_key(|found| std::cmp::Reverse(Cursor::at(found, order).time()));
        }
        found.truncate(query.effective_limit() + 1);
        Ok(query.page(found))
    }

    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let mut conversations = self.conversations();
        let stored = conversations.by_id.get_mut(conversation);
        let stored = stored.ok_or_else(|| StoreError::NotFound(conversation.clone()))?;
        stored.labels.clone_from(labels);
        Ok(())
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let conversations = &mut self.conversations().by_id;
        if conversations.contains_key(to) {
            return Err(StoreError::AlreadyExists(to.clone()));
        }
        let stored = conversations.remove(conversation);
        let stored = stored.ok_or_else(|| StoreError::NotFound(conversation.clone()))?;
        conversations.insert(to.clone(), stored);
        Ok(())
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let deleted = self.conversations().by_id.remove(conversation);
        deleted.map(drop).ok_or_else(|| StoreError::NotFound(conversation.clone()))
    }
}

fn slice<T>(all: &[T], range: Range<u64>) -> &[T] {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
    let (start, end) = (clamp(range.start), clamp(range.end));
    all.get(start..end).unwrap_or_default()
}
