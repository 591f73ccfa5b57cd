//! Tools put together at run time: sets of them, and tools that are known only then.

pub mod dynamic_tool;
pub mod into_tools;
#[expect(clippy::module_inception, reason = "the room is named after its main thing")]
pub mod toolset;
