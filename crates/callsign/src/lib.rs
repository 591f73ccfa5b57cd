//! Callsign: an agentic tool-calling runtime.

pub use callsign_core::agent::agent::Agent;
pub use callsign_core::agent::builder::AgentBuilder;
pub use callsign_core::agent::conversation::Conversation;
pub use callsign_core::agent::turn::Turn;
pub use callsign_core::definition::{RegisteredTools, registered_tools};
pub use callsign_core::memory::MemoryStore;
pub use callsign_core::run::reply::Reply;
pub use callsign_core::run::run::Run;
pub use callsign_core::tools;
pub use callsign_core::traits::context::{Context, States};
pub use callsign_core::traits::model::{Model, ModelExt, ModelStream};
pub use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
pub use callsign_core::traits::tool::{Arguments, Tool, ToolFuture, ToolOutput, ToolSpec};
pub use callsign_core::traits::tool_error::ToolError;
pub use callsign_core::words::content::{Content, Part};
pub use callsign_core::words::error::{Error, ErrorKind, Progress};
pub use callsign_core::words::event::{
    Event, Finished, ModelEvent, ModelReply, ToolCallDelta, ToolCallEnded, ToolCallStarted,
};
pub use callsign_core::words::finish::FinishReason;
pub use callsign_core::words::id::{AppendId, CallNumber, ConversationId};
pub use callsign_core::words::limits::{LimitKind, Limits};
pub use callsign_core::words::message::{
    AssistantMessage, Message, TextMessage, ToolCall, ToolMessage, UserMessage,
};
pub use callsign_core::words::messages::Messages;
pub use callsign_core::words::request::{
    Options, Request, ResponseFormat, ToolChoice, ToolDefinition,
};
pub use callsign_core::words::result::CallOutcome;
pub use callsign_core::words::usage::Usage;
pub use callsign_macros::{data, tool};

#[doc(hidden)]
pub use callsign_core::definition as __private;
