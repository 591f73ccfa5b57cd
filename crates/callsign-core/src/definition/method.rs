//! A method of a value as a tool.

use std::sync::Arc;

use super::function::Definition;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

/// What runs a method of a value.
pub type MethodCall<T> = fn(Arc<T>, Context, Arguments) -> ToolFuture;

/// A type whose methods are tools: what `#[toolset] impl` writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods that are tools",
    label = "no `#[toolset] impl` block",
    note = "write `#[toolset]` above its `impl` block, and `#[tool]` above the methods in it"
)]
pub trait ToolMethods: Send + Sync + Sized + 'static {
    /// What is known of its methods, in the order in which they are written.
    fn definitions() -> Vec<Definition<MethodCall<Self>>>;
}

impl<T: Send + Sync + 'static> Definition<MethodCall<T>> {
    /// The tool that calls the method of this value.
    pub(crate) fn tool_of(&self, value: Arc<T>) -> Arc<dyn Tool> {
        Arc::new(MethodTool { spec: self.spec(), value, call: self.call })
    }
}

struct MethodTool<T> {
    spec: ToolSpec,
    value: Arc<T>,
    call: MethodCall<T>,
}

impl<T: Send + Sync + 'static> Tool for MethodTool<T> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(self.value.clone(), context, arguments)
    }
}
