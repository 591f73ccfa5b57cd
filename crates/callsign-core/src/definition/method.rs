//! A method of a value as a tool.

use std::sync::Arc;

use super::function::Definition;
use crate::traits::context::Context;
use crate::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

/// What runs a method of a value.
pub type MethodCall<T> = fn(Arc<T>, Context, Arguments) -> ToolFuture;

/// A type whose values calls on any thread can share.
#[diagnostic::on_unimplemented(
    message = "the methods of `{Self}` can't be tools",
    label = "not `Send + Sync + 'static`",
    note = "calls share the value on any thread: put what is not `Sync` behind a `Mutex`"
)]
pub trait Shared: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shared for T {}

/// A type whose methods are tools: what `#[toolset] impl` writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods that are tools",
    label = "no `#[toolset] impl` block",
    note = "write `#[toolset]` above its `impl` block, and `#[tool]` above the methods in it; the \
            value is `Send + Sync`, because calls share it"
)]
pub trait ToolMethods: Shared + Sized {
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
