//! The types that an answer can have.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A type that a model can answer with, see [`Turn::output`](crate::agent::turn::Turn::output).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an answer",
    label = "can't be read from JSON, or has no schema",
    note = "mark your own types in it with `#[data]`"
)]
pub trait TypedAnswer: DeserializeOwned + JsonSchema + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + 'static> TypedAnswer for T {}
