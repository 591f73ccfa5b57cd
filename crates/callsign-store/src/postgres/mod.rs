//! The store in PostgreSQL: a pool of connections for the work, and one more that has the claims.

mod address;
pub(crate) mod builder;
mod catalogue;
mod error;
mod hold;
mod inbox;
mod journal;
mod schema;
mod server;
pub(crate) mod store;
mod tls;
