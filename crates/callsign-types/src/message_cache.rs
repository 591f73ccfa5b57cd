//! Values that models cache at a message, to find them again with the next request.

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The values that models have cached at one message. They are not part of its content.
#[derive(Default)]
pub(crate) struct MessageCache(Mutex<CachedValues>);

type CachedValue = Box<dyn Any + Send>;

#[derive(Default)]
struct CachedValues {
    first: Option<CachedValue>,
    /// Few messages have more than one value, so that the common case allocates no list.
    #[expect(clippy::box_collection, reason = "few messages need space for a list")]
    others: Option<Box<Vec<CachedValue>>>,
}

impl MessageCache {
    /// Removes and returns a value of type `T` that matches `predicate`.
    pub(crate) fn take<T: Any>(&self, predicate: impl Fn(&T) -> bool) -> Option<Box<T>> {
        let mut values = self.lock();
        let matches = |value: &CachedValue| value.downcast_ref().is_some_and(&predicate);
        if values.first.as_ref().is_some_and(matches) {
            return values.first.take()?.downcast().ok();
        }
        let others = values.others.as_mut()?;
        let at = others.iter().position(matches)?;
        others.swap_remove(at).downcast().ok()
    }

    pub(crate) fn insert(&self, value: CachedValue) {
        let mut values = self.lock();
        match values.first {
            None => values.first = Some(value),
            Some(_) => values.others.get_or_insert_default().push(value),
        }
    }

    pub(crate) fn clear(&self) {
        *self.lock() = CachedValues::default();
    }

    fn lock(&self) -> MutexGuard<'_, CachedValues> {
        // Every step leaves the values consistent, so that a panic elsewhere does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MessageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.lock();
        let others = values.others.as_ref().map_or(0, |others| others.len());
        write!(f, "MessageCache({})", usize::from(values.first.is_some()) + others)
    }
}
