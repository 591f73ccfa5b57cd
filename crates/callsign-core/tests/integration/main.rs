//! The integration tests of the core loop, in one binary: linking dominates their build time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agent_builder;
mod approvals;
mod back_pressure;
mod budgets;
mod cancellation;
mod common;
mod compaction;
mod concurrent_runs;
mod context;
mod conversation_index;
mod conversations;
mod event_callbacks;
mod failures;
#[cfg(feature = "validate")]
mod foreign_schemas;
mod forks_and_exports;
mod format;
mod handoffs;
mod inbox;
mod invariants;
mod journal;
mod late_results;
mod model_middleware;
mod policies;
mod run_ends;
mod spans;
mod structured_output;
mod sub_agents;
mod tool_concurrency;
mod tool_middleware;
mod tool_results;
mod valid_requests;
