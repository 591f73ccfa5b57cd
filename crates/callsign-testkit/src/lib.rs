//! Models for tests and for trying things out.
//!
//! - [`ScriptedModel`] replies as a test says, and fails where the run asks for something else.
//! - [`PracticeModel`] is a loopback server that speaks chat completions and follows rules; it is
//!   no language model, and says so.

pub mod scripted;
mod sendable;

pub use self::scripted::model::ScriptedModel;
pub use self::scripted::scripted_reply::Scripted;
pub use self::sendable::check_sendable;
