//! Conversion of a function's return type, a `Result` or any other type, into a tool's output.
//!
//! The inherent method of `ReturnValue<Result<…>>` takes precedence over the trait method. A
//! `Result` is therefore split into value and error, although it also implements `Serialize`.

use callsign_types::traits::into_output::IntoOutput;
use callsign_types::traits::tool::ToolOutput;
use callsign_types::traits::tool_error::ToolError;

/// The return value of a function.
#[derive(Debug)]
pub struct ReturnValue<T>(pub T);

/// The error that a function returned.
#[derive(Debug)]
pub struct ReturnedError<E>(pub E);

impl<T, E> ReturnValue<Result<T, E>> {
    /// Returns the value or the error of the `Result`.
    ///
    /// # Errors
    /// Returns the function's error.
    pub fn into_result(self) -> Result<T, ReturnedError<E>> {
        self.0.map_err(ReturnedError)
    }
}

/// The conversion of every type that is not a `Result`.
pub trait PlainValue<T> {
    /// Returns the value.
    ///
    /// # Errors
    /// Never returns an error.
    fn into_result(self) -> Result<T, ReturnedError<ToolError>>;
}

impl<T> PlainValue<T> for ReturnValue<T> {
    fn into_result(self) -> Result<T, ReturnedError<ToolError>> {
        Ok(self.0)
    }
}

/// Converts a value into the output for the model.
///
/// # Errors
/// Returns a private error if the value can't be serialized as JSON.
pub fn output<T: IntoOutput>(value: T) -> Result<ToolOutput, ToolError> {
    value.into_output()
}
