//! The index of a store's conversations.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::store::StoreError;
use crate::id::ConversationId;

/// Lists, labels, renames and deletes the conversations of a store.
///
/// It is separate from [`Store`](super::store::Store), so that a store can consist of journals
/// alone, such as that of a workflow engine. [`Store::index`](super::store::Store::index) returns
/// the index of a store.
///
/// The index contains a conversation as soon as it has an entry or an inbox item.
#[async_trait]
pub trait ConversationIndex: Send + Sync {
    /// Returns one page of the conversations that match `query`.
    ///
    /// # Errors
    /// Returns the store's error.
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError>;

    /// Replaces the labels of a conversation. This requires no lock.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the conversation does not exist.
    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError>;

    /// Changes the id of a conversation. Its journal, journal key, inbox, labels and times stay as
    /// they are. The caller locks both ids first.
    ///
    /// # Errors
    /// Returns [`StoreError::AlreadyExists`] if the new id is in use, including by the same
    /// conversation. Returns [`StoreError::NotFound`] if the conversation does not exist.
    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError>;

    /// Deletes a conversation: its journal, its inbox and its labels. A new conversation with the
    /// same id shares nothing with it. The caller locks the conversation first.
    ///
    /// # Errors
    /// Returns [`StoreError::NotFound`] if the conversation does not exist.
    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError>;
}

/// A query for conversations. Times are milliseconds since the Unix epoch, by the store's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationQuery {
    /// The prefix of the ids; empty for all.
    pub prefix: String,
    /// Whether to include the conversations of sub-agents, whose ids begin with
    /// [`ConversationId::AGENTS`].
    pub agents: bool,
    /// The labels that a conversation must have, all of them.
    pub labels: BTreeSet<String>,
    /// The earliest creation time, inclusive.
    pub created_since: Option<u64>,
    /// The latest creation time, exclusive.
    pub created_before: Option<u64>,
    /// The earliest time of the last change, inclusive.
    pub changed_since: Option<u64>,
    /// The latest time of the last change, exclusive.
    pub changed_before: Option<u64>,
    /// The order of the conversations.
    pub order: ConversationOrder,
    /// The page size: from 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub limit: usize,
    /// The cursor of the previous page, for the next one. Its order replaces `order`.
    pub after: Option<Cursor>,
}

/// The order of conversations. Conversations with the same time are in the order of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConversationOrder {
    /// By id, byte by byte.
    #[default]
    Name,
    /// By creation time, newest first.
    Created,
    /// By the time of the last change, newest first. A conversation that changes between two pages
    /// moves to the front and is not on any later page.
    Changed,
}

impl Default for ConversationQuery {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            agents: true,
            labels: BTreeSet::new(),
            created_since: None,
            created_before: None,
            changed_since: None,
            changed_before: None,
            order: ConversationOrder::Name,
            limit: Self::DEFAULT_LIMIT,
            after: None,
        }
    }
}

impl ConversationQuery {
    /// The default page size.
    pub const DEFAULT_LIMIT: usize = 100;
    /// The maximum page size.
    pub const MAX_LIMIT: usize = 1000;

    /// Creates a query for all conversations, including those of sub-agents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the order that applies: that of the cursor, if there is one.
    #[must_use]
    pub fn effective_order(&self) -> ConversationOrder {
        self.after.as_ref().map_or(self.order, |cursor| cursor.order)
    }

    /// Returns the page size, clamped to its bounds.
    #[must_use]
    pub fn effective_limit(&self) -> usize {
        self.limit.clamp(1, Self::MAX_LIMIT)
    }

    /// Returns whether a conversation matches the query, on any page.
    #[must_use]
    pub fn matches(&self, found: &ConversationInfo) -> bool {
        let within = |time: u64, since: Option<u64>, before: Option<u64>| {
            since.is_none_or(|since| time >= since) && before.is_none_or(|before| time < before)
        };
        found.id.as_str().starts_with(&self.prefix)
            && (self.agents || !found.id.is_agents())
            && self.labels.is_subset(&found.labels)
            && within(found.created, self.created_since, self.created_before)
            && within(found.changed, self.changed_since, self.changed_before)
    }

    /// Creates a page from its conversations. Pass one more than
    /// [`effective_limit`](Self::effective_limit) if a next page exists.
    #[must_use]
    pub fn page(&self, mut conversations: Vec<ConversationInfo>) -> ConversationPage {
        let has_next = conversations.len() > self.effective_limit();
        conversations.truncate(self.effective_limit());
        let last = conversations.last().filter(|_| has_next);
        let next = last.map(|last| Cursor::at(last, self.effective_order()));
        ConversationPage { conversations, next }
    }
}

/// One page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationPage {
    /// The conversations, in the query's order.
    pub conversations: Vec<ConversationInfo>,
    /// The cursor for the next page; `None` on the last one.
    pub next: Option<Cursor>,
}

/// The index entry of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationInfo {
    /// The conversation's id.
    pub id: ConversationId,
    /// The number of entries in its journal.
    pub entries: u64,
    /// The conversation's labels.
    pub labels: BTreeSet<String>,
    created: u64,
    changed: u64,
}

impl ConversationInfo {
    /// Creates an index entry without labels and with no journal entries. The times are
    /// milliseconds since the Unix epoch.
    #[must_use]
    pub fn new(id: ConversationId, created: u64, changed: u64) -> Self {
        Self { id, entries: 0, labels: BTreeSet::new(), created, changed }
    }

    /// Returns the time of the first entry or inbox item, in milliseconds by the store's clock.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created)
    }

    /// Returns the time of the last entry or inbox item, in milliseconds by the store's clock.
    #[must_use]
    pub fn changed(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.changed)
    }
}

/// A position in a list, after one page.
///
/// It can be stored and sent as text, whose format belongs to the store. Conversations that are
/// added or deleted do not move it, including the last one of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    order: ConversationOrder,
    time: u64,
    name: String,
}

impl Cursor {
    /// Creates the position after a conversation.
    #[must_use]
    pub fn at(last: &ConversationInfo, order: ConversationOrder) -> Self {
        let time = match order {
            ConversationOrder::Name => 0,
            ConversationOrder::Created => last.created,
            ConversationOrder::Changed => last.changed,
        };
        Self { order, time, name: last.id.as_str().to_owned() }
    }

    /// Returns the time of the conversation before this position, in milliseconds since the Unix
    /// epoch; 0 if the list is ordered by id.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Returns the id of the conversation before this position.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether a conversation comes after this position.
    #[must_use]
    pub fn is_before(&self, found: &ConversationInfo) -> bool {
        let found = Self::at(found, self.order);
        found.time < self.time || found.time == self.time && found.name > self.name
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            ConversationOrder::Name => "name",
            ConversationOrder::Created => "created",
            ConversationOrder::Changed => "changed",
        };
        write!(f, "{order}.{}.{}", self.time, self.name)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, '.');
        let order = match parts.next() {
            Some("name") => ConversationOrder::Name,
            Some("created") => ConversationOrder::Created,
            Some("changed") => ConversationOrder::Changed,
            _ => return Err(InvalidCursor),
        };
        let time = parts.next().and_then(|time| time.parse().ok()).ok_or(InvalidCursor)?;
        let name = parts.next().ok_or(InvalidCursor)?.to_owned();
        Ok(Self { order, time, name })
    }
}

/// The error of text that is not a [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid cursor: pass `next` from a previous page")
    }
}

impl StdError for InvalidCursor {}

/// Returns a time in milliseconds since the Unix epoch; 0 if it is before that.
#[must_use]
pub fn unix_milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
