//! What is not shown in a `Debug` text.

use std::fmt;

/// Stands in a `Debug` text for a part that only the caller gets: such texts end up in logs.
pub(crate) struct Hidden;

impl Hidden {
    /// In place of this, if it is there.
    pub(crate) fn of<T>(private: Option<&T>) -> Option<Self> {
        private.map(|_| Self)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
