//! The active runs of this process, by conversation.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::ConversationId;
use callsign_types::traits::store::Store;

use super::cancel_handle::CancelHandle;

/// What a run does if another run of its conversation is active in this process.
///
/// The policy spans all agents of the process and all handles of the same store, as
/// [`Store::identity`] defines it. It does not see runs of other processes. There the store's lock
/// decides: the run fails with [`is_locked`](Error::is_locked) whatever the policy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConcurrencyPolicy {
    /// Wait until the other run ends.
    #[default]
    Queue,
    /// Cancel the other run, and continue from what it has finished.
    CancelPrevious,
    /// Fail with [`is_locked`](Error::is_locked).
    Reject,
}

/// The identity of a store, and a conversation in it.
type ConversationKey = (String, ConversationId);

/// All active runs. The agent is not part of the key: two agents that share a store share its
/// conversations.
static ACTIVE: Mutex<BTreeMap<ConversationKey, Vec<CancelHandle>>> = Mutex::new(BTreeMap::new());

/// Registers an active run until it is dropped.
#[derive(Debug)]
pub(super) struct ActiveRun {
    key: ConversationKey,
    cancel: CancelHandle,
}

/// Registers a run, and applies its policy to the other runs of the conversation.
pub(super) fn enter(
    store: &dyn Store,
    conversation: &ConversationId,
    cancel: &CancelHandle,
    policy: ConcurrencyPolicy,
) -> Result<ActiveRun, Error> {
    let key = (store.identity(), conversation.clone());
    let mut active = active();
    let others = active.get(&key).map_or(&[][..], Vec::as_slice);
    match policy {
        ConcurrencyPolicy::Reject if !others.is_empty() => {
            return Err(Error::new(
                ErrorKind::Locked,
                format!(
                    "conversation `{conversation}` has an active run: wait until it ends, or \
                     cancel it"
                ),
            ));
        }
        ConcurrencyPolicy::CancelPrevious => others.iter().for_each(CancelHandle::cancel),
        _ => {}
    }
    active.entry(key.clone()).or_default().push(cancel.clone());
    Ok(ActiveRun { key, cancel: cancel.clone() })
}

fn active() -> MutexGuard<'static, BTreeMap<ConversationKey, Vec<CancelHandle>>> {
    ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for ActiveRun {
    fn drop(&mut self) {
        let mut active = active();
        if let Some(runs) = active.get_mut(&self.key) {
            runs.retain(|run| !run.is_same(&self.cancel));
            if runs.is_empty() {
                active.remove(&self.key);
            }
        }
    }
}
