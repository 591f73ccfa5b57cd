//! Who hears a tool's error, decided by its type where the macro expands.
//!
//! The expansion calls `(&&&&Slot(error)).tool_error()`; method lookup takes the first rung whose
//! type fits, from the most references to the fewest.

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write as _};
use std::sync::Arc;

use crate::traits::tool_error::ToolError;
use crate::words::error::BoxError;

/// An error on its way.
pub struct Slot<E>(Cell<Option<E>>);

impl<E> fmt::Debug for Slot<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl<E> Slot<E> {
    /// Puts an error on its way.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }

    fn climb(&self, rung: impl FnOnce(E) -> ToolError) -> ToolError {
        // Each slot is made and taken by one expansion.
        self.0.take().map_or_else(|| ToolError::private("the error was taken already"), rung)
    }
}

/// First rung: the error says itself who hears it; a text is told.
pub trait Exact {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError;
}

impl Exact for &&&Slot<ToolError> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| error)
    }
}

impl Exact for &&&Slot<String> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::tell(error).by_type())
    }
}

impl Exact for &&&Slot<&str> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::tell(error).by_type())
    }
}

impl Exact for &&&Slot<Cow<'_, str>> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::tell(error).by_type())
    }
}

// The other rungs would tell these: a box that is not `Send` can only be shown, and an `Arc` of
// an error is an error.

impl Exact for &&&Slot<Box<dyn StdError>> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| erased(&*error))
    }
}

impl Exact for &&&Slot<Box<dyn StdError + Send>> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| erased(&*error))
    }
}

impl Exact for &&&Slot<Arc<dyn StdError>> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| erased(&*error))
    }
}

impl Exact for &&&Slot<Arc<dyn StdError + Send + Sync>> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::private(SharedError(error)).by_type())
    }
}

/// A private error with the text of one that may not leave its thread, and of its sources.
fn erased(error: &dyn StdError) -> ToolError {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing into a `String` does not fail.
        let _ = write!(chain, ": {error}");
        cause = error.source();
    }
    ToolError::private(chain).by_type()
}

/// A shared error as one of its own, which an `Arc<dyn Error>` can't be boxed as.
#[derive(Debug)]
struct SharedError(Arc<dyn StdError + Send + Sync>);

impl Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for SharedError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// Second rung: a type that is an error is told, because the signature names it.
pub trait Typed {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError;
}

impl<E: StdError> Typed for &&Slot<E> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::tell(error).by_type())
    }
}

/// Third rung: an erased error, such as `anyhow::Error` or a boxed one, is private.
pub trait Erased {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError;
}

impl<E: Into<BoxError>> Erased for &Slot<E> {
    fn tool_error(&self) -> ToolError {
        Slot::climb(self, |error| ToolError::private(error).by_type())
    }
}

/// Last rung: anything that can be shown is told.
pub trait Fallback<E> {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError
    where
        E: Told;
}

impl<E> Fallback<E> for Slot<E> {
    fn tool_error(&self) -> ToolError
    where
        E: Told,
    {
        Self::climb(self, |error| ToolError::tell(error.told()).by_type())
    }
}

/// An error that can be told.
#[diagnostic::on_unimplemented(
    message = "a tool can't fail with `{Self}`",
    label = "has no `Display`",
    note = "implement `Display`, whose text the model is told, or fail with a `ToolError`"
)]
pub trait Told {
    /// What the model is told.
    fn told(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<E: Display> Told for E {
    fn told(&self) -> String {
        self.to_string()
    }
}
