//! A run: one driver over a durable boundary, from what was said to the answer.

pub(crate) mod active;
pub(crate) mod answer;
pub(crate) mod begin;
pub mod boundary;
pub mod canceller;
pub(crate) mod compact_step;
pub(crate) mod conclude;
pub mod driver;
pub(crate) mod embedded;
pub mod live;
pub(crate) mod model_step;
pub(crate) mod opening;
pub(crate) mod parts;
pub(crate) mod policy_step;
pub(crate) mod replay;
pub mod reply;
#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub mod run;
pub(crate) mod spans;
pub(crate) mod tool_errors;
pub(crate) mod tool_steps;
pub(crate) mod withdrawal;
pub(crate) mod writer;
