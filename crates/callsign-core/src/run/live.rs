//! The runs that are under way in this process, by their conversations.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::canceller::Canceller;
use crate::traits::store::Store;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::ConversationId;

/// What a run does where another run of its conversation is under way in this process.
///
/// It counts for all agents of the process, and for all handles of the same store, as the store
/// tells them by its [`identity`](Store::identity). Runs of other processes are not seen: there
/// the store's hold decides, and the run fails with
/// [`is_held`](crate::words::error::Error::is_held) whatever is said here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overlap {
    /// It waits for the other one to end.
    #[default]
    Queue,
    /// It cancels the other one, and goes on from what that had finished.
    Replace,
    /// It fails with [`is_held`](crate::words::error::Error::is_held).
    Reject,
}

/// A store's identity, and a conversation in it.
type Place = (String, ConversationId);

/// All runs that are under way. An agent has no part in it: two agents of one store have the same
/// conversations.
static LIVE: Mutex<BTreeMap<Place, Vec<Canceller>>> = Mutex::new(BTreeMap::new());

/// A run that is under way, until this is dropped.
#[derive(Debug)]
pub(super) struct Entered {
    place: Place,
    canceller: Canceller,
}

/// Takes note of a run, and has the others of its conversation make way where they should.
pub(super) fn enter(
    store: &dyn Store,
    conversation: &ConversationId,
    canceller: &Canceller,
    overlap: Overlap,
) -> Result<Entered, Error> {
    let place = (store.identity(), conversation.clone());
    let mut all = live();
    let others = all.get(&place).map_or(&[][..], Vec::as_slice);
    match overlap {
        Overlap::Reject if !others.is_empty() => {
            return Err(Error::new(
                ErrorKind::Held,
                format!("conversation `{conversation}` is being answered: wait for that"),
            ));
        }
        Overlap::Replace => others.iter().for_each(Canceller::cancel),
        _ => {}
    }
    all.entry(place.clone()).or_default().push(canceller.clone());
    Ok(Entered { place, canceller: canceller.clone() })
}

fn live() -> MutexGuard<'static, BTreeMap<Place, Vec<Canceller>>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut all = live();
        if let Some(runs) = all.get_mut(&self.place) {
            runs.retain(|run| !run.is_same(&self.canceller));
            if runs.is_empty() {
                all.remove(&self.place);
            }
        }
    }
}
