//! Conversion into a list of tools.

use std::sync::Arc;

use callsign_types::traits::tool::Tool;

/// A list of tools: a [`Toolset`](super::toolset::Toolset) such as `tools![…]`, or any iterator
/// over `Arc<dyn Tool>`.
///
/// `AgentBuilder::tools` and [`Toolset::merge`](super::toolset::Toolset::merge) take it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of tools",
    label = "not tools",
    note = "name functions under `#[tool]` by their paths: `tools![search, hotels::book]`",
    note = "the methods of a value under `#[toolset]` are `Toolset::new(value)`",
    note = "a value that is a tool itself is added by `.tool(value)`"
)]
pub trait IntoTools {
    /// Returns the tools in their order.
    fn into_tools(self) -> Vec<Arc<dyn Tool>>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoIterator<Item = Arc<dyn Tool>>> IntoTools for T {
    fn into_tools(self) -> Vec<Arc<dyn Tool>> {
        self.into_iter().collect()
    }
}
