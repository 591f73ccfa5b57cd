//! What most programs need: `use callsign::prelude::*;`

#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;

pub use crate::{
    Agent, AroundTools, Content, Context, Conversation, DynamicTool, Error, Event, Handoff, Limits, Message, Model,
    ModelExt, Options, Outcome, Part, Reply, Request, RunContext, Tool, ToolError, ToolOutput,
    Toolset, data, tool, tools, toolset,
};
