//! The integration tests of the core loop, in one binary: linking dominates their build time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agent_builder;
mod approvals;
mod back_pressure;
mod budgets;
mod call_events;
mod cancellation;
mod common;
mod compaction;
mod concurrent_runs;
mod context;
mod conversation_index;
mod conversations;
mod empty_responses;
mod event_callbacks;
mod failures;
#[cfg(feature = "validate")]
mod foreign_schemas;
mod forks_and_exports;
mod format;
mod handoffs;
mod inbox;
mod instructions;
mod invariants;
mod journal;
mod late_results;
mod model_middleware;
mod once;
mod pending_approvals;
mod policies;
mod replies;
mod requests;
mod run_ends;
mod run_middleware;
mod run_settings;
mod spans;
mod structured_output;
mod sub_agents;
mod text_format;
mod tool_concurrency;
mod tool_middleware;
mod tool_results;
mod valid_requests;
