//! Test doubles for Callsign agents, and a conformance suite for stores.
//!
//! - [`ScriptedModel`] generates scripted replies, and fails on requests beyond the script.
//! - [`DelegatingStore`] forwards to another store, with hooks that delay or fail operations.
//! - [`FaultServer`] is a loopback HTTP server that plays scripted faults.
//! - [`ReplayServer`] is a loopback HTTP server that replays recorded responses.
//! - [`conformance`] checks any [`Store`](callsign_types::traits::store::Store) against the
//!   contract of the trait, also in two processes.
//! - [`check_sendable`] checks messages against the rules of providers.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod conformance;
pub mod delegating_store;
#[cfg(feature = "faults")]
mod faults;
#[cfg(feature = "replay")]
mod replay;
pub mod scripted;
mod sendable;
mod shared_data;

pub use self::delegating_store::store::DelegatingStore;
#[cfg(feature = "faults")]
pub use self::faults::{FaultAt, FaultReply, FaultRequest, FaultServer};
#[cfg(feature = "replay")]
pub use self::replay::{ReplayServer, ReplayStep, ReplayedRequest};
pub use self::scripted::model::ScriptedModel;
pub use self::scripted::scripted_reply::ScriptedReply;
pub use self::sendable::check_sendable;
#[doc(hidden)]
pub use self::shared_data::shared_file;
