//! A store's catalogue: which conversations it keeps, and what is done to a whole one.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::store::StoreError;
use crate::words::id::ConversationId;

/// Lists conversations, and labels, renames and deletes them.
///
/// It is a trait beside [`Store`](super::store::Store), and not part of it, so that what only
/// keeps journals, as an engine that replays runs does, is a store all the same;
/// [`Store::catalogue`](super::store::Store::catalogue) leads here.
///
/// A conversation is in the catalogue from its first entry or inbox item on.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// The conversations that the query is about, one page of them.
    ///
    /// # Errors
    /// As the store fails.
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError>;

    /// Gives a conversation these labels, in place of those that it has. It needs no claim.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such conversation.
    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError>;

    /// Gives a conversation another name. Its journal, with its key, its inbox, its labels and its
    /// times stay as they are.
    ///
    /// Whoever renames holds both names first.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the new name is taken, also by the conversation itself, and
    /// [`StoreError::NotFound`] where there is no such conversation.
    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError>;

    /// Deletes a conversation: its journal, its inbox and its labels. One that is begun under the
    /// same name later has nothing of it.
    ///
    /// Whoever deletes holds the conversation first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such conversation.
    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError>;
}

/// Which conversations to list, in which order. Times are milliseconds since the Unix epoch, as
/// the store's clock has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationQuery {
    /// Only those whose names begin so; all where this is empty.
    pub prefix: String,
    /// Whether those are among them that agents have as tools of others, whose names begin with
    /// [`ConversationId::AGENTS`].
    pub agents: bool,
    /// Only those that have all of these labels.
    pub labels: BTreeSet<String>,
    /// Only those that were begun then or later.
    pub created_since: Option<u64>,
    /// Only those that were begun earlier.
    pub created_before: Option<u64>,
    /// Only those that grew then or later.
    pub changed_since: Option<u64>,
    /// Only those that have not grown since then.
    pub changed_before: Option<u64>,
    /// How they are ordered.
    pub order: ConversationOrder,
    /// How many are on a page: from 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub limit: usize,
    /// Only those behind the end of this page. Its order is the one that counts then.
    pub after: Option<Cursor>,
}

/// How conversations are listed. Those of one time are ordered by their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConversationOrder {
    /// By name, byte by byte.
    #[default]
    Name,
    /// By when they were begun, the newest first.
    Created,
    /// By when they grew last, the newest first. One that grows while the pages are read moves to
    /// the front, and is then on none of the pages that follow.
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
    /// How many conversations are on a page, unless it is said.
    pub const DEFAULT_LIMIT: usize = 100;
    /// How many conversations are on a page at most.
    pub const MAX_LIMIT: usize = 1000;

    /// All conversations, those among them that agents have as tools.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The order that counts: that of the page before, where there is one.
    #[must_use]
    pub fn effective_order(&self) -> ConversationOrder {
        self.after.as_ref().map_or(self.order, |cursor| cursor.order)
    }

    /// The limit, within its bounds.
    #[must_use]
    pub fn effective_limit(&self) -> usize {
        self.limit.clamp(1, Self::MAX_LIMIT)
    }

    /// Whether a conversation is one of those that the query is about, on whichever page.
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

    /// The page that begins with these, of which there is one more than the limit where another
    /// page follows.
    #[must_use]
    pub fn page(&self, mut conversations: Vec<ConversationInfo>) -> ConversationPage {
        let more = conversations.len() > self.effective_limit();
        conversations.truncate(self.effective_limit());
        let last = conversations.last().filter(|_| more);
        let next = last.map(|last| Cursor::at(last, self.effective_order()));
        ConversationPage { conversations, next }
    }
}

/// Some conversations of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationPage {
    /// The conversations, in the query's order.
    pub conversations: Vec<ConversationInfo>,
    /// Where the next page goes on; `None` on the last one.
    pub next: Option<Cursor>,
}

/// What a store's catalogue says of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationInfo {
    /// Its name.
    pub id: ConversationId,
    /// How many entries its journal has.
    pub entries: u64,
    /// Its labels.
    pub labels: BTreeSet<String>,
    created: u64,
    changed: u64,
}

impl ConversationInfo {
    /// A conversation with no entries and no labels, begun and changed at these times, in
    /// milliseconds since the Unix epoch.
    #[must_use]
    pub fn new(id: ConversationId, created: u64, changed: u64) -> Self {
        Self { id, entries: 0, labels: BTreeSet::new(), created, changed }
    }

    /// When its first entry or inbox item came, to the millisecond, by the store's clock.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created)
    }

    /// When its journal or its inbox grew last, to the millisecond, by the store's clock.
    #[must_use]
    pub fn changed(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.changed)
    }
}

/// A place in a list, behind one page of it.
///
/// It can be kept and sent as text, which is nobody's business but the store's: conversations
/// that come and go meanwhile, also the last one of that page, do not move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    order: ConversationOrder,
    time: u64,
    name: String,
}

impl Cursor {
    /// The place right behind this conversation.
    #[must_use]
    pub fn at(last: &ConversationInfo, order: ConversationOrder) -> Self {
        let time = match order {
            ConversationOrder::Name => 0,
            ConversationOrder::Created => last.created,
            ConversationOrder::Changed => last.changed,
        };
        Self { order, time, name: last.id.as_str().to_owned() }
    }

    /// The time of the last one before this place, in milliseconds since the Unix epoch; 0 in a
    /// list that is ordered by name.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The name of the last one before this place.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a conversation stands behind this place.
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

/// A text that is no [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no cursor of a list: give one as it stood in a page's `next`")
    }
}

impl StdError for InvalidCursor {}

/// What the clock says, in milliseconds since the Unix epoch; 0 where it is before that.
#[must_use]
pub fn unix_milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
