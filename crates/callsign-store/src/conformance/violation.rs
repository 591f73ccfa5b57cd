//! A promise that was broken.

use std::error::Error;
use std::fmt;

use callsign_core::traits::store::StoreError;
use callsign_core::words::error::BoxError;

/// A promise of [`Store`](callsign_core::traits::store::Store) that a store broke.
pub struct Violation {
    message: String,
    source: Option<BoxError>,
}

impl Violation {
    /// This is not so.
    pub(super) fn of(promise: &str) -> Self {
        Self { message: promise.to_owned(), source: None }
    }

    /// Something that should come soon did not come.
    pub(super) fn late(promise: &str) -> Self {
        Self { message: format!("{promise}: it did not, for a long time"), source: None }
    }
}

/// Demands that something is so.
pub(super) fn ensure(so: bool, promise: &str) -> Result<(), Violation> {
    if so { Ok(()) } else { Err(Violation { message: promise.to_owned(), source: None }) }
}

/// Demands that something is what was promised.
pub(super) fn ensure_eq<T: PartialEq + fmt::Debug>(
    found: T,
    promised: T,
    promise: &str,
) -> Result<(), Violation> {
    if found == promised {
        return Ok(());
    }
    let message = format!("{promise}: found {found:?} instead of {promised:?}");
    Err(Violation { message, source: None })
}

/// Demands that an append was refused because the journal has another length.
pub(super) fn ensure_conflict(
    outcome: Result<u64, StoreError>,
    promised: (u64, u64),
    promise: &str,
) -> Result<(), Violation> {
    match outcome {
        Err(StoreError::Conflict { expected, actual, .. }) if (expected, actual) == promised => {
            Ok(())
        }
        other => {
            let message = format!("{promise}: a conflict should name {promised:?}, not {other:?}");
            Err(Violation { message, source: None })
        }
    }
}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        let message = "something failed that should succeed".to_owned();
        Self { message, source: Some(error.into()) }
    }
}

/// A check that ran beside others ended early.
impl From<tokio::task::JoinError> for Violation {
    fn from(error: tokio::task::JoinError) -> Self {
        let message = "the store panicked, or the runtime ended".to_owned();
        Self { message, source: Some(error.into()) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        // A test that unwraps shows this, and only this.
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source} ({source:?})"))
    }
}

impl Error for Violation {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
