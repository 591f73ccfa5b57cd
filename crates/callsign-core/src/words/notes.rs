//! What models leave at messages, to find it again when the next request comes.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What models have left at one message. It is no part of what the message says.
#[derive(Default)]
pub(super) struct Notes(Mutex<Vec<Box<dyn Any + Send>>>);

impl Notes {
    /// Takes the note of this type that fits, if there is one.
    pub(super) fn take<T: Any>(&self, fits: impl Fn(&T) -> bool) -> Option<Box<T>> {
        let mut notes = self.lock();
        let fits = |note: &Box<dyn Any + Send>| note.downcast_ref().is_some_and(&fits);
        let at = notes.iter().position(fits)?;
        notes.swap_remove(at).downcast().ok()
    }

    pub(super) fn leave(&self, note: impl Any + Send) {
        self.lock().push(Box::new(note));
    }

    pub(super) fn forget(&self) {
        *self.lock() = Vec::new();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<dyn Any + Send>>> {
        // Notes are whole between any two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notes({})", self.lock().len())
    }
}
