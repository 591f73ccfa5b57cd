//! Stores for the journals of Callsign conversations.
//!
//! - `SqliteStore` (feature `sqlite`, on by default) keeps conversations in one SQLite file.
//! - `PostgresStore` (feature `postgres`) keeps them in a PostgreSQL database.
//! - [`conformance`] checks that a store, this crate's or anybody's, keeps the promises of
//!   [`Store`](callsign_core::traits::store::Store).
//!
//! Only this crate knows SQL.

pub mod conformance;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod listing;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod turns;

#[cfg(feature = "postgres")]
pub use postgres::builder::PostgresStoreBuilder;
#[cfg(feature = "postgres")]
pub use postgres::store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::store::SqliteStore;
