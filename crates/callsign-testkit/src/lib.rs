//! Models for tests and for trying things out.
//!
//! - [`ScriptedModel`] replies as a test says, and fails where the run asks for something else.
//! - [`PracticeModel`] is a loopback server that speaks chat completions and follows rules; it is
//!   no language model, and says so.

#[cfg(feature = "practice")]
mod practice;
pub mod scripted;
mod sendable;

#[cfg(feature = "practice")]
pub use self::practice::{PracticeModel, PracticeModelBuilder};
pub use self::scripted::model::ScriptedModel;
pub use self::scripted::scripted_reply::Scripted;
pub use self::sendable::check_sendable;
