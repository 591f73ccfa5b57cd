//! Tools: definitions, arguments, results, errors and toolsets.

pub use callsign_core::macro_support::{RegisteredTools, registered_tools};
pub use callsign_core::tools;
pub use callsign_core::toolset::dynamic_tool::DynamicTool;
pub use callsign_core::toolset::into_tools::IntoTools;
pub use callsign_core::toolset::toolset::Toolset;
pub use callsign_macros::{Tool, data, tool, toolset};
pub use callsign_types::request::ToolDefinition;
pub use callsign_types::tool_status::ToolCallStatus;
pub use callsign_types::traits::context::Context;
pub use callsign_types::traits::extensions::Extensions;
pub use callsign_types::traits::run_context::RunContext;
pub use callsign_types::traits::tool::{
    Arguments, ErrorVisibility, Predicate, StateType, Tool, ToolFuture, ToolOutput, ToolSpec,
};
pub use callsign_types::traits::tool_error::ToolError;
