//! Argument types of a tool, and the decoder of its arguments.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use callsign_json::schema::generate::schema;
use callsign_types::traits::tool::Arguments;
use callsign_types::traits::tool_error::ToolError;

/// A type that can be read from a model's arguments and described by a JSON schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool argument",
    label = "does not implement `Deserialize` and `JsonSchema`",
    note = "add `#[data]` to your own types in it"
)]
pub trait Argument: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// Decoder and JSON schema of all the arguments of a tool.
///
/// The expansion creates it from types that it bounds by [`Argument`]. No other part of the
/// expansion has that bound, so the compiler reports an unsuitable type once.
pub struct ArgumentDecoder<T> {
    /// Decodes the arguments.
    pub decode: fn(&Arguments) -> Result<T, ToolError>,
    /// Returns the JSON schema of the arguments.
    pub schema: fn() -> Value,
}

impl<T: DeserializeOwned + JsonSchema> ArgumentDecoder<T> {
    /// Returns the decoder of arguments of type `T`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "`Default` can't be used in a constant")]
    pub const fn new() -> Self {
        Self { decode: Arguments::decode::<T>, schema: schema_of::<T> }
    }
}

impl<T> fmt::Debug for ArgumentDecoder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArgumentDecoder")
    }
}

/// Returns the schema of the arguments without a description, because the tool has one. A
/// flattened type would otherwise add its own.
fn schema_of<T: JsonSchema>() -> Value {
    let mut schema = schema::<T>();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
    }
    schema
}
