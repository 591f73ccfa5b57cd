//! The executor, which performs the steps of a run.

pub(crate) mod active_agent;
pub(crate) mod agent_config;
pub(crate) mod call_events;
pub(crate) mod compaction_step;
pub mod driver;
#[expect(clippy::module_inception, reason = "the module is named after its trait")]
pub mod executor;
pub(crate) mod local;
pub(crate) mod model_step;
pub(crate) mod output_spec;
pub(crate) mod policy_step;
pub(crate) mod replay;
pub(crate) mod spans;
pub(crate) mod tool_errors;
pub(crate) mod tool_step;
pub(crate) mod writer;
