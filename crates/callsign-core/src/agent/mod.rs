//! An agent and its conversations: what a user holds in the hand.

#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub mod agent;
pub mod agent_tool;
pub mod approvals;
pub mod archive;
pub mod builder;
pub mod conversation;
pub mod conversations;
pub mod handoff;
pub mod instructions;
pub mod output;
mod team;
pub mod turn;
