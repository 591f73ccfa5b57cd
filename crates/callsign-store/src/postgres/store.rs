//! The public handle of the store in PostgreSQL.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationPage, ConversationQuery,
};
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};

use super::builder::PostgresStoreBuilder;
use super::conversation_index;
use super::inbox;
use super::journal;
use super::lock::AdvisoryLocks;
use super::server::Server;
use crate::rows::{self, refused};

/// A store of journals in a PostgreSQL database. Clones share the connections.
///
/// Its tables have names that begin with `callsign_`. An acknowledged append is on the server's
/// disk. Any number of processes may use the same database.
///
/// Conversation locks are advisory locks on one additional connection. If that connection breaks,
/// all of its locks are lost at once, and another process may take them. The previous holder then
/// gets [`StoreError::Conflict`]: each append compares the length of the journal, so that entries
/// of two writers never interleave. A connection pooler in front of the server must keep sessions
/// together, as PgBouncer does in session mode.
///
/// PostgreSQL cannot store NUL characters. Conversation names and labels that contain one are
/// refused.
///
/// ```no_run
/// # async fn open() -> Result<(), callsign_types::traits::store::StoreError> {
/// use callsign_store::PostgresStore;
///
/// let store = PostgresStore::open("postgres://ada:secret@db.example/trips?sslmode=require").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(super) server: Arc<Server>,
    pub(super) locks: Arc<AdvisoryLocks>,
}

impl PostgresStore {
    /// Opens the database at `url`, and creates or upgrades the tables if needed.
    ///
    /// The URL has the syntax of PostgreSQL's own programs:
    ///
    /// - `sslmode` is `disable`, `prefer` (the default) or `require`. With TLS the server's
    ///   certificate is always verified, so that `verify-ca` and `verify-full` mean the same as
    ///   `require`. Connections over a Unix socket do not use TLS.
    /// - `sslrootcert` is a PEM file of CA certificates, which replace those of the system.
    /// - `options=-csearch_path%3Dname` selects a schema other than the user's own.
    ///
    /// # Errors
    /// Returns [`StoreError::Failed`] if the server cannot be reached or refuses the connection,
    /// or if this version cannot read the tables. No message contains the password.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).open().await
    }

    /// Returns a builder of a store in the database at `url`.
    pub fn builder(url: &str) -> PostgresStoreBuilder {
        PostgresStoreBuilder::new(url)
    }
}

/// Returns the name of the conversation if PostgreSQL can store it.
fn checked_name(conversation: &ConversationId) -> Result<&str, StoreError> {
    let name = conversation.as_str();
    if name.contains('\0') {
        return Err(refused(format!(
            "the conversation name {name:?} contains a NUL character, which PostgreSQL cannot \
             store; choose another name"
        )));
    }
    Ok(name)
}

#[async_trait]
impl Store for PostgresStore {
    async fn lock(&self, conversation: &ConversationId) -> Result<ConversationLock, StoreError> {
        self.locks.lock(conversation).await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let name = checked_name(conversation)?;
        let rows = &rows::encode(conversation, entries)?;
        let appended = self.server.run_idempotent("append to", |connection| async move {
            journal::append(&connection, name, at, id, rows).await
        });
        appended.await?.into_result(conversation, at)
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let (name, range) = (checked_name(conversation)?, &range);
        let loaded = self.server.run_idempotent("read", |connection| async move {
            journal::load(&connection, name, range).await
        });
        rows::decode(conversation, range.start, &loaded.await?)
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let name = checked_name(conversation)?;
        let item = &rows::encode_item(conversation, &item)?;
        let delivered = self.server.run_idempotent("deliver to", |connection| async move {
            inbox::deliver(&connection, name, id, item).await
        });
        delivered.await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let name = checked_name(conversation)?;
        let loaded = self.server.run_idempotent("read", |connection| async move {
            inbox::load(&connection, name, from).await
        });
        rows::decode_items(self.server.shown(), conversation, &loaded.await?)
    }

    fn identity(&self) -> String {
        self.locks.identity()
    }

    fn index(&self) -> Option<&dyn ConversationIndex> {
        Some(self)
    }
}

#[async_trait]
impl ConversationIndex for PostgresStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let texts = query.labels.iter().chain([&query.prefix]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            // No stored text contains a NUL character, so that nothing matches.
            return Ok(ConversationPage::default());
        }
        let found = self.server.run_idempotent("read", |connection| async move {
            conversation_index::list(&connection, query).await
        });
        Ok(query.page(found.await?))
    }

    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let name = checked_name(conversation)?;
        if let Some(label) = labels.iter().find(|label| label.contains('\0')) {
            return Err(refused(format!(
                "the label {label:?} contains a NUL character, which PostgreSQL cannot store; \
                 choose another label"
            )));
        }
        let labeled = self.server.run_idempotent("write to", |connection| async move {
            conversation_index::set_labels(&connection, name, labels).await
        });
        labeled.await?.into_result(conversation, conversation)
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let (old, new) = (checked_name(conversation)?, checked_name(to)?);
        // A second run would not find the old name, and report a rename that succeeded as failed.
        let renamed = self.server.run_once("write to", |connection| async move {
            conversation_index::rename(&connection, old, new).await
        });
        renamed.await?.into_result(conversation, to)
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let name = checked_name(conversation)?;
        // A second run would not find the conversation, and report a deletion that succeeded as
        // failed.
        let deleted = self.server.run_once("delete from", |connection| async move {
            conversation_index::delete(&connection, name).await
        });
        deleted.await?.into_result(conversation, conversation)
    }
}
