//! Visibility of a tool's error, selected by the error's type through autoref specialization.
//!
//! The expansion calls `(&&&&ErrorSlot::new(error)).tool_error()`. Method lookup tries the
//! receiver with the most references first, so the traits apply in this order: [`KnownError`],
//! [`ConcreteError`], [`BoxedError`], [`DisplayError`].

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write as _};
use std::sync::Arc;

use callsign_types::error::BoxError;
use callsign_types::traits::tool_error::ToolError;

/// An error that is to be converted to a [`ToolError`].
pub struct ErrorSlot<E>(Cell<Option<E>>);

impl<E> fmt::Debug for ErrorSlot<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorSlot")
    }
}

impl<E> ErrorSlot<E> {
    /// Creates a slot that contains `error`.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }

    /// Takes the error out and converts it. Autoref specialization passes only references, which
    /// is why the error is in a cell.
    fn convert_with(&self, convert: impl FnOnce(E) -> ToolError) -> ToolError {
        // The slot is never empty: each expansion creates one and converts it once.
        let error = self.0.take();
        error.map_or_else(|| ToolError::private("the error was already converted"), convert)
    }
}

/// First choice: error types with a known conversion. A [`ToolError`] keeps its visibility, a
/// text is visible.
pub trait KnownError {
    /// Returns the error with its visibility.
    fn tool_error(&self) -> ToolError;
}

impl KnownError for &&&ErrorSlot<ToolError> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| error)
    }
}

impl KnownError for &&&ErrorSlot<String> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::visible(error).by_type())
    }
}

impl KnownError for &&&ErrorSlot<&str> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::visible(error).by_type())
    }
}

impl KnownError for &&&ErrorSlot<Cow<'_, str>> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::visible(error).by_type())
    }
}

// These four must be private. Without their own implementations the later traits would make them
// visible: a box that is not `Send + Sync` has only `Display`, and an `Arc` of an error implements
// `Error`.

impl KnownError for &&&ErrorSlot<Box<dyn StdError>> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| private_text(&*error))
    }
}

impl KnownError for &&&ErrorSlot<Box<dyn StdError + Send>> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| private_text(&*error))
    }
}

impl KnownError for &&&ErrorSlot<Arc<dyn StdError>> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| private_text(&*error))
    }
}

impl KnownError for &&&ErrorSlot<Arc<dyn StdError + Send + Sync>> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::private(SharedError(error)).by_type())
    }
}

/// Returns a private error with the text of `error` and of its sources. The error itself can't be
/// kept, because it may not be sent to another thread.
fn private_text(error: &dyn StdError) -> ToolError {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a `String` does not fail.
        let _ = write!(chain, ": {error}");
        cause = error.source();
    }
    ToolError::private(chain).by_type()
}

/// An `Arc<dyn Error>` as a sized error type, because an unsized one can't be boxed.
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

/// Second choice: a type that implements `Error` is visible, because the signature names it.
pub trait ConcreteError {
    /// Returns the error with its visibility.
    fn tool_error(&self) -> ToolError;
}

impl<E: StdError> ConcreteError for &&ErrorSlot<E> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::visible(error).by_type())
    }
}

/// Third choice: a boxed error, such as `anyhow::Error` or `Box<dyn Error + Send + Sync>`, is
/// private.
pub trait BoxedError {
    /// Returns the error with its visibility.
    fn tool_error(&self) -> ToolError;
}

impl<E: Into<BoxError>> BoxedError for &ErrorSlot<E> {
    fn tool_error(&self) -> ToolError {
        ErrorSlot::convert_with(self, |error| ToolError::private(error).by_type())
    }
}

/// Last choice: any other type that implements `Display` is visible.
pub trait DisplayError<E> {
    /// Returns the error with its visibility.
    fn tool_error(&self) -> ToolError
    where
        E: ErrorMessage;
}

impl<E> DisplayError<E> for ErrorSlot<E> {
    fn tool_error(&self) -> ToolError
    where
        E: ErrorMessage,
    {
        Self::convert_with(self, |error| ToolError::visible(error.message()).by_type())
    }
}

/// An error with a text that can be returned to the model.
#[diagnostic::on_unimplemented(
    message = "a tool can't return `{Self}` as an error",
    label = "does not implement `Display`",
    note = "implement `Display`, whose text is returned to the model, or return a `ToolError`"
)]
pub trait ErrorMessage {
    /// Returns the text for the model.
    fn message(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<E: Display> ErrorMessage for E {
    fn message(&self) -> String {
        self.to_string()
    }
}
