//! Conversation locks: an in-process lock, and a file lock among processes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsign_types::id::ConversationId;
use callsign_types::traits::store::{ConversationLock, StoreError};

use super::lock_file::LockFile;
use crate::in_process_locks::{InProcessGuard, InProcessLocks, digest};
use crate::rows::failed;

/// The locks on the conversations in one database file.
#[derive(Debug)]
pub(super) struct FileLocks {
    directory: PathBuf,
    in_process: Arc<InProcessLocks>,
}

/// A held lock. Fields drop in this order: the file is unlocked before the next waiter of this
/// process tries to lock it.
struct FileLock {
    _file: LockFile,
    _guard: InProcessGuard,
}

impl FileLocks {
    /// Returns the locks of the database at this canonical path. The lock files are in the
    /// directory `<file name>-holds` next to it.
    pub(super) fn new(database: &Path) -> Self {
        let mut name = database.file_name().map(OsString::from).unwrap_or_default();
        // All processes must agree on this name, those of older versions as well.
        name.push("-holds");
        let directory = database.with_file_name(name);
        let in_process = InProcessLocks::for_store(database.as_os_str().to_owned());
        Self { directory, in_process }
    }

    pub(super) async fn lock(
        &self,
        conversation: &ConversationId,
    ) -> Result<ConversationLock, StoreError> {
        let digest = digest(conversation.as_str());
        let guard = self.in_process.lock(digest).await;
        let path = self.directory.join(format!("{digest:016x}.lock"));
        let shown = path.display().to_string();
        match LockFile::acquire(path) {
            Ok(Some(file)) => Ok(ConversationLock::new(FileLock { _file: file, _guard: guard })),
            Ok(None) => Err(StoreError::Locked(conversation.clone())),
            Err(error) => Err(failed(
                format!("cannot lock `{shown}`: give this user write permission for its directory"),
                error,
            )),
        }
    }
}
