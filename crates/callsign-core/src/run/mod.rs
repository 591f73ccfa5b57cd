//! Runs: preparation, lifecycle, cancellation and the reply.

pub mod active_runs;
pub mod cancel_handle;
pub(crate) mod lifecycle;
pub(crate) mod once;
pub(crate) mod outcome;
pub(crate) mod paused_at;
pub(crate) mod prepare;
pub mod reply;
pub(crate) mod revoke_approvals;
#[expect(clippy::module_inception, reason = "the module is named after its main type")]
pub mod run;
pub(crate) mod span;
