//! Errors of SQLite, with hints what to do about them.

use std::path::Path;
use std::sync::Arc;

use callsign_types::traits::store::StoreError;
use rusqlite::ErrorCode;

use super::worker::CommandError;
use crate::rows::{failed, refused};

/// An error of SQLite, shared by the commands of one transaction.
pub(super) type SharedError = Arc<rusqlite::Error>;

/// Returns the store's error for a failed command. `action` is a phrase such as `append to`.
pub(super) fn command_error(path: &Path, action: &str, error: CommandError) -> StoreError {
    let path = path.display();
    match error {
        CommandError::Sqlite(error) => {
            let hint = hint(&error);
            failed(format!("cannot {action} `{path}`: {hint}"), error)
        }
        CommandError::WorkerEnded => refused(format!(
            "cannot {action} `{path}`: the store's thread has ended; open the store again"
        )),
    }
}

/// Returns what went wrong, and what to do about it.
pub(super) fn hint(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; free some space and try again",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process has kept it locked; try again, or end that process"
        }
        Some(ErrorCode::ReadOnly) => "it is read-only; give this user write permission",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "give this user read and write permission for it and its directory"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged; restore a backup"
        }
        Some(ErrorCode::SystemIoFailure) => "the disk failed; see the cause",
        Some(ErrorCode::TooBig) => "an entry exceeds the size limit of SQLite",
        _ => "SQLite reported an error; see the cause",
    }
}
