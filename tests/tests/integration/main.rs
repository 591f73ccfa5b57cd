//! End-to-end tests: macros, schemas, recorded agent runs, spans, routes and retries.
//!
//! They are one binary, because linking dominates the build time of tests. Separate binaries are
//! `tools` (the tool registry is per binary), `crashes` (starts itself as a child process),
//! `llamacpp` (needs a server) and `tidy` (checks the source code).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test prints its counts")]

mod agent_runs;
mod bfcl;
mod complete_responses;
mod error_visibility;
mod recursive;
mod retries;
mod routes;
mod schemas;
mod side_by_side;
mod spans;
mod structured_output;
mod toolsets;
