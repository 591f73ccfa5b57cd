//! Conversation locks among the handles of one process.
//!
//! File locks and advisory locks keep other processes out, but they have no queue. Without the
//! locks in this module, a second handle in the same process would fail with
//! [`Locked`](callsign_types::traits::store::StoreError::Locked) instead of waiting.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// The stores that are open in this process. All handles of one store share its locks.
static OPEN_STORES: Mutex<BTreeMap<OsString, Weak<InProcessLocks>>> = Mutex::new(BTreeMap::new());

/// The locks on the conversations of one store.
#[derive(Debug, Default)]
pub(crate) struct InProcessLocks {
    /// Keyed by the digest of the conversation's name. Two conversations with the same digest
    /// would wait for each other, which is slow but correct.
    locks: Mutex<HashMap<u64, Weak<WriterLock>>>,
}

type WriterLock = tokio::sync::Mutex<()>;

/// A held lock. Dropping it wakes the next waiter.
#[derive(Debug)]
pub(crate) struct InProcessGuard {
    _guard: OwnedMutexGuard<()>,
    /// Keeps the entry in `OPEN_STORES` alive, so that a handle that is opened anew waits for
    /// this lock even if the handle that took it was dropped.
    _locks: Arc<InProcessLocks>,
}

impl InProcessLocks {
    /// Returns the locks of the store with this key. All handles of the store must pass the same
    /// key, however they were opened.
    pub(crate) fn for_store(key: OsString) -> Arc<Self> {
        let mut open = OPEN_STORES.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, locks| locks.strong_count() > 0);
        if let Some(locks) = open.get(&key).and_then(Weak::upgrade) {
            return locks;
        }
        let locks = Arc::new(Self::default());
        open.insert(key, Arc::downgrade(&locks));
        locks
    }

    /// Waits for the lock on the conversation with this digest.
    pub(crate) async fn lock(self: &Arc<Self>, digest: u64) -> InProcessGuard {
        let guard = self.writer_lock(digest).lock_owned().await;
        InProcessGuard { _guard: guard, _locks: self.clone() }
    }

    fn writer_lock(&self, digest: u64) -> Arc<WriterLock> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&digest).and_then(Weak::upgrade) {
            return lock;
        }
        // Unused locks are removed only when the map would grow, so that most calls are cheap.
        if locks.len() == locks.capacity() {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(WriterLock::default());
        locks.insert(digest, Arc::downgrade(&lock));
        lock
    }
}

/// Returns the 64-bit FNV-1a hash of `name`.
///
/// The hash must not change between versions or machines: processes of different builds lock a
/// conversation by it.
pub(crate) fn digest(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn digest_is_stable() {
        assert_eq!(super::digest(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(super::digest("foobar"), 0x8594_4171_f739_67e8);
    }
}
