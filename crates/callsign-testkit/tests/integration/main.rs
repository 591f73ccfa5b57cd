//! The integration tests of the test doubles, in one binary: linking dominates their build time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod delegating_store;
mod scripted_model;
mod sendable;
