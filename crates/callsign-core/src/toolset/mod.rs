//! Toolsets, and tools created at run time.

pub mod dynamic_tool;
pub mod into_tools;
#[expect(clippy::module_inception, reason = "the module is named after its main type")]
pub mod toolset;
