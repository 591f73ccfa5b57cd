//! A placeholder for values that `Debug` output omits.

use std::fmt;

/// Replaces a value that only the caller may see in `Debug` output, which ends up in logs.
#[doc(hidden)]
pub struct Redacted;

impl Redacted {
    /// Returns a placeholder if there is a value.
    #[doc(hidden)]
    pub fn of<T>(value: Option<&T>) -> Option<Self> {
        value.map(|_| Self)
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
