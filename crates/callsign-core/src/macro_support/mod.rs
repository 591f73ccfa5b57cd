//! Support code for the expansions of `#[tool]`, `#[toolset]` and `#[derive(Tool)]`. Hidden from
//! the documentation, because only the macros use it.

mod argument;
mod derive_call;
mod error_dispatch;
mod function;
mod inject;
mod method;
mod registry;
mod return_value;

pub use self::argument::{Argument, ArgumentDecoder};
pub use self::derive_call::{
    Callable, MaybeFuture, MissingCall, MissingCallProbe, NotFuture, ReadyValue, ReturnProbe,
    poll_once, probe_return,
};
pub use self::error_dispatch::{
    BoxedError, ConcreteError, DisplayError, ErrorMessage, ErrorSlot, KnownError,
};
pub use self::function::{Definition, FunctionCall, HasDefinition, check_path, tool};
pub use self::inject::{
    InjectableContext, InjectableState, TypeEntry, inject_context, inject_state,
};
pub use self::method::{
    HasPart, MethodCall, NoSuchPart, OnlyOneBlockWithoutPart, Part, PartProbe, SharedValue,
    ToolMethods,
};
pub use self::registry::{InventoryEntry, RegisteredTools, registered_tools};
pub use self::return_value::{PlainValue, ReturnValue, ReturnedError, output};
pub use crate::tools::blocking::{LateRoute, blocking};
pub use callsign_json::schema::generate::schema;
pub use callsign_types::traits::context::Context;
pub use callsign_types::traits::into_output::IntoOutput;
pub use callsign_types::traits::tool::{Arguments, ErrorVisibility, ToolFuture, ToolOutput};
pub use callsign_types::traits::tool_error::ToolError;
pub use {inventory, schemars, serde, serde_json};
