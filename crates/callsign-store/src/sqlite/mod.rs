//! The store in a SQLite file: one thread owns the connection, and handles send it commands.

mod conversation_index;
mod error;
mod inbox;
mod journal;
mod lock;
mod lock_file;
mod open;
mod schema;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod worker;
