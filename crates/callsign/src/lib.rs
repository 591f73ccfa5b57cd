//! Callsign is an agentic tool-calling runtime: plain functions become a model's tools, and a call
//! to one gets an answer, always.
//!
//! ```
//! use callsign::prelude::*;
//!
//! /// Returns the next flight between two cities: airline, flight number, date and time.
//! #[tool(read_only)]
//! async fn get_flight_info(
//!     /// The name of the city where the flight originates.
//!     origin_city: String,
//!     /// The flight destination city.
//!     destination_city: String,
//! ) -> Result<String, ToolError> {
//!     Err(ToolError::tell(format!(
//!         "There are no flights available from {origin_city} to {destination_city}. You should \
//!          take a train."
//!     )))
//! }
//!
//! # #[cfg(feature = "http")]
//! async fn ask(model: ChatModel) -> Result<(), Error> {
//!     let agent = Agent::builder(model)
//!         .instructions("You help people find flights.")
//!         .tools(tools![get_flight_info])
//!         .build()?;
//!     println!("{}", agent.run("When is the next flight from Miami to Seattle?").await?);
//!     Ok(())
//! }
//! ```
//!
//! # Where to look
//!
//! - [`tool`] and [`data`] are the attributes, [`tools!`] picks tools by the names of their
//!   functions; [`toolset`] makes tools of methods, and the derive of [`Tool`](derive@Tool) of a
//!   struct whose fields are the arguments; a [`Toolset`] puts tools together, picks and changes
//!   them, and a [`DynamicTool`] is made while the program runs.
//! - [`Agent`] runs the loop; a [`Turn`] is awaited for its [`Reply`] or streamed as a [`Run`] of
//!   [`Event`]s, or asked for a value with [`Turn::output`]; a [`Conversation`] goes on.
//! - [`Policy`] decides about calls before they run; [`Outcome::Paused`] has those that wait for a
//!   person, and [`Conversation::approve`] lets one go on.
//! - [`ToolError`] says who hears an error; [`Context`] is what a call knows of its surroundings.
//! - [`Limits`] bound a run in turns, calls, time, tokens and money, by the [`Prices`] you give.
//! - [`Agent::as_tool`] makes an agent a tool of another one, a [`Handoff`] gives the conversation
//!   away; [`AgentBuilder::around_tools`], [`AgentBuilder::around_model`] and
//!   [`AgentBuilder::observe`] are hooks.
//! - [`ClearResults`], [`Summarise`] and [`KeepLast`] make a history shorter that is too long.
#![cfg_attr(
    feature = "http",
    doc = "- [`ChatModel`] asks a model over HTTP; [`Retry`], [`Fallback`] and [`RateLimit`] go around it."
)]
#![cfg_attr(
    feature = "http",
    doc = "- [`import_messages`] reads histories that other programs kept."
)]
#![cfg_attr(feature = "sqlite", doc = "- [`SqliteStore`] keeps conversations in a file.")]
#![cfg_attr(
    feature = "postgres",
    doc = "- [`PostgresStore`] keeps conversations in a PostgreSQL database."
)]
#![cfg_attr(feature = "testkit", doc = "- [`ScriptedModel`] plays the model in tests.")]
#![cfg_attr(
    feature = "http",
    doc = "- [`Image`] and [`Audio`] become parts of a message; [`EmbeddingModel`] makes vectors."
)]
//! - [`Model`], [`Tool`], [`Policy`], [`Compactor`] and [`Store`] are the traits to implement for
//!   something of your own; [`async_trait`](macro@async_trait) lets their methods be `async`.
//! - [`Error`] has predicates, the partial text and the conversation so far.
//!
//! # Features
//!
//! | feature | default | what |
//! |---|---|---|
//! | `http` | yes | `ChatModel`: chat completions over HTTP |
//! | `validate` | yes | arguments are checked against the tool's whole JSON schema |
//! | `entra` | no | `Entra`: signing in to Azure with Microsoft Entra ID |
//! | `sqlite` | no | `SqliteStore` |
//! | `postgres` | no | `PostgresStore` |
//! | `testkit` | no | `ScriptedModel`, `PracticeModel` and `FaultServer` |

pub mod prelude;

pub use callsign_core::agent::agent::Agent;
pub use callsign_core::agent::agent_tool::AgentTool;
pub use callsign_core::agent::builder::AgentBuilder;
pub use callsign_core::agent::conversation::{Conversation, Receipt};
pub use callsign_core::agent::conversations::Conversations;
pub use callsign_core::agent::handoff::Handoff;
pub use callsign_core::agent::instructions::IntoInstructions;
pub use callsign_core::agent::output::output::{Output, OutputWithReply};
pub use callsign_core::agent::output::output_run::{OutputEvent, OutputRun};
pub use callsign_core::agent::output::typed_answer::TypedAnswer;
pub use callsign_core::agent::turn::Turn;
pub use callsign_core::around::model::{AroundModel, NextModel};
pub use callsign_core::around::tool::{AroundTool, AroundTools, NextTool, ToolInvocation};
pub use callsign_core::async_trait;
pub use callsign_core::compaction::clear_results::ClearResults;
pub use callsign_core::compaction::keep_last::KeepLast;
pub use callsign_core::compaction::summarise::Summarise;
pub use callsign_core::definition::{RegisteredTools, registered_tools};
pub use callsign_core::journal;
pub use callsign_core::journal::compact::Compaction;
pub use callsign_core::journal::entry::{AnswerFormat, Entry};
pub use callsign_core::memory::MemoryStore;
pub use callsign_core::run::canceller::Canceller;
pub use callsign_core::run::live::Overlap;
pub use callsign_core::run::reply::{Outcome, Reply};
pub use callsign_core::run::run::Run;
pub use callsign_core::tools;
pub use callsign_core::toolset::dynamic_tool::DynamicTool;
pub use callsign_core::toolset::into_tools::IntoTools;
pub use callsign_core::toolset::toolset::Toolset;
pub use callsign_core::traits::asking::Asking;
pub use callsign_core::traits::cancellation::Cancellation;
pub use callsign_core::traits::catalogue::{
    Catalogue, ConversationInfo, ConversationOrder, ConversationPage, ConversationQuery, Cursor,
    InvalidCursor,
};
pub use callsign_core::traits::compactor::Compactor;
pub use callsign_core::traits::context::Context;
pub use callsign_core::traits::model::{Model, ModelExt, ModelIdentity, ModelStream};
pub use callsign_core::traits::policy::{Policy, ProposedCall, Verdict};
pub use callsign_core::traits::policy_fn::{IntoVerdict, policy_fn};
pub use callsign_core::traits::run_context::RunContext;
pub use callsign_core::traits::states::States;
pub use callsign_core::traits::store::{Hold, InboxItem, Store, StoreError};
pub use callsign_core::traits::tool::{
    Arguments, ErrorAudience, Predicate, StateType, Tool, ToolFuture, ToolOutput, ToolSpec,
};
pub use callsign_core::traits::tool_error::ToolError;
pub use callsign_core::words::approval::{ApprovalRequest, CallSite, Decision, DecisionAnswer};
pub use callsign_core::words::content::{Content, Part};
pub use callsign_core::words::error::{BoxError, Error, ErrorKind, Progress};
pub use callsign_core::words::event::{
    Event, Finished, ModelEvent, ModelReply, Retrying, ToolCallDelta, ToolCallEnded,
    ToolCallStarted, ToolProgress,
};
pub use callsign_core::words::finish::FinishReason;
pub use callsign_core::words::id::{AppendId, CallNumber, ConversationId, JournalKey};
pub use callsign_core::words::limits::{LimitKind, Limits};
pub use callsign_core::words::message::{
    AssistantMessage, Message, TextMessage, ToolCall, ToolMessage, UserMessage,
};
pub use callsign_core::words::messages::Messages;
pub use callsign_core::words::money::{Money, Price, Prices};
pub use callsign_core::words::request::{
    Options, Request, ResponseFormat, ToolChoice, ToolDefinition,
};
pub use callsign_core::words::result::{CallOutcome, LateResult};
pub use callsign_core::words::usage::Usage;
pub use callsign_macros::{Tool, data, tool, toolset};
#[cfg(feature = "http")]
pub use callsign_models::around::fallback::Fallback;
#[cfg(feature = "http")]
pub use callsign_models::around::rate_limit::RateLimit;
#[cfg(feature = "http")]
pub use callsign_models::around::retry::{Retry, RetryPolicy};
#[cfg(feature = "http")]
pub use callsign_models::auth::cache::CachedTokens;
#[cfg(feature = "http")]
pub use callsign_models::auth::source::{Token, TokenSource};
#[cfg(feature = "http")]
pub use callsign_models::chat::builder::ChatModelBuilder;
#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "http")]
pub use callsign_models::chat::preview::Preview;
#[cfg(feature = "http")]
pub use callsign_models::endpoint::address::Endpoint;
#[cfg(feature = "http")]
pub use callsign_models::endpoint::profile::{
    CallContent, KeyHeaders, Profile, SeedField, TokenLimit,
};
#[cfg(feature = "entra")]
pub use callsign_models::entra::identity::Entra;
#[cfg(feature = "http")]
pub use callsign_models::import::export::export_messages;
#[cfg(feature = "http")]
pub use callsign_models::import::history::{Imported, import_json, import_messages};
#[cfg(feature = "http")]
pub use callsign_models::import::report::{Repair, RepairKind};
#[cfg(feature = "http")]
pub use callsign_models::media::audio::Audio;
#[cfg(feature = "http")]
pub use callsign_models::media::image::Image;
#[cfg(feature = "http")]
pub use callsign_models::reading::content_filter::{
    ContentFilterResults, FilterCategories, FilterCategory, Severity,
};
#[cfg(feature = "http")]
pub use callsign_models::reading::log_probabilities::{LogProbabilities, TokenProbability};
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::model::EmbeddingModel;
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::reply::{Embedding, Embeddings};
#[cfg(feature = "http")]
pub use callsign_models::routes::embeddings::request::{
    EmbeddingImage, EmbeddingInput, EmbeddingRequest, EncodingFormat, InputType,
};
#[cfg(feature = "http")]
pub use callsign_models::routes::info::{ModelInfo, ModelType};
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use callsign_store::conformance;
#[cfg(feature = "postgres")]
pub use callsign_store::{PostgresStore, PostgresStoreBuilder};
#[cfg(feature = "testkit")]
pub use callsign_testkit::{
    FaultAt, FaultReply, FaultRequest, FaultServer, PracticeModel, PracticeModelBuilder,
    ReplayServer, ReplayStep, ReplayedRequest, Scripted, ScriptedModel, check_sendable,
};

#[doc(hidden)]
pub use callsign_core::definition as __private;
