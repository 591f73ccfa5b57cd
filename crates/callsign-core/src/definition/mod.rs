//! What `#[tool]` expands into. Hidden from documentation: the macro is its only user.

mod argument;
mod function;
mod ladder;
mod registry;
mod returned;
mod schema;

pub use self::argument::{Argument, Reading};
pub use self::function::{
    Call, Defined, Definition, MethodCall, State, StateEntry, ToolMethods, given, state, tool,
};
pub use self::ladder::{Erased, Exact, Fallback, Slot, Told, Typed};
pub use self::registry::{Registered, RegisteredTools, registered_tools};
pub use self::returned::{Failure, IntoOutput, Plain, Returned, output};
pub use self::schema::schema;
pub use crate::dispatch::guard::blocking;
pub use crate::traits::context::Context;
pub use crate::traits::tool::{Arguments, ErrorAudience, ToolFuture, ToolOutput};
pub use crate::traits::tool_error::ToolError;
pub use {inventory, schemars, serde, serde_json};
