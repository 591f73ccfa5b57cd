//! Claims on conversations: a turn within the process, then a file lock among processes.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use callsign_core::traits::store::{Hold, StoreError};
use callsign_core::words::id::ConversationId;
use tokio::sync::OwnedMutexGuard;

use super::error::failed;
use super::lock_file::LockFile;

/// The files that are open in this process, so that all handles of one file share its turns.
///
/// A file lock alone would not do: it does not queue, and it would tell a second handle of this
/// process that another process has the conversation.
static OPEN: Mutex<BTreeMap<PathBuf, Weak<Holds>>> = Mutex::new(BTreeMap::new());

/// The claims on the conversations of one file.
#[derive(Debug)]
pub(super) struct Holds {
    folder: PathBuf,
    /// Keyed by the digest that names the lock file: two conversations of the same digest, if
    /// there ever are, take turns instead of failing.
    turns: Mutex<HashMap<u64, Weak<Turn>>>,
}

type Turn = tokio::sync::Mutex<()>;

/// Fields are dropped in this order: the file is free before the next in the process tries it.
struct Claim {
    _file: LockFile,
    _turn: OwnedMutexGuard<()>,
    _holds: Arc<Holds>,
}

impl Holds {
    /// Those of the database at this path, which must be the same however it was opened.
    pub(super) fn of(database: &Path) -> Arc<Self> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, holds| holds.strong_count() > 0);
        if let Some(holds) = open.get(database).and_then(Weak::upgrade) {
            return holds;
        }
        let mut name = database.file_name().map(OsString::from).unwrap_or_default();
        name.push("-holds");
        let folder = database.with_file_name(name);
        let holds = Arc::new(Self { folder, turns: Mutex::default() });
        open.insert(database.to_owned(), Arc::downgrade(&holds));
        holds
    }

    pub(super) async fn claim(
        self: &Arc<Self>,
        conversation: &ConversationId,
    ) -> Result<Hold, StoreError> {
        let digest = digest(conversation.as_str());
        let turn = self.turn(digest).lock_owned().await;
        let path = self.folder.join(format!("{digest:016x}.lock"));
        let shown = path.display().to_string();
        match LockFile::acquire(path) {
            Ok(Some(file)) => {
                Ok(Hold::new(Claim { _file: file, _turn: turn, _holds: self.clone() }))
            }
            Ok(None) => Err(StoreError::Held(conversation.clone())),
            Err(error) => Err(failed(
                format!("cannot lock `{shown}`: see that this user may write its folder"),
                error,
            )),
        }
    }

    fn turn(&self, digest: u64) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&digest).and_then(Weak::upgrade) {
            return turn;
        }
        // Those that nobody has are cleared away when the map would grow, which is seldom.
        if turns.len() == turns.capacity() {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::default());
        turns.insert(digest, Arc::downgrade(&turn));
        turn
    }
}

/// FNV-1a in 64 bits: the same in every version and on every machine, because processes of
/// different builds must agree on the name of a lock file.
fn digest(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_digest_never_changes() {
        assert_eq!(super::digest(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(super::digest("foobar"), 0x8594_4171_f739_67e8);
    }
}
