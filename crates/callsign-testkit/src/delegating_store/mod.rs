//! A store that forwards to another store, with hooks.

pub mod operations;
pub mod store;
