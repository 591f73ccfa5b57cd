//! What SQLite reports, in words that say what to do.

use std::path::Path;
use std::sync::Arc;

use callsign_core::traits::store::StoreError;
use rusqlite::ErrorCode;

use super::worker::Fault;
use crate::rows::{failed, refused};

/// A failure of SQLite. A group of commands shares it.
pub(super) type Cause = Arc<rusqlite::Error>;

/// Why a command was not carried out, such as `append to`.
pub(super) fn fault(path: &Path, doing: &str, fault: Fault) -> StoreError {
    let path = path.display();
    match fault {
        Fault::Sqlite(cause) => {
            let hint = hint(&cause);
            failed(format!("cannot {doing} `{path}`: {hint}"), cause)
        }
        Fault::Gone => refused(format!(
            "cannot {doing} `{path}`: the store's thread has ended; open the store again"
        )),
    }
}

/// What went wrong, and what to do about it.
pub(super) fn hint(cause: &rusqlite::Error) -> &'static str {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; make room and try again",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process has kept it locked; try again, or end that process"
        }
        Some(ErrorCode::ReadOnly) => "it is write-protected; see that this user may write it",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "see that this user may read and write it and its folder"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged; put a backup in its place"
        }
        Some(ErrorCode::SystemIoFailure) => "the disk failed; see the cause",
        Some(ErrorCode::TooBig) => "an entry is larger than SQLite can keep",
        _ => "SQLite failed; see the cause",
    }
}
