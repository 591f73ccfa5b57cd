//! The conversations of an agent's store: listing them, and what is done to a whole one.

use std::collections::BTreeSet;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use super::agent::Agent;
use super::conversation::Conversation;
use crate::journal::entry::Entry;
use crate::traits::catalogue::{
    Catalogue, ConversationOrder, ConversationPage, ConversationQuery, Cursor, unix_milliseconds,
};
use crate::traits::store::{Store, StoreError};
use crate::words::error::Error;
use crate::words::id::ConversationId;

/// How many labels a conversation has at most.
const MAX_LABELS: usize = 64;

/// How many bytes a label has at most.
const MAX_LABEL: usize = 200;

impl Agent {
    /// The conversations of the agent's store. Await it for one page of them:
    ///
    /// ```
    /// # async fn list(agent: callsign_core::agent::agent::Agent)
    /// #     -> Result<(), callsign_core::words::error::Error> {
    /// let mut page = agent.conversations().prefix("ada/").newest_first().limit(50).await?;
    /// while let Some(next) = page.next {
    ///     page = agent.conversations().prefix("ada/").limit(50).after(next).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn conversations(&self) -> Conversations {
        let query = ConversationQuery { agents: false, ..ConversationQuery::new() };
        Conversations { store: self.inner.store.clone(), query }
    }
}

/// A question for conversations: all of them but those of agents that are tools, ordered by name,
/// unless it is said otherwise. Awaiting it answers one page.
///
/// # Errors
/// As the store fails, and where it keeps no list.
#[derive(Clone, Debug)]
#[must_use = "a list does nothing unless it is awaited"]
pub struct Conversations {
    store: Arc<dyn Store>,
    query: ConversationQuery,
}

impl Conversations {
    /// Only those whose names begin so, byte by byte.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query.prefix = prefix.into();
        self
    }

    /// Also those that agents have as tools of others, one for each call. Their names begin with
    /// [`ConversationId::AGENTS`].
    pub fn with_agents(mut self) -> Self {
        self.query.agents = true;
        self
    }

    /// Only those that have this label, and the others that are asked for.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.query.labels.insert(label.into());
        self
    }

    /// Only those that were begun at this time or later, by the store's clock.
    pub fn created_since(mut self, time: SystemTime) -> Self {
        self.query.created_since = Some(unix_milliseconds(time));
        self
    }

    /// Only those that were begun before this time.
    pub fn created_before(mut self, time: SystemTime) -> Self {
        self.query.created_before = Some(unix_milliseconds(time));
        self
    }

    /// Only those that something was added to at this time or later, by the store's clock.
    pub fn changed_since(mut self, time: SystemTime) -> Self {
        self.query.changed_since = Some(unix_milliseconds(time));
        self
    }

    /// Only those that nothing was added to since this time.
    pub fn changed_before(mut self, time: SystemTime) -> Self {
        self.query.changed_before = Some(unix_milliseconds(time));
        self
    }

    /// The one that changed last comes first.
    pub fn newest_first(self) -> Self {
        self.order(ConversationOrder::Changed)
    }

    /// How they are ordered; by name, unless it is set.
    pub fn order(mut self, order: ConversationOrder) -> Self {
        self.query.order = order;
        self
    }

    /// How many are on a page: 100 unless it is set, 1,000 at most, 1 at least.
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = limit;
        self
    }

    /// Only those behind a page, in that page's order: give its `next`. What else is asked for has
    /// to be the same as it was there.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.query.after = Some(cursor);
        self
    }
}

impl IntoFuture for Conversations {
    type Output = Result<ConversationPage, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(catalogue(&*self.store)?.list(&self.query).await?) })
    }
}

/// The whole of it.
impl Conversation {
    /// Gives the conversation these labels, in place of those that it has: up to 64 texts of up
    /// to 200 bytes, such as `tenant=acme`, by which it is listed.
    ///
    /// # Errors
    /// With [`is_not_found`](Error::is_not_found) where nothing was said in the conversation yet,
    /// where a label is empty or too long or there are too many, and as the store fails.
    pub async fn set_labels<L: Into<String>>(
        &self,
        labels: impl IntoIterator<Item = L> + Send,
    ) -> Result<(), Error> {
        let labels: BTreeSet<String> = labels.into_iter().map(Into::into).collect();
        check(&labels)?;
        Ok(catalogue(&*self.parts.store)?.set_labels(&self.id, &labels).await?)
    }

    /// Gives the conversation another name, and answers its handle. Everything else of it stays:
    /// its journal, what is in its inbox, its labels, and the idempotency keys of its calls. What
    /// a function returns that has outlived its call does not follow it: it is lost, and the log
    /// says so.
    ///
    /// Runs of both names in this process are waited for, so that a tool cannot rename the
    /// conversation that it is called in. Handles of the old name are those of a new, empty
    /// conversation afterwards.
    ///
    /// # Errors
    /// With [`is_not_found`](Error::is_not_found) where nothing was said in the conversation yet,
    /// [`already_exists`](Error::already_exists) where the new name is taken,
    /// [`is_held`](Error::is_held) where another process has one of the two, and as the store
    /// fails.
    pub async fn rename(&self, to: impl Into<ConversationId> + Send) -> Result<Self, Error> {
        let to = to.into();
        let (store, from) = (&self.parts.store, &self.id);
        let catalogue = catalogue(&**store)?;
        if to.as_str().is_empty() {
            return Err(Error::configuration("a conversation needs a name that is not empty"));
        }
        if to == *from {
            return Err(StoreError::Exists(to).into());
        }
        // Always in the same order, so that two who rename never wait for each other.
        let (first, second) = if *from < to { (from, &to) } else { (&to, from) };
        let _first = store.hold(first).await?;
        let _second = store.hold(second).await?;
        catalogue.rename(from, &to).await?;
        Ok(Self::new(self.parts.clone(), to))
    }

    /// Deletes the conversation: its journal, what is in its inbox, and its labels; and with it
    /// the conversations that its calls have with agents that are tools, and those under them.
    /// What is said under its name later begins a new one, whose calls have idempotency keys of
    /// their own. What a function returns that has outlived its call is lost, and the log says so.
    ///
    /// Runs of it in this process are waited for, so that a tool cannot delete the conversation
    /// that it is called in.
    ///
    /// # Errors
    /// With [`is_not_found`](Error::is_not_found) where nothing was said in the conversation,
    /// [`is_held`](Error::is_held) where another process has it, and as the store fails.
    pub async fn delete(&self) -> Result<(), Error> {
        let store = &*self.parts.store;
        let catalogue = catalogue(store)?;
        let _hold = store.hold(&self.id).await?;
        // What is under it goes first, the lowest before the others: where this is interrupted,
        // all that is left can still be found from the top.
        for id in under(store, catalogue, &self.id).await?.iter().rev() {
            let _hold = store.hold(id).await?;
            match catalogue.delete(id).await {
                Ok(()) | Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(catalogue.delete(&self.id).await?)
    }
}

/// The conversations that calls of this one have with agents that are tools, and those under
/// them: each behind the one that it is under.
async fn under(
    store: &dyn Store,
    catalogue: &dyn Catalogue,
    id: &ConversationId,
) -> Result<Vec<ConversationId>, StoreError> {
    let mut found = Vec::new();
    let mut next = Some(id.clone());
    let mut seen = 0;
    while let Some(id) = next {
        if let Some(Entry::Created { key, .. }) = store.load(&id, 0..1).await?.first() {
            let mut query = ConversationQuery::new();
            query.prefix = ConversationId::prefix_of_calls(key);
            query.limit = ConversationQuery::MAX_LIMIT;
            loop {
                let page = catalogue.list(&query).await?;
                found.extend(page.conversations.into_iter().map(|found| found.id));
                if page.next.is_none() {
                    break;
                }
                query.after = page.next;
            }
        }
        next = found.get(seen).cloned();
        seen += 1;
    }
    Ok(found)
}

fn catalogue(store: &dyn Store) -> Result<&dyn Catalogue, Error> {
    store.catalogue().ok_or_else(|| {
        Error::configuration(
            "this store keeps no list of its conversations: use one whose `Store::catalogue` \
             answers, as `SqliteStore`'s does",
        )
    })
}

fn check(labels: &BTreeSet<String>) -> Result<(), Error> {
    if labels.len() > MAX_LABELS {
        let count = labels.len();
        let message = format!("{count} labels are too many: give {MAX_LABELS} at most");
        return Err(Error::configuration(message));
    }
    if labels.iter().any(String::is_empty) {
        return Err(Error::configuration("a label is empty: leave it out"));
    }
    match labels.iter().find(|label| label.len() > MAX_LABEL) {
        Some(long) => Err(Error::configuration(format!(
            "a label of {} bytes is too long: give {MAX_LABEL} bytes at most",
            long.len()
        ))),
        None => Ok(()),
    }
}
