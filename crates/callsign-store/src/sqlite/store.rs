//! The public handle of the store in a SQLite file.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::{
    ConversationIndex, ConversationPage, ConversationQuery,
};
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};

use super::conversation_index;
use super::error::command_error;
use super::inbox;
use super::journal;
use super::lock::FileLocks;
use super::open;
use super::worker::{CommandError, Worker};
use crate::rows;

/// A store of journals in a SQLite file. Clones share the connection to the file.
///
/// An acknowledged append survives the end of the process and of the operating system. It also
/// survives a power loss if the disk completes the writes that it acknowledged.
///
/// Several processes may open the same file. The file must be on a local disk, because the locks
/// of SQLite do not work over a network. Conversation locks are lock files in the directory
/// `<file name>-holds` next to it.
///
/// ```no_run
/// # async fn open() -> Result<(), callsign_types::traits::store::StoreError> {
/// use callsign_store::SqliteStore;
///
/// let store = SqliteStore::open("trips.db").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    path: Arc<Path>,
    pub(super) worker: Worker,
    locks: Arc<FileLocks>,
}

impl SqliteStore {
    /// Opens the file at `path`, and creates it if it does not exist.
    ///
    /// # Errors
    /// Returns [`StoreError::Failed`] if `path` is not a writable file, or if the file is not a
    /// store that this version can read. The file is then unchanged.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let (worker, path) = Worker::start(move || open::open(&path)).await?;
        let locks = Arc::new(FileLocks::new(&path));
        Ok(Self { path: path.into(), worker, locks })
    }

    /// Returns the canonical path of the file: absolute, and with symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the conversion to the store's error. `action` is a phrase such as `append to`.
    fn store_error(&self, action: &str) -> impl FnOnce(CommandError) -> StoreError {
        move |error| command_error(&self.path, action, error)
    }
}

#[async_trait]
impl Store for SqliteStore {
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
        // Serialized here rather than on the worker thread, which all conversations share.
        let rows = rows::encode(conversation, entries)?;
        let name = conversation.clone();
        let command = self
            .worker
            .write(move |connection| journal::append(connection, name.as_str(), at, id, &rows));
        command.await.map_err(self.store_error("append to"))?.into_result(conversation, at)
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let (name, start) = (conversation.clone(), range.start);
        let command =
            self.worker.read(move |connection| journal::load(connection, name.as_str(), range));
        let rows = command.await.map_err(self.store_error("read"))?;
        rows::decode(conversation, start, &rows)
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let item = rows::encode_item(conversation, &item)?;
        let name = conversation.clone();
        let command = self
            .worker
            .write(move |connection| inbox::deliver(connection, name.as_str(), id, &item));
        command.await.map_err(self.store_error("deliver to"))
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let name = conversation.clone();
        let command =
            self.worker.read(move |connection| inbox::load(connection, name.as_str(), from));
        let rows = command.await.map_err(self.store_error("read"))?;
        rows::decode_items(&self.path.display().to_string(), conversation, &rows)
    }

    fn identity(&self) -> String {
        format!("sqlite {:?}", self.path)
    }

    fn index(&self) -> Option<&dyn ConversationIndex> {
        Some(self)
    }
}

#[async_trait]
impl ConversationIndex for SqliteStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let sent = query.clone();
        let command =
            self.worker.read(move |connection| conversation_index::list(connection, &sent));
        Ok(query.page(command.await.map_err(self.store_error("read"))?))
    }

    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let (name, labels) = (conversation.clone(), labels.clone());
        let command = self.worker.write(move |connection| {
            conversation_index::set_labels(connection, name.as_str(), &labels)
        });
        let outcome = command.await.map_err(self.store_error("write to"))?;
        outcome.into_result(conversation, conversation)
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let (name, new) = (conversation.clone(), to.clone());
        let command = self.worker.write(move |connection| {
            conversation_index::rename(connection, name.as_str(), new.as_str())
        });
        command.await.map_err(self.store_error("write to"))?.into_result(conversation, to)
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let name = conversation.clone();
        let command = self
            .worker
            .write(move |connection| conversation_index::delete(connection, name.as_str()));
        let outcome = command.await.map_err(self.store_error("delete from"))?;
        outcome.into_result(conversation, conversation)
    }
}
