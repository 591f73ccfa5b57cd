//! Who hears a tool's error, decided by its type where the macro expands.
//!
//! The expansion calls `(&&&&Slot(error)).tool_error()`; method lookup takes the first rung whose
//! type fits, from the most references to the fewest.

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{self, Display};

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

    fn tool_error(&self, rung: impl FnOnce(E) -> ToolError) -> ToolError {
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
        Slot::tool_error(self, |error| error)
    }
}

impl Exact for &&&Slot<String> {
    fn tool_error(&self) -> ToolError {
        Slot::tool_error(self, ToolError::tell)
    }
}

impl Exact for &&&Slot<&str> {
    fn tool_error(&self) -> ToolError {
        Slot::tool_error(self, ToolError::tell)
    }
}

/// Second rung: a type that is an error is told, because the signature names it.
pub trait Typed {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError;
}

impl<E: StdError> Typed for &&Slot<E> {
    fn tool_error(&self) -> ToolError {
        Slot::tool_error(self, ToolError::tell)
    }
}

/// Third rung: an erased error, such as `anyhow::Error` or a boxed one, is private.
pub trait Erased {
    /// The error for its audience.
    fn tool_error(&self) -> ToolError;
}

impl<E: Into<BoxError>> Erased for &Slot<E> {
    fn tool_error(&self) -> ToolError {
        Slot::tool_error(self, ToolError::private)
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
        Self::tool_error(self, |error| ToolError::tell(error.told()))
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

impl<E: Display> Told for E {
    fn told(&self) -> String {
        self.to_string()
    }
}
