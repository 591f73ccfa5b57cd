//! Stores for the journals of Callsign conversations.
//!
//! - `SqliteStore` (feature `sqlite`, on by default) keeps conversations in one SQLite file.
//! - [`conformance`] checks that a store, this crate's or anybody's, keeps the promises of
//!   [`Store`](callsign_core::traits::store::Store).
//!
//! Only this crate knows SQL.

pub mod conformance;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::store::SqliteStore;
