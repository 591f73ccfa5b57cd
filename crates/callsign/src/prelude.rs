//! What most programs need: `use callsign::prelude::*;`

#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;

pub use crate::{
    Agent, Content, Context, Conversation, DynamicTool, Error, Event, Limits, Message, Model,
    ModelExt, Options, Part, Reply, Request, ToolError, ToolOutput, Toolset, data, tool, tools,
};
