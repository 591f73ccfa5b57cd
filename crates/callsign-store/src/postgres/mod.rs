//! The store in PostgreSQL: a connection pool, and one more connection that holds the locks.

mod address;
pub(crate) mod builder;
mod conversation_index;
mod error;
mod inbox;
mod journal;
mod lock;
mod schema;
mod server;
pub(crate) mod store;
mod tls;
