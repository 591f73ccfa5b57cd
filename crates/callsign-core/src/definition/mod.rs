//! What `#[tool]`, `#[toolset]` and `#[derive(Tool)]` expand into. Hidden from documentation: the
//! macros are its only users.

mod argument;
mod called;
mod function;
mod ladder;
mod lent;
mod method;
mod registry;
mod returned;
mod schema;

pub use self::argument::{Argument, Reading};
pub use self::called::{
    Blocks, Callable, Called, Probe, Settled, Uncalled, Unseen, at_once, probe,
};
pub use self::function::{Call, Defined, Definition, tool};
pub use self::ladder::{Erased, Exact, Fallback, Slot, Told, Typed};
pub use self::lent::{Given, State, StateEntry, given, state};
pub use self::method::{MethodCall, Shared, ToolMethods};
pub use self::registry::{Registered, RegisteredTools, registered_tools};
pub use self::returned::{Failure, IntoOutput, Plain, Returned, output};
pub(crate) use self::schema::close;
pub use self::schema::schema;
pub use crate::dispatch::late::blocking;
pub use crate::traits::context::Context;
pub use crate::traits::tool::{Arguments, ErrorAudience, ToolFuture, ToolOutput};
pub use crate::traits::tool_error::ToolError;
pub use {inventory, schemars, serde, serde_json};
