//! The store in a SQLite file: one thread owns the connection, handles send it commands.

mod catalogue;
mod error;
mod hold;
mod inbox;
mod journal;
mod lock_file;
mod open;
mod schema;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod worker;
