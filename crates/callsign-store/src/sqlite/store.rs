//! The handle that users have: it sends commands and puts their answers into words.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use callsign_core::journal::entry::Entry;
use callsign_core::traits::catalogue::{Catalogue, ConversationPage, ConversationQuery};
use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
use callsign_core::words::id::{AppendId, ConversationId};

use super::catalogue::{self, Changed};
use super::error::fault;
use super::hold::Holds;
use super::inbox;
use super::journal::{self, Appended};
use super::open;
use super::worker::{Fault, Worker};
use crate::rows;

/// Keeps journals in a SQLite file. Clones share the file's connection.
///
/// An append that was acknowledged survives the end of the process and of the operating system,
/// and a loss of power where the disk does what it says. Several processes may open the same
/// file; it must lie on a disk of this machine, because SQLite's locks do not work over a
/// network. Claims on conversations are lock files in a folder beside it, `<file name>-holds`.
///
/// ```no_run
/// # async fn open() -> Result<(), callsign_core::traits::store::StoreError> {
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
    holds: Arc<Holds>,
}

impl SqliteStore {
    /// Opens the file, and makes it where there is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where the path is not that of a file which may be written, or the
    /// file is not a store that this version can read. Such a file is left as it was.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let (worker, path) = Worker::start(move || open::open(&path)).await?;
        let holds = Arc::new(Holds::of(&path));
        Ok(Self { path: path.into(), worker, holds })
    }

    /// Where the file is, with links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a command's failure into words.
    fn said(&self, doing: &str) -> impl FnOnce(Fault) -> StoreError {
        move |error| fault(&self.path, doing, error)
    }
}

#[async_trait]
impl Store for SqliteStore {
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
        // Encoded here, so that the thread that all conversations share has less to do.
        let rows = rows::encode(conversation, entries)?;
        let name = conversation.clone();
        let command = self
            .worker
            .write(move |connection| journal::append(connection, name.as_str(), at, id, &rows));
        match command.await.map_err(self.said("append to"))? {
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
        let (name, start) = (conversation.clone(), range.start);
        let command =
            self.worker.read(move |connection| journal::load(connection, name.as_str(), range));
        let rows = command.await.map_err(self.said("read"))?;
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
        command.await.map_err(self.said("deliver to"))
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let name = conversation.clone();
        let command =
            self.worker.read(move |connection| inbox::load(connection, name.as_str(), from));
        let rows = command.await.map_err(self.said("read"))?;
        rows::decode_items(&self.path.display().to_string(), conversation, &rows)
    }

    fn identity(&self) -> String {
        format!("sqlite {:?}", self.path)
    }

    fn catalogue(&self) -> Option<&dyn Catalogue> {
        Some(self)
    }
}

#[async_trait]
impl Catalogue for SqliteStore {
    async fn list(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        let asked = query.clone();
        let command = self.worker.read(move |connection| catalogue::list(connection, &asked));
        Ok(query.page(command.await.map_err(self.said("read"))?))
    }

    async fn set_labels(
        &self,
        conversation: &ConversationId,
        labels: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let (name, labels) = (conversation.clone(), labels.clone());
        let command = self
            .worker
            .write(move |connection| catalogue::set_labels(connection, name.as_str(), &labels));
        changed(command.await.map_err(self.said("write to"))?, conversation, conversation)
    }

    async fn rename(
        &self,
        conversation: &ConversationId,
        to: &ConversationId,
    ) -> Result<(), StoreError> {
        let (name, new) = (conversation.clone(), to.clone());
        let command = self
            .worker
            .write(move |connection| catalogue::rename(connection, name.as_str(), new.as_str()));
        changed(command.await.map_err(self.said("write to"))?, conversation, to)
    }

    async fn delete(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let name = conversation.clone();
        let command =
            self.worker.write(move |connection| catalogue::delete(connection, name.as_str()));
        changed(command.await.map_err(self.said("delete from"))?, conversation, conversation)
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
