//! Claims on conversations: a turn within the process, then a file lock among processes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsign_core::traits::store::{Hold, StoreError};
use callsign_core::words::id::ConversationId;

use super::lock_file::LockFile;
use crate::rows::failed;
use crate::turns::{Taken, Turns, digest};

/// The claims on the conversations of one file.
#[derive(Debug)]
pub(super) struct Holds {
    folder: PathBuf,
    turns: Arc<Turns>,
}

/// Fields are dropped in this order: the file is free before the next in the process tries it.
struct Claim {
    _file: LockFile,
    _turn: Taken,
}

impl Holds {
    /// Those of the database at this path, which must be the same however it was opened.
    pub(super) fn of(database: &Path) -> Self {
        let mut name = database.file_name().map(OsString::from).unwrap_or_default();
        name.push("-holds");
        let folder = database.with_file_name(name);
        Self { folder, turns: Turns::of(database.as_os_str().to_owned()) }
    }

    pub(super) async fn claim(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        let digest = digest(conversation.as_str());
        let turn = self.turns.take(digest).await;
        let path = self.folder.join(format!("{digest:016x}.lock"));
        let shown = path.display().to_string();
        match LockFile::acquire(path) {
            Ok(Some(file)) => Ok(Hold::new(Claim { _file: file, _turn: turn })),
            Ok(None) => Err(StoreError::Held(conversation.clone())),
            Err(error) => Err(failed(
                format!("cannot lock `{shown}`: see that this user may write its folder"),
                error,
            )),
        }
    }
}
