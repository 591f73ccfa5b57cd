//! Models around a model: asking again, asking another one, asking less often.
//!
//! Each of them is a [`Model`](callsign_core::traits::model::Model) itself and knows no wire, so
//! that they go around any model and around each other, in any order:
//!
//! - [`Retry`](retry::Retry) asks the same model again.
//! - [`Fallback`](fallback::Fallback) asks the next model of a list.
//! - [`RateLimit`](rate_limit::RateLimit) waits before it asks.
//!
//! None of them repeats anything once a part of a reply was handed on: what an audience has seen
//! stays, and no call of a tool can come twice.
//!
//! The order says what counts. `RateLimit` around `Retry` keeps the time in its queue out of the
//! time that the tries have; the other way round each try waits for its turn within that time.
//! `Fallback` around `Retry` gives each model its tries before the next is asked.
//!
//! ```
//! use callsign_models::around::fallback::Fallback;
//! use callsign_models::around::rate_limit::RateLimit;
//! use callsign_models::around::retry::Retry;
//! use callsign_models::chat::model::ChatModel;
//!
//! # fn model() -> Result<impl callsign_core::traits::model::Model, callsign_core::words::error::Error> {
//! let first = ChatModel::builder("https://trips.openai.azure.com/openai/v1").model("gpt-4o").build()?;
//! let second = ChatModel::builder("http://127.0.0.1:11434/v1").model("qwen3").build()?;
//! let first = RateLimit::new(Retry::new(first));
//! let first = first.requests_per_minute(60).tokens_per_minute(90_000);
//! let model = Fallback::new(first).or(Retry::new(second));
//! # Ok(model)
//! # }
//! # assert!(model().is_ok());
//! ```

pub mod fallback;
pub mod rate_limit;
pub mod retry;
