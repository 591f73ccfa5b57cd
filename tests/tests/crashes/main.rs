//! Processes that are killed, at random moments and at every named point, and resumed.
//!
//! The child process is this executable, started again. It runs an ordinary agent whose tools write
//! one line per effect to a file. The parent kills the child, checks the conversation and restarts
//! the child until it has answered. Then it compares the answer with the journal and the file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test prints its counts and its seed")]

mod checker;
mod child;
mod effects;
mod model;
mod named;
mod points;
mod process;
mod random;
mod seed;
mod stores;
mod tools;
