//! The shared vocabulary of Callsign: messages, requests, events, limits, errors, journal entries,
//! and the traits that applications and other crates implement.
//!
//! - Data: [`message`], [`request`], [`event`], [`usage`], [`limits`], [`error`], [`pricing`], [`id`].
//! - [`journal`]: the entries of a conversation's journal, as data.
//! - [`traits`]: `Model`, `Tool`, `Store`, `Policy`, `Compactor`, and the contexts passed to them.
//! - [`retry`]: when a failed request is sent again.
//! - [`text_format`]: reasoning and tool calls that a model writes into its text.
//! - [`sanitize`]: repairs histories from other sources, so that a provider accepts them.
//!
//! This crate contains no loop, no HTTP and no SQL. Users depend on the `callsign` crate, which
//! re-exports all of this under shorter paths.

pub mod approval;
#[cfg(test)]
mod auto_traits;
pub mod content;
pub mod error;
pub mod event;
pub mod finish_reason;
pub mod id;
pub mod journal;
pub mod limits;
pub mod message;
mod message_cache;
pub mod messages;
pub mod pricing;
#[doc(hidden)]
pub mod redacted;
pub mod repair;
pub mod request;
pub mod retry;
pub mod sanitize;
mod serialization;
pub mod text_format;
#[doc(hidden)]
pub mod token_estimate;
#[doc(hidden)]
pub mod tool_name;
pub mod tool_status;
pub mod traits;
pub mod usage;

/// Allows `async` methods in implementations of [`Policy`](traits::policy::Policy),
/// [`Compactor`](traits::compactor::Compactor) and [`Store`](traits::store::Store).
///
/// Re-exported from the `async-trait` crate, so that an application need not depend on it.
pub use async_trait::async_trait;
