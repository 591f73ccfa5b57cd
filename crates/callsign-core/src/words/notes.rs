//! What models leave at messages, to find it again when the next request comes.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What models have left at one message. It is no part of what the message says.
#[derive(Default)]
pub(super) struct Notes(Mutex<Left>);

type Note = Box<dyn Any + Send>;

#[derive(Default)]
struct Left {
    /// Hardly any message has more.
    one: Option<Note>,
    #[expect(clippy::box_collection, reason = "hardly any message needs room for it")]
    more: Option<Box<Vec<Note>>>,
}

impl Notes {
    /// Takes the note of this type that fits, if there is one.
    pub(super) fn take<T: Any>(&self, fits: impl Fn(&T) -> bool) -> Option<Box<T>> {
        let mut left = self.lock();
        let fits = |note: &Note| note.downcast_ref().is_some_and(&fits);
        if left.one.as_ref().is_some_and(fits) {
            return left.one.take()?.downcast().ok();
        }
        let more = left.more.as_mut()?;
        let at = more.iter().position(fits)?;
        more.swap_remove(at).downcast().ok()
    }

    pub(super) fn leave(&self, note: Note) {
        let mut left = self.lock();
        match left.one {
            None => left.one = Some(note),
            Some(_) => left.more.get_or_insert_default().push(note),
        }
    }

    pub(super) fn forget(&self) {
        *self.lock() = Left::default();
    }

    fn lock(&self) -> MutexGuard<'_, Left> {
        // Notes are whole between any two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.lock();
        let more = left.more.as_ref().map_or(0, |more| more.len());
        write!(f, "Notes({})", usize::from(left.one.is_some()) + more)
    }
}
