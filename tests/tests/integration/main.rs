//! End-to-end tests: macros, schemas, recorded agent runs, spans, routes and retries.
//!
//! They are one binary, because linking dominates the build time of tests. Separate binaries are
//! `tools` (the tool registry is per binary), `crashes` (starts itself as a child process),
//! `llamacpp` (needs a server) and `tidy` (checks the source code).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test prints its counts")]

use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

mod agent_runs;
mod bfcl;
mod complete_responses;
mod error_visibility;
mod log_lines;
mod prelude;
mod recursive;
mod retries;
mod routes;
mod schemas;
mod side_by_side;
mod spans;
mod structured_output;
mod toolsets;

/// Makes `tracing` ask the subscriber of the thread each time it reaches a span.
///
/// If only one subscriber exists, `tracing` asks the current thread for it when it first reaches a
/// span. A test on another thread has none, which would disable the span for all tests.
fn enable_spans_of_all_threads() {
    static INSTALLED: std::sync::Once = std::sync::Once::new();
    INSTALLED.call_once(|| {
        let ignores = tracing_subscriber::registry().with(dynamic_filter_fn(|_, _| false));
        tracing::subscriber::set_global_default(ignores).unwrap();
    });
}
