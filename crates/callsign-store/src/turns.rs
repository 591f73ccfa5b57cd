//! Turns within this process: those who claim the same conversation wait for each other here.
//!
//! What keeps other processes out, a file lock or a lock of the server's, does not queue, and
//! would tell a second handle of this process that another process has the conversation.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// The stores that are open in this process, so that all handles of one share its turns.
static OPEN: Mutex<BTreeMap<OsString, Weak<Turns>>> = Mutex::new(BTreeMap::new());

/// The turns at the conversations of one store.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Keyed by a digest of the name: two conversations of the same digest, if there ever are,
    /// take turns instead of failing.
    turns: Mutex<HashMap<u64, Weak<Turn>>>,
}

type Turn = tokio::sync::Mutex<()>;

/// Whose turn it is. Dropping it lets the next one have its turn.
#[derive(Debug)]
pub(crate) struct Taken {
    _turn: OwnedMutexGuard<()>,
    /// As long as anybody has a turn, those who open the store anew wait for it.
    _turns: Arc<Turns>,
}

impl Turns {
    /// Those of the store that is known as this, which must be the same however it was opened.
    pub(crate) fn of(store: OsString) -> Arc<Self> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, turns| turns.strong_count() > 0);
        if let Some(turns) = open.get(&store).and_then(Weak::upgrade) {
            return turns;
        }
        let turns = Arc::new(Self::default());
        open.insert(store, Arc::downgrade(&turns));
        turns
    }

    /// Waits for the turn at the conversation of this digest.
    pub(crate) async fn take(self: &Arc<Self>, digest: u64) -> Taken {
        let turn = self.turn(digest).lock_owned().await;
        Taken { _turn: turn, _turns: self.clone() }
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
/// different builds must agree on what stands for a conversation.
pub(crate) fn digest(name: &str) -> u64 {
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
