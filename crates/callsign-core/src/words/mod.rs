//! The words that everything else is said in: messages, requests, events, usage, limits and errors.
//!
//! Nothing here does anything: no clock, no randomness but the minting of ids, no input or output.

pub mod approval;
pub mod content;
pub mod error;
pub(crate) mod estimate;
pub mod event;
pub mod finish;
pub(crate) mod hidden;
pub mod id;
pub mod limits;
pub mod message;
pub mod messages;
pub mod money;
mod notes;
pub mod request;
pub mod result;
pub(crate) mod tool_name;
pub mod usage;
