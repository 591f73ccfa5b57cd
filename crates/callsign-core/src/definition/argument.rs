//! The types that a tool's arguments can have, and how they are read.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schema::schema;
use crate::traits::tool::Arguments;
use crate::traits::tool_error::ToolError;

/// A type that a model can fill.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's argument",
    label = "can't be read from JSON, or has no schema",
    note = "mark your own types in it with `#[data]`"
)]
pub trait Argument: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// How all the arguments of a tool are read, and described.
///
/// The expansion makes one from types that it demands to be [`Argument`]s. Nothing else of it
/// demands that, so that a type that is none is complained about once.
pub struct Reading<T> {
    /// Reads them.
    pub decode: fn(&Arguments) -> Result<T, ToolError>,
    /// Makes their JSON schema.
    pub schema: fn() -> Value,
}

impl<T: DeserializeOwned + JsonSchema> Reading<T> {
    /// How arguments of this type are read.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default can't be had in a constant")]
    pub const fn new() -> Self {
        Self { decode: Arguments::decode::<T>, schema: schema_of::<T> }
    }
}

impl<T> fmt::Debug for Reading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading")
    }
}

/// The schema of all the arguments, which has no description of its own: the tool has. Where a
/// type is flattened into it, that type's would be taken for it.
fn schema_of<T: JsonSchema>() -> Value {
    let mut schema = schema::<T>();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
    }
    schema
}
