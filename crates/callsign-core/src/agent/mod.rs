//! Agents and their conversations: the entry points of the crate.

#[expect(clippy::module_inception, reason = "the module is named after its main type")]
pub mod agent;
pub mod agent_tool;
pub mod approvals;
mod archive;
mod auto_traits;
pub mod builder;
pub mod conversation;
pub mod conversations;
pub mod handoff;
pub mod instructions;
pub mod output;
pub mod paused;
pub mod replay;
pub mod run_builder;
mod team;
