//! The store in a SQLite file.

mod files;
mod opening;
mod processes;
