//! What most programs need: `use callsign::prelude::*;`

pub use callsign_core::agent::handoff::Handoff;
pub use callsign_core::agent::output::output_run::OutputEvent;
pub use callsign_core::middleware::tool::ToolMiddlewareExt;
pub use callsign_core::toolset::dynamic_tool::DynamicTool;
pub use callsign_core::toolset::into_tools::IntoTools;
// Not from the crate's root, where the name is a module, too.
pub use callsign_macros::tool;
#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "postgres")]
pub use callsign_store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;
pub use callsign_types::approval::ApprovalRequest;
pub use callsign_types::content::{Content, Part};
pub use callsign_types::tool_status::ToolCallStatus;
pub use callsign_types::traits::model::ModelExt;
pub use callsign_types::traits::policy::{PendingToolCall, Verdict};
pub use callsign_types::traits::policy_fn::policy_fn;
pub use callsign_types::traits::run_context::RunContext;
pub use callsign_types::traits::tool::ToolOutput;

pub use crate::{
    Agent, Context, Conversation, Error, Event, Limits, Message, Model, Options, Outcome, Reply,
    Request, Tool, ToolError, Toolset, data, tools, toolset,
};
