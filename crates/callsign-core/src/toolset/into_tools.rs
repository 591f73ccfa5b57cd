//! What tools are added by.

use std::sync::Arc;

use crate::traits::tool::Tool;

/// Tools, for [`AgentBuilder::tools`](crate::agent::builder::AgentBuilder::tools) and
/// [`Toolset::and`](super::toolset::Toolset::and): a [`Toolset`](super::toolset::Toolset), as
/// `tools![…]` makes one, and everything else that can be iterated over for `Arc<dyn Tool>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of tools",
    label = "not tools",
    note = "name functions under `#[tool]` by their paths: `tools![search, hotels::book]`",
    note = "the methods of a value under `#[toolset]` are `Toolset::of(value)`",
    note = "a value that is a tool itself is added by `.tool(value)`"
)]
pub trait IntoTools {
    /// The tools, in their order.
    fn into_tools(self) -> Vec<Arc<dyn Tool>>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoIterator<Item = Arc<dyn Tool>>> IntoTools for T {
    fn into_tools(self) -> Vec<Arc<dyn Tool>> {
        self.into_iter().collect()
    }
}
