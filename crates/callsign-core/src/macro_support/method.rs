//! Methods of a value as tools.

use std::sync::Arc;

use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

use super::function::Definition;

/// The generated function that calls a method of a value.
pub type MethodCall<T> = fn(Arc<T>, Context, Arguments) -> ToolFuture;

/// A type whose values can be shared by concurrent calls on any thread.
#[diagnostic::on_unimplemented(
    message = "the methods of `{Self}` can't be tools",
    label = "not `Send + Sync + 'static`",
    note = "calls share the value on any thread: wrap types that are not `Sync` in a `Mutex`"
)]
pub trait SharedValue: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> SharedValue for T {}

/// A type with tool methods, implemented by `#[toolset] impl`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tool methods",
    label = "no `#[toolset] impl` block",
    note = "write `#[toolset]` above its `impl` block, and `#[tool]` above the methods in it; the \
            value must be `Send + Sync`, because calls share it"
)]
pub trait ToolMethods: SharedValue + Sized {
    /// Returns the definitions of the tool methods, in source order.
    fn definitions() -> Vec<Definition<MethodCall<Self>>>;
}

impl<T: Send + Sync + 'static> Definition<MethodCall<T>> {
    /// Returns the tool that calls the method on `value`.
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
