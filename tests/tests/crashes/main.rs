//! A process that is killed, at random and at every named point, and what is left of its
//! conversation.
//!
//! The child is this executable, run again: an agent as a user writes one, whose tools leave a
//! line in a file for each effect. The parent kills it, looks at what it left, starts it again
//! until it has answered, and compares the answer with the journal and with the file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "it says what it counted, and by which seed")]

mod child;
mod effects;
mod life;
mod model;
mod named;
mod points;
mod random;
mod seed;
mod stores;
mod tools;
mod witness;
