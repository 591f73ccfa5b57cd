//! Callsign is an agentic tool-calling runtime: plain functions become a model's tools, and every
//! call gets a result.
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
//!     Err(ToolError::visible(format!(
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
//! # Modules
//!
//! - [`tool`](mod@tool): functions as tools, [`Toolset`], [`DynamicTool`](tool::DynamicTool),
//!   [`ToolError`], [`Context`].
//! - [`agent`]: [`Agent`], [`Conversation`], runs and their events, policies and approvals,
//!   structured output, sub-agents and handoffs, limits, history compaction.
//! - [`model`]: the [`Model`] trait, requests, responses and messages; models over HTTP, embeddings,
//!   images and audio, credentials, import of histories.
//! - [`store`]: the [`Store`] trait, journal entries, SQLite and PostgreSQL.
//! - [`middleware`]: wrappers of tools and models; retry, fallback, rate limit, calls in text.
//! - `testing` (feature `testkit`): a scripted model, servers that replay and that fail, the
//!   practice model, the conformance suite for stores.
//! - [`prelude`]: what most programs need.
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
//! | `testkit` | no | the module `testing`: `ScriptedModel`, `PracticeModel`, `FaultServer` and others |
//! | `wasm-js` | no | randomness from the JavaScript host, for `wasm32-unknown-unknown` |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod agent;
pub mod middleware;
pub mod model;
pub mod prelude;
pub mod store;
#[cfg(feature = "testkit")]
pub mod testing;
pub mod tool;

pub use callsign_core::agent::agent::Agent;
pub use callsign_core::agent::builder::AgentBuilder;
pub use callsign_core::agent::conversation::Conversation;
pub use callsign_core::agent::run_builder::RunBuilder;
pub use callsign_core::memory::MemoryStore;
pub use callsign_core::run::reply::{Outcome, Reply};
pub use callsign_core::run::run::Run;
pub use callsign_core::tools;
pub use callsign_core::toolset::toolset::Toolset;
pub use callsign_macros::{Tool, data, tool, toolset};
#[cfg(feature = "http")]
pub use callsign_models::chat::model::ChatModel;
#[cfg(feature = "postgres")]
pub use callsign_store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use callsign_store::SqliteStore;
pub use callsign_types::async_trait;
pub use callsign_types::error::{Error, ErrorKind};
pub use callsign_types::event::Event;
pub use callsign_types::limits::Limits;
pub use callsign_types::message::Message;
pub use callsign_types::request::{Options, Request};
pub use callsign_types::traits::context::Context;
pub use callsign_types::traits::model::Model;
pub use callsign_types::traits::store::Store;
pub use callsign_types::traits::tool::Tool;
pub use callsign_types::traits::tool_error::ToolError;
pub use callsign_types::usage::Usage;

#[doc(hidden)]
pub use callsign_core::macro_support as __private;
