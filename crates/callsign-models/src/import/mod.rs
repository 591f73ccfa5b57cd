//! Histories in the wire's own format: read, mended, and written.
//!
//! What other programs kept of a conversation is seldom fit to be sent: results are missing or
//! stand elsewhere, ids are null, arguments are no JSON, roles are older than the API. It is read
//! leniently here, mended by core's own rules, and each change is told.

mod assistant;
mod calls;
mod content;
pub mod export;
pub mod history;
pub mod report;
mod results;

#[cfg(test)]
mod tests;
