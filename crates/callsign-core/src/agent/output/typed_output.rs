//! The types that a structured output can have.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A type of structured output, see `RunBuilder::output`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an output",
    label = "can't be read from JSON, or has no schema",
    note = "mark your own types in it with `#[data]`"
)]
pub trait TypedOutput: DeserializeOwned + JsonSchema + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + 'static> TypedOutput for T {}
