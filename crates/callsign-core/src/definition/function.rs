//! A function as a tool.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use crate::traits::context::Context;
use crate::traits::tool::{Arguments, StateType, Tool, ToolFuture, ToolSpec};
use crate::traits::tool_error::ToolError;

/// What the macro knows of a function.
#[derive(Debug)]
pub struct Definition {
    /// The tool's name.
    pub name: &'static str,
    /// The group that it was put into; empty for none.
    pub group: &'static str,
    /// The module that the function stands in.
    pub module: &'static str,
    /// The lines of the doc comment.
    pub description: &'static [&'static str],
    /// Makes the JSON schema of the arguments.
    pub schema: fn() -> serde_json::Value,
    /// The types of state that it takes.
    pub states: &'static [StateEntry],
    /// Whether calling it again under the same key does no harm.
    pub idempotent: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Wall time of one call, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Calls of it that run at once.
    pub concurrency: Option<u32>,
    /// Runs it.
    pub call: fn(Context, Arguments) -> ToolFuture,
}

/// The identity and the name of a type, which cannot be made in a constant.
pub type StateEntry = (fn() -> TypeId, fn() -> &'static str);

/// A name that `tools![…]` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "mark the function with `#[tool]`, and name it by its path: `tools![module::function]`"
)]
pub trait Defined {
    /// What is known of it.
    fn definition() -> &'static Definition;
}

/// The tool behind a name.
#[must_use]
pub fn tool<D: Defined + ?Sized>() -> Arc<dyn Tool> {
    D::definition().tool()
}

impl Definition {
    pub(super) fn tool(&'static self) -> Arc<dyn Tool> {
        let description = self.description.iter().map(|line| line.trim());
        let description = description.collect::<Vec<_>>().join("\n");
        let mut spec = ToolSpec::new(self.name, description.trim(), (self.schema)());
        spec.idempotent = self.idempotent;
        spec.read_only = self.read_only;
        spec.timeout = self.timeout_ms.map(Duration::from_millis);
        spec.concurrency = self.concurrency;
        spec.states =
            self.states.iter().map(|(id, name)| StateType { id: id(), name: name() }).collect();
        Arc::new(FunctionTool { spec, call: self.call })
    }
}

struct FunctionTool {
    spec: ToolSpec,
    call: fn(Context, Arguments) -> ToolFuture,
}

impl Tool for FunctionTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(context, arguments)
    }
}

/// A type that can be a tool's state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's state",
    label = "not `Send + Sync + 'static`",
    note = "tools run beside each other on any thread: put what is not `Sync` behind a `Mutex`"
)]
pub trait State: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> State for T {}

/// The state of this type.
///
/// # Errors
/// Where there is none, which happens only to calls made by hand: an agent is checked when it is
/// built.
pub fn state<T: ?Sized + State>(context: &Context) -> Result<&T, ToolError> {
    context.get::<T>().ok_or_else(|| {
        let name = std::any::type_name::<T>();
        ToolError::private(format!("there is no state of type `{name}`: add `.state(…)`"))
    })
}
