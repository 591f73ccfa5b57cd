//! Middleware: wrappers of tools and models that observe and change what passes through them.
//!
//! [`ToolMiddleware`](tool::ToolMiddleware) and [`ModelMiddleware`](model::ModelMiddleware) run a
//! function for each call or request. The function receives the next wrapper too. It may call that
//! once, several times or not at all, with the same or other arguments, and return any result.
//!
//! Of several wrappers, the one that was added first is the outermost: it receives a call first and
//! its result last.
//!
//! # Retry, fallback and rate limit
//!
//! - [`Retry`](retry::Retry) sends a failed request to the same model again.
//! - [`Fallback`](fallback::Fallback) sends a failed request to the next model of a list.
//! - [`RateLimit`](rate_limit::RateLimit) delays requests to keep to a limit.
//!
//! Each of them is a [`Model`](callsign_types::traits::model::Model), so they wrap any model, and
//! each other in any order. Once a part of a response was passed on, none of them repeats the
//! request: no subscriber receives text twice, and no tool call occurs twice.
//!
//! [`TextToolCalls`](text_format::TextToolCalls) and
//! [`TextReasoning`](text_format::TextReasoning) take tool calls and reasoning out of a model's text.
//! Use them inside of the others, directly around the model.
//!
//! The order matters:
//!
//! - With `RateLimit` around `Retry`, the time in the queue does not count toward
//!   [`RetryPolicy::total_time`](callsign_types::retry::policy::RetryPolicy::total_time).
//! - With `Retry` around `RateLimit`, each attempt waits in the queue, and that time counts.
//! - With `Fallback` around `Retry`, each model gets all its attempts before the next one is used.
//!
//! ```
//! use callsign_core::middleware::fallback::Fallback;
//! use callsign_core::middleware::rate_limit::RateLimit;
//! use callsign_core::middleware::retry::Retry;
//! use callsign_testkit::{ScriptedModel, ScriptedReply};
//! # use callsign_types::traits::model::ModelExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), callsign_types::error::Error> {
//! let large = ScriptedModel::new([ScriptedReply::text("Hello!")]);
//! let small = ScriptedModel::new([]);
//!
//! let large = RateLimit::new(Retry::new(large));
//! let large = large.requests_per_minute(60).tokens_per_minute(90_000);
//! let model = Fallback::new(large).then(Retry::new(small));
//! # assert_eq!(model.complete("Hi").await?.text(), "Hello!");
//! # Ok(())
//! # }
//! ```

pub mod fallback;
pub(crate) mod hooks;
pub mod model;
mod owned_stream;
pub mod rate_limit;
pub mod retry;
pub mod text_format;
pub mod tool;
