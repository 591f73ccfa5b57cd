//! The error of a failed check.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use callsign_types::error::BoxError;
use callsign_types::traits::store::StoreError;

/// A requirement of [`Store`](callsign_types::traits::store::Store) that an implementation
/// violates.
pub struct Violation {
    message: String,
    source: Option<BoxError>,
}

impl Violation {
    pub(super) fn new(requirement: &str) -> Self {
        Self { message: requirement.to_owned(), source: None }
    }

    pub(super) fn timed_out(requirement: &str, limit: Duration) -> Self {
        Self { message: format!("{requirement}: timed out after {limit:?}"), source: None }
    }
}

/// Returns a violation of `requirement` unless `condition` is true.
pub(super) fn ensure(condition: bool, requirement: &str) -> Result<(), Violation> {
    if condition { Ok(()) } else { Err(Violation::new(requirement)) }
}

/// Returns a violation of `requirement` unless both values are equal.
pub(super) fn ensure_eq<T: PartialEq + fmt::Debug>(
    found: T,
    expected: T,
    requirement: &str,
) -> Result<(), Violation> {
    if found == expected {
        return Ok(());
    }
    let message = format!("{requirement}: found {found:?} instead of {expected:?}");
    Err(Violation { message, source: None })
}

/// Returns a violation of `requirement` unless an append failed with a conflict of these lengths,
/// as `(expected, actual)`.
pub(super) fn ensure_conflict(
    outcome: Result<u64, StoreError>,
    lengths: (u64, u64),
    requirement: &str,
) -> Result<(), Violation> {
    match outcome {
        Err(StoreError::Conflict { expected, actual, .. }) if (expected, actual) == lengths => {
            Ok(())
        }
        other => {
            let message =
                format!("{requirement}: found {other:?} instead of a conflict of {lengths:?}");
            Err(Violation { message, source: None })
        }
    }
}

/// An operation that must succeed failed.
impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        let message = "an operation failed that must succeed".to_owned();
        Self { message, source: Some(error.into()) }
    }
}

/// The second process could not be started or reached.
impl From<io::Error> for Violation {
    fn from(error: io::Error) -> Self {
        let message = "the second process cannot be started or reached".to_owned();
        Self { message, source: Some(error.into()) }
    }
}

/// A task of a check panicked or was cancelled.
impl From<tokio::task::JoinError> for Violation {
    fn from(error: tokio::task::JoinError) -> Self {
        let message = "the store panicked, or the runtime shut down".to_owned();
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
        // A test that calls `unwrap` shows only this text, so that it includes the cause.
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source} ({source:?})"))
    }
}

impl Error for Violation {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
