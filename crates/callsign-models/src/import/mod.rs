//! Import and export of histories in the chat-completions format.
//!
//! Histories of other programs often cannot be sent. Results are missing or out of order, ids are
//! null, arguments are not JSON, or roles are older than the API. They are parsed leniently here
//! and repaired by the rules of `callsign_types::sanitize`. Every change is reported.

mod assistant;
mod calls;
mod content;
pub mod export;
pub mod history;
mod results;

#[cfg(test)]
mod tests;
