//! Conversion of a function's return value into a tool's output.

use std::any::Any;
use std::borrow::Cow;

use serde::Serialize;

use super::tool::ToolOutput;
use super::tool_error::ToolError;
use crate::content::{Content, Part};

/// A type that a tool can return.
#[diagnostic::on_unimplemented(
    message = "a tool can't return `{Self}`",
    label = "not `Serialize`",
    note = "mark the type with `#[data]`, or return a `String` or a `ToolOutput`"
)]
pub trait IntoOutput {
    /// Converts the value into the output that is returned to the model.
    ///
    /// # Errors
    /// Returns a private error if the value cannot be serialized to JSON.
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
        if let Some(content) = take_content::<Content>(&mut value)
            .or_else(|| take_content::<Vec<Part>>(&mut value))
            .or_else(|| take_content::<Part>(&mut value))
        {
            return Ok(content.into());
        }
        let output = ToolOutput::json(&value)?;
        Ok(match unquoted(&output.content) {
            Some(text) => text.into(),
            None => output,
        })
    }
}

/// Returns the text of a value that is a string in JSON, such as an optional text or the name of a
/// variant: quotes and escapes are of no use to the model.
fn unquoted(json: &Content) -> Option<String> {
    match json {
        Content::Text(json) if json.starts_with('"') => serde_json::from_str(json).ok(),
        _ => None,
    }
}

/// Takes a value that is message content, also an optional one. Serialized, its images would be
/// text to the model.
fn take_content<C: Into<Content> + 'static>(value: &mut dyn Any) -> Option<Content> {
    if let Some(content) = value.downcast_mut::<Option<C>>() {
        return content.take().map(Into::into);
    }
    value.downcast_mut::<Option<Option<C>>>()?.take_if(|content| content.is_some())?.map(Into::into)
}

/// Returns the text of a value whose type is plain text, which needs no JSON quotes.
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
