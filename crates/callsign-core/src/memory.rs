//! The store in memory: conversations last as long as the process.

mod packed;
mod texts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use async_trait::async_trait;

use self::packed::{PackedJournal, make_room};
use crate::journal::entry::Entry;
use crate::traits::catalogue::{
    Catalogue, ConversationInfo, ConversationOrder, ConversationPage, ConversationQuery, Cursor,
    unix_milliseconds,
};
use crate::traits::store::{Hold, InboxItem, Store, StoreError};
use crate::words::id::{AppendId, ConversationId};

/// Keeps journals in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    /// Boxed, because the tree sets aside room for more than there are.
    conversations: BTreeMap<ConversationId, Box<Kept>>,
    /// Those who write to a conversation or wait for it, whether or not it exists.
    writers: HashMap<ConversationId, Weak<Turn>>,
}

type Turn = tokio::sync::Mutex<()>;

#[derive(Debug)]
struct Kept {
    /// In milliseconds since the Unix epoch, as the next one.
    created: u64,
    changed: u64,
    labels: BTreeSet<String>,
    entries: PackedJournal,
    /// The id and the end of each append, by which a repeated one is known. It begins where the
    /// one before it ends.
    appends: Vec<(AppendId, u64)>,
    inbox: Vec<(AppendId, InboxItem)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing panics while the lock is held, and a journal is whole between any two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn turn(&mut self, conversation: &ConversationId) -> Arc<Turn> {
        if let Some(turn) = self.writers.get(conversation).and_then(Weak::upgrade) {
            return turn;
        }
        // Those that nobody has are cleared away when the map would grow, which is seldom.
        if self.writers.len() == self.writers.capacity() {
            self.writers.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::default());
        self.writers.insert(conversation.clone(), Arc::downgrade(&turn));
        turn
    }

    /// A conversation, which begins at this time where there is none.
    fn begun(&mut self, conversation: &ConversationId, now: u64) -> &mut Kept {
        let begin = || Box::new(Kept::new(now));
        self.conversations.entry(conversation.clone()).or_insert_with(begin)
    }
}

impl Kept {
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

    /// Whether this very append was made before.
    fn has(&self, id: AppendId, at: u64, end: u64) -> bool {
        let found = self.appends.iter().position(|append| *append == (id, end));
        let begins = |found: usize| found.checked_sub(1).map_or(0, |before| self.appends[before].1);
        found.is_some_and(|found| begins(found) == at)
    }

    fn append(&mut self, id: AppendId, entries: &[Entry]) {
        self.entries.extend(entries);
        make_room(&mut self.appends, 1);
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
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        let turn = self.shelf().turn(conversation);
        Ok(Hold::new(turn.lock_owned().await))
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let mut shelf = self.shelf();
        let shelf = &mut *shelf;
        let end = at.saturating_add(entries.len() as u64);
        let (kept, length) = match shelf.conversations.get_mut(conversation) {
            Some(kept) => {
                let length = kept.entries.len();
                (Some(kept), length)
            }
            None => (None, 0),
        };
        if length != at {
            if kept.is_some_and(|kept| kept.has(id, at, end)) {
                return Ok(end);
            }
            let conversation = conversation.clone();
            return Err(StoreError::Conflict { conversation, expected: at, actual: length });
        }
        if !entries.is_empty() {
            let now = unix_milliseconds(SystemTime::now());
            let kept = match kept {
                Some(kept) => kept,
                None => shelf.begun(conversation, now),
            };
            kept.append(id, entries);
            kept.changed = now;
        }
        Ok(end)
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let shelf = self.shelf();
        let kept = shelf.conversations.get(conversation);
        Ok(kept.map_or_else(Vec::new, |kept| kept.entries.get(range)))
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let mut shelf = self.shelf();
        let inbox = shelf.conversations.get(conversation).map_or(&[][..], |kept| &kept.inbox);
        let found = inbox.iter().position(|(known, _)| *known == id);
        let position = found.unwrap_or_else(|| {
            let now = unix_milliseconds(SystemTime::now());
            let kept = shelf.begun(conversation, now);
            kept.changed = now;
            kept.inbox.push((id, item));
            kept.inbox.len() - 1
        });
        Ok(position as u64)
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let shelf = self.shelf();
        let inbox = shelf.conversations.get(conversation).map_or(&[][..], |kept| &kept.inbox);
        Ok(slice(inbox, from..u64::MAX).iter().map(|(_, item)| item.clone()).collect())
    }

    fn appends_at_once(&self) -> bool {
        true
    }

    fn identity(&self) -> String {
        format!("memory {:p}", Arc::as_ptr(&self.0))
    }

    fn catalogue(&self) -> Option<&dyn Catalogue> {
        Some(self)
    }
}

#[async_trait]
impl Catalogue for MemoryStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let order = query.effective_order();
        let shelf = self.shelf();
        let behind = |found: &ConversationInfo| {
            query.after.as_ref().is_none_or(|cursor| cursor.is_before(found))
        };
        let mut found: Vec<ConversationInfo> = shelf
            .conversations
            .range(ConversationId::from(&query.prefix)..)
            .take_while(|(id, _)| id.as_str().starts_with(&query.prefix))
            .map(|(id, kept)| kept.info(id))
            .filter(|found| query.matches(found) && behind(found))
            .collect();
        // They are ordered by name as they are, and stay so where their times are the same.
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
        let mut shelf = self.shelf();
        let kept = shelf.conversations.get_mut(conversation);
        let kept = kept.ok_or_else(|| StoreError::NotFound(conversation.clone()))?;
        kept.labels.clone_from(labels);
        Ok(())
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let conversations = &mut self.shelf().conversations;
        if conversations.contains_key(to) {
            return Err(StoreError::Exists(to.clone()));
        }
        let kept = conversations.remove(conversation);
        let kept = kept.ok_or_else(|| StoreError::NotFound(conversation.clone()))?;
        conversations.insert(to.clone(), kept);
        Ok(())
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let deleted = self.shelf().conversations.remove(conversation);
        deleted.map(drop).ok_or_else(|| StoreError::NotFound(conversation.clone()))
    }
}

fn slice<T>(all: &[T], range: Range<u64>) -> &[T] {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
    let (start, end) = (clamp(range.start), clamp(range.end));
    all.get(start..end).unwrap_or_default()
}
