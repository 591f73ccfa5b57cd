//! The handle that users have: it asks the server and puts the answers into words.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::journal::entry::Entry;
use callsign_core::traits::catalogue::{Catalogue, ConversationPage, ConversationQuery};
use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};

use super::builder::PostgresStoreBuilder;
use super::catalogue::{self, Changed};
use super::hold::Holds;
use super::inbox;
use super::journal::{self, Appended};
use super::server::Server;
use crate::rows::{self, refused};

/// Keeps journals in a PostgreSQL database, in tables of its own whose names begin with
/// `callsign_`. Clones share the connections.
///
/// An append that was acknowledged is on the server's disk. Any number of processes may use the
/// same database.
///
/// Claims on conversations are advisory locks of one more connection. Where that breaks, all
/// claims that it had are lost at once, and another process may take them; whoever had them finds
/// out by a conflict, because each append compares the journal's length, so that nothing
/// interleaves. A pooler between this and the server must keep sessions together, as PgBouncer
/// does in session mode.
///
/// PostgreSQL keeps no NUL character: a conversation's name or a label with one in it is refused.
///
/// ```no_run
/// # async fn open() -> Result<(), callsign_core::traits::store::StoreError> {
/// use callsign_store::PostgresStore;
///
/// let store = PostgresStore::open("postgres://ada:secret@db.example/trips?sslmode=require").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(super) server: Arc<Server>,
    pub(super) holds: Arc<Holds>,
}

impl PostgresStore {
    /// Opens the database that this URL names, and makes the tables where there are none or older
    /// ones.
    ///
    /// The URL is as PostgreSQL's own programs take it. Where there is TLS, the server's
    /// certificate has to be one that the system trusts, or `sslrootcert` names the file of its
    /// authority; `sslmode` is `disable`, `prefer` (the default) or `require`, which is what
    /// `verify-ca` and `verify-full` say as well. Over a Unix socket there is none.
    /// Another schema than the user's own is chosen by `options=-csearch_path%3Dname`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where the server cannot be reached, refuses, or has tables that
    /// this version cannot read. No message has the password in it.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).open().await
    }

    /// Opens the database that this URL names with other settings.
    pub fn builder(url: &str) -> PostgresStoreBuilder {
        PostgresStoreBuilder::new(url)
    }
}

/// The name as PostgreSQL can keep it.
fn name(conversation: &ConversationId) -> Result<&str, StoreError> {
    let name = conversation.as_str();
    if name.contains('\0') {
        return Err(refused(
            "a conversation's name has a NUL character in it, which PostgreSQL cannot keep: \
             choose another name"
                .to_owned(),
        ));
    }
    Ok(name)
}

#[async_trait]
impl Store for PostgresStore {
    async fn hold(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        self.holds.claim(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let name = name(conversation)?;
        let rows = &rows::encode(conversation, entries)?;
        let appended = self.server.ask("append to", |connection| async move {
            journal::append(&connection, name, at, id, rows).await
        });
        match appended.await? {
            Appended::Length(length) => Ok(length),
            Appended::Conflict(actual) => {
                let conversation = conversation.clone();
                Err(StoreError::Conflict { conversation, expected: at, actual })
            }
        }
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let (name, range) = (name(conversation)?, &range);
        let loaded = self
            .server
            .ask("read", |connection| async move { journal::load(&connection, name, range).await });
        rows::decode(conversation, range.start, &loaded.await?)
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let name = name(conversation)?;
        let item = &rows::encode_item(conversation, &item)?;
        let delivered = self.server.ask("deliver to", |connection| async move {
            inbox::deliver(&connection, name, id, item).await
        });
        delivered.await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let name = name(conversation)?;
        let loaded = self
            .server
            .ask("read", |connection| async move { inbox::load(&connection, name, from).await });
        rows::decode_items(self.server.shown(), conversation, &loaded.await?)
    }

    fn identity(&self) -> String {
        self.holds.identity()
    }

    fn catalogue(&self) -> Option<&dyn Catalogue> {
        Some(self)
    }
}

#[async_trait]
impl Catalogue for PostgresStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let texts = query.labels.iter().chain([&query.prefix]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            // Nothing here has one.
            return Ok(ConversationPage::default());
        }
        let found = self
            .server
            .ask("read", |connection| async move { catalogue::list(&connection, query).await });
        Ok(query.page(found.await?))
    }

    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let name = name(conversation)?;
        if labels.iter().any(|label| label.contains('\0')) {
            return Err(refused(
                "a label has a NUL character in it, which PostgreSQL cannot keep".to_owned(),
            ));
        }
        let labelled = self.server.ask("write to", |connection| async move {
            catalogue::set_labels(&connection, name, labels).await
        });
        changed(labelled.await?, conversation, conversation)
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let (old, new) = (name(conversation)?, name(to)?);
        let renamed = self.server.ask_once("write to", |connection| async move {
            catalogue::rename(&connection, old, new).await
        });
        changed(renamed.await?, conversation, to)
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let name = name(conversation)?;
        let deleted = self.server.ask_once("delete from", |connection| async move {
            catalogue::delete(&connection, name).await
        });
        changed(deleted.await?, conversation, conversation)
    }
}

fn changed(
    outcome: Changed,
    conversation: &ConversationId,
    to: &ConversationId,
) -> Result<(), StoreError> {
    match outcome {
        Changed::Done => Ok(()),
        Changed::NotFound => Err(StoreError::NotFound(conversation.clone())),
        Changed::Exists => Err(StoreError::Exists(to.clone())),
    }
}
