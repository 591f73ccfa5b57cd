//! Stores for the journals of Callsign conversations.
//!
//! - `SqliteStore` (feature `sqlite`, on by default) keeps conversations in one SQLite file.
//! - `PostgresStore` (feature `postgres`) keeps them in a PostgreSQL database.
//!
//! This is the only crate that contains SQL.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod in_process_locks;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod list_query;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod outcome;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub use postgres::builder::PostgresStoreBuilder;
#[cfg(feature = "postgres")]
pub use postgres::store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::store::SqliteStore;
