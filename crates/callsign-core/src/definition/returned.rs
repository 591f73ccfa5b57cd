//! Any return type of a function, as a tool's output.
//!
//! An inherent method of `Returned<Result<…>>` is found before a trait's, so that a `Result` is
//! taken apart although it is `Serialize` as well.

use std::any::Any;
use std::borrow::Cow;

use serde::Serialize;

use crate::traits::tool::ToolOutput;
use crate::traits::tool_error::ToolError;
use crate::words::content::{Content, Part};

/// What a function returned.
#[derive(Debug)]
pub struct Returned<T>(pub T);

/// The error that a function returned.
#[derive(Debug)]
pub struct Failure<E>(pub E);

impl<T, E> Returned<Result<T, E>> {
    /// The value, or the error.
    ///
    /// # Errors
    /// As the function failed.
    pub fn split(self) -> Result<T, Failure<E>> {
        self.0.map_err(Failure)
    }
}

/// What every other type does.
pub trait Plain<T> {
    /// The value.
    ///
    /// # Errors
    /// Never.
    fn split(self) -> Result<T, Failure<ToolError>>;
}

impl<T> Plain<T> for Returned<T> {
    fn split(self) -> Result<T, Failure<ToolError>> {
        Ok(self.0)
    }
}

/// A type that a tool can return.
#[diagnostic::on_unimplemented(
    message = "a tool can't return `{Self}`",
    label = "not `Serialize`",
    note = "mark the type with `#[data]`, or return a `String` or a `ToolOutput`"
)]
pub trait IntoOutput {
    /// The output that the model hears.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON.
    fn into_output(self) -> Result<ToolOutput, ToolError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> IntoOutput for T {
    fn into_output(self) -> Result<ToolOutput, ToolError> {
        let value: &dyn Any = &self;
        if let Some(text) = as_text(value) {
            return Ok(text.into());
        }
        if value.is::<()>() {
            return Ok("done".into());
        }
        let mut value = Some(self);
        if let Some(content) = take_content(&mut value) {
            return Ok(content.into());
        }
        ToolOutput::json(&value)
    }
}

/// Takes what is content already: as JSON, its images would be text to the model.
fn take_content(value: &mut dyn Any) -> Option<Content> {
    if let Some(content) = value.downcast_mut::<Option<Content>>() {
        return content.take();
    }
    if let Some(parts) = value.downcast_mut::<Option<Vec<Part>>>() {
        return parts.take().map(Content::Parts);
    }
    let part = value.downcast_mut::<Option<Part>>()?.take()?;
    Some(Content::Parts(vec![part]))
}

/// The text of the types that are nothing but text: it needs no quotes.
fn as_text(value: &dyn Any) -> Option<&str> {
    if let Some(text) = value.downcast_ref::<String>() {
        return Some(text);
    }
    if let Some(text) = value.downcast_ref::<&'static str>() {
        return Some(text);
    }
    if let Some(text) = value.downcast_ref::<Cow<'static, str>>() {
        return Some(text);
    }
    value.downcast_ref::<Box<str>>().map(|text| &**text)
}

impl IntoOutput for ToolOutput {
    fn into_output(self) -> Result<ToolOutput, ToolError> {
        Ok(self)
    }
}

/// The output that the model hears.
///
/// # Errors
/// Where the value cannot be written as JSON.
pub fn output<T: IntoOutput>(value: T) -> Result<ToolOutput, ToolError> {
    value.into_output()
}
