//! What most programs need: `use callsign::prelude::*;`

#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "postgres")]
pub use callsign_store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;

pub use crate::{
    Agent, ApprovalRequest, AroundTools, CallOutcome, Content, Context, Conversation, DynamicTool,
    Error, Event, Handoff, Limits, Message, Model, ModelExt, Options, Outcome, OutputEvent, Part,
    ProposedCall, Reply, Request, RunContext, Tool, ToolError, ToolOutput, Toolset, Verdict, data,
    policy_fn, tool, tools, toolset,
};
