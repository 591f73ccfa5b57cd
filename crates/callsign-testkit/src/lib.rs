//! Models for tests and for trying things out.
//!
//! - [`ScriptedModel`] replies as a test says, and fails where the run asks for something else.
//! - [`PracticeModel`] is a loopback server that speaks chat completions and follows rules; it is
//!   no language model, and says so.
//! - [`FaultServer`] is a loopback server that fails as it is told to.
//! - [`ReplayServer`] is a loopback server that gives recorded answers again.

#[cfg(feature = "faults")]
mod faults;
#[cfg(feature = "practice")]
mod practice;
#[cfg(feature = "practice")]
mod replay;
pub mod scripted;
mod sendable;

#[cfg(feature = "faults")]
pub use self::faults::{FaultAt, FaultReply, FaultRequest, FaultServer};
#[cfg(feature = "practice")]
pub use self::practice::{PracticeModel, PracticeModelBuilder};
#[cfg(feature = "practice")]
pub use self::replay::{ReplayServer, ReplayStep, ReplayedRequest};
pub use self::scripted::model::ScriptedModel;
pub use self::scripted::scripted_reply::Scripted;
pub use self::sendable::check_sendable;
