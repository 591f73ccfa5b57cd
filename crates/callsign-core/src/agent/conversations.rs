//! Lists of conversations, and operations on whole conversations.

use std::collections::BTreeSet;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use callsign_types::approval::ApprovalRequest;
use callsign_types::error::Error;
use callsign_types::id::ConversationId;
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationOrder, ConversationPage, ConversationQuery, Cursor,
    unix_milliseconds,
};
use callsign_types::traits::store::{Store, StoreError};

use super::agent::Agent;
use super::approvals::Approvals;
use super::conversation::Conversation;
use crate::run::prepare::check_name;

/// The maximum number of labels of a conversation.
const MAX_LABELS: usize = 64;

/// The maximum length of a label, in bytes.
const MAX_LABEL_BYTES: usize = 200;

impl Agent {
    /// Returns a query for the conversations of the agent's store. Await it for one page:
    ///
    /// ```
    /// # async fn list(agent: callsign_core::agent::agent::Agent)
    /// #     -> Result<(), callsign_types::error::Error> {
    /// let mut page = agent.conversations().prefix("ada/").newest_first().limit(50).await?;
    /// while let Some(next) = page.next {
    ///     page = agent.conversations().prefix("ada/").limit(50).after(next).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn conversations(&self) -> Conversations {
        let mut query = ConversationQuery::new();
        query.agents = false;
        Conversations { store: self.config.store.clone(), query }
    }
}

/// A query for conversations. Awaiting it returns one page.
///
/// By default it returns all conversations except those of sub-agents, in the order of their ids.
/// Filters are combined: a conversation must match all of them.
///
/// # Errors
/// Returns a configuration error if the store has no index, or the store's error.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing unless it is awaited"]
pub struct Conversations {
    store: Arc<dyn Store>,
    query: ConversationQuery,
}

/// The approval requests of one page of conversations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApprovalPage {
    /// The requests, in the order of the page. `via` of a sub-agent's request begins with the
    /// conversation of the page; otherwise `conversation` is that conversation.
    pub requests: Vec<ApprovalRequest>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Cursor>,
}

impl Conversations {
    /// Returns a query for the conversations of a store, without an agent.
    pub fn of(store: impl Store) -> Self {
        let mut query = ConversationQuery::new();
        query.agents = false;
        Self { store: Arc::new(store), query }
    }

    /// Returns the approval requests of one page of conversations that are not decided yet.
    ///
    /// It reads the whole page, so that it takes longer for long conversations. Filter by prefix,
    /// label or time if there are many.
    ///
    /// # Errors
    /// Returns a configuration error if the store has no index, or the store's error.
    pub async fn approvals(self) -> Result<ApprovalPage, Error> {
        let store = self.store.clone();
        let page = self.await?;
        let mut requests = Vec::new();
        for conversation in page.conversations {
            requests.extend(Approvals::of(store.clone(), conversation.id).pending().await?);
        }
        Ok(ApprovalPage { requests, next: page.next })
    }

    /// Returns only conversations whose ids begin with `prefix`, byte by byte.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query.prefix = prefix.into();
        self
    }

    /// Includes the conversations of sub-agents, one for each call. Their ids begin with
    /// [`ConversationId::AGENTS`].
    pub fn with_sub_agents(mut self) -> Self {
        self.query.agents = true;
        self
    }

    /// Returns only conversations that have this label. Several labels must all be present.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.query.labels.insert(label.into());
        self
    }

    /// Returns only conversations that were created at `time` or later, by the store's clock.
    pub fn created_since(mut self, time: SystemTime) -> Self {
        self.query.created_since = Some(unix_milliseconds(time));
        self
    }

    /// Returns only conversations that were created before `time`.
    pub fn created_before(mut self, time: SystemTime) -> Self {
        self.query.created_before = Some(unix_milliseconds(time));
        self
    }

    /// Returns only conversations that changed last at `time` or later, by the store's clock.
    pub fn changed_since(mut self, time: SystemTime) -> Self {
        self.query.changed_since = Some(unix_milliseconds(time));
        self
    }

    /// Returns only conversations that changed last before `time`.
    pub fn changed_before(mut self, time: SystemTime) -> Self {
        self.query.changed_before = Some(unix_milliseconds(time));
        self
    }

    /// Orders the conversations by the time of the last change, newest first.
    pub fn newest_first(self) -> Self {
        self.order(ConversationOrder::Changed)
    }

    /// Sets the order. Default: by id.
    pub fn order(mut self, order: ConversationOrder) -> Self {
        self.query.order = order;
        self
    }

    /// Sets the page size, from 1 to 1,000. Default 100.
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = limit;
        self
    }

    /// Continues after a page: pass its `next`. The order of that page applies. All other settings
    /// must be the same as for that page.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.query.after = Some(cursor);
        self
    }
}

impl IntoFuture for Conversations {
    type Output = Result<ConversationPage, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(index(&*self.store)?.list(&self.query).await?) })
    }
}

/// Operations on the whole conversation.
impl Conversation {
    /// Replaces the labels of the conversation. A conversation has at most 64 labels of at most 200
    /// bytes each, such as `tenant=acme`. [`Conversations::label`] filters by them.
    ///
    /// # Errors
    /// Returns an error with [`is_not_found`](Error::is_not_found) if the conversation does not
    /// exist. Returns a configuration error if a label is empty or too long, or if there are too
    /// many. Returns the store's error.
    pub async fn set_labels<L: Into<String>>(
        &self,
        labels: impl IntoIterator<Item = L> + Send,
    ) -> Result<(), Error> {
        let labels: BTreeSet<String> = labels.into_iter().map(Into::into).collect();
        check_labels(&labels)?;
        Ok(index(&*self.config.store)?.set_labels(&self.id, &labels).await?)
    }

    /// Changes the id of the conversation, and returns the handle of the new id.
    ///
    /// The journal, the inbox, the labels and the idempotency keys of the calls stay the same. The
    /// result of a blocking function that has outlived its call is lost, and the log says so.
    /// Handles of the old id then refer to a new, empty conversation.
    ///
    /// It waits for the runs of both ids in this process. A tool therefore cannot rename the
    /// conversation that it is called from.
    ///
    /// # Errors
    /// Returns an error with [`is_not_found`](Error::is_not_found) if the conversation does not
    /// exist, [`already_exists`](Error::already_exists) if the new id is in use, and
    /// [`is_locked`](Error::is_locked) if another process has locked one of the two. Returns a
    /// configuration error if `to` is empty or reserved. Returns the store's error.
    pub async fn rename(&self, to: impl Into<ConversationId> + Send) -> Result<Self, Error> {
        let to = to.into();
        let (store, from) = (&self.config.store, &self.id);
        let index = index(&**store)?;
        check_name(&to)?;
        if to == *from {
            return Err(StoreError::AlreadyExists(to).into());
        }
        // The same order for every caller, so that two renames cannot deadlock.
        let (first, second) = if *from < to { (from, &to) } else { (&to, from) };
        let _first = store.lock(first).await?;
        let _second = store.lock(second).await?;
        index.rename(from, &to).await?;
        Ok(Self::new(self.config.clone(), to))
    }

    /// Deletes the conversation: its journal, its inbox and its labels. The conversations of its
    /// sub-agents are deleted too, at any depth.
    ///
    /// A message to the same id creates a new conversation, whose calls have other idempotency
    /// keys. The result of a blocking function that has outlived its call is lost, and the log says
    /// so.
    ///
    /// It waits for the runs of the conversation in this process. A tool therefore cannot delete
    /// the conversation that it is called from.
    ///
    /// # Errors
    /// Returns an error with [`is_not_found`](Error::is_not_found) if the conversation does not
    /// exist, and [`is_locked`](Error::is_locked) if another process has locked it. Returns the
    /// store's error.
    pub async fn delete(&self) -> Result<(), Error> {
        let store = &*self.config.store;
        let index = index(store)?;
        let _lock = store.lock(&self.id).await?;
        // The deepest ones first: if this is interrupted, those that remain can still be found from
        // this conversation.
        for id in descendants(store, index, &self.id).await?.iter().rev() {
            let _lock = store.lock(id).await?;
            match index.delete(id).await {
                Ok(()) | Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(index.delete(&self.id).await?)
    }
}

/// Returns the conversations of the sub-agents of a conversation, at any depth. Each one follows
/// its parent.
async fn descendants(
    store: &dyn Store,
    index: &dyn ConversationIndex,
    id: &ConversationId,
) -> Result<Vec<ConversationId>, StoreError> {
    let mut found = Vec::new();
    let mut parent = Some(id.clone());
    let mut visited = 0;
    while let Some(id) = parent {
        if let Some(Entry::Created { key, .. }) = store.load(&id, 0..1).await?.first() {
            let mut query = ConversationQuery::new();
            query.prefix = ConversationId::prefix_for_calls(key);
            query.limit = ConversationQuery::MAX_LIMIT;
            loop {
                let page = index.list(&query).await?;
                found.extend(page.conversations.into_iter().map(|child| child.id));
                if page.next.is_none() {
                    break;
                }
                query.after = page.next;
            }
        }
        parent = found.get(visited).cloned();
        visited += 1;
    }
    Ok(found)
}

fn index(store: &dyn Store) -> Result<&dyn ConversationIndex, Error> {
    store.index().ok_or_else(|| {
        Error::configuration(
            "the store has no conversation index: use a store whose `Store::index` returns one, \
             such as `SqliteStore`",
        )
    })
}

fn check_labels(labels: &BTreeSet<String>) -> Result<(), Error> {
    if labels.len() > MAX_LABELS {
        let count = labels.len();
        let message = format!("{count} labels are too many: set at most {MAX_LABELS}");
        return Err(Error::configuration(message));
    }
    if labels.iter().any(String::is_empty) {
        return Err(Error::configuration("a label is empty: remove it"));
    }
    match labels.iter().find(|label| label.len() > MAX_LABEL_BYTES) {
        Some(long) => Err(Error::configuration(format!(
            "a label of {} bytes is too long: the maximum is {MAX_LABEL_BYTES} bytes",
            long.len()
        ))),
        None => Ok(()),
    }
}
