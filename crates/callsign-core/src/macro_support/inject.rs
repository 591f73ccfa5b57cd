//! Injected parameters, which the model does not fill: the agent's state and the run's context
//! values.

use std::any::{TypeId, type_name};

use callsign_types::traits::context::Context;
use callsign_types::traits::tool_error::ToolError;

/// The identity and the name of a type, as functions because a constant can't call them.
pub type TypeEntry = (fn() -> TypeId, fn() -> &'static str);

/// A type that a `#[state]` parameter can refer to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's state",
    label = "not `Send + Sync + 'static`",
    note = "tools run concurrently on any thread: wrap types that are not `Sync` in a `Mutex`"
)]
pub trait InjectableState: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> InjectableState for T {}

/// A type that a `#[context]` parameter can refer to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a run's context value",
    label = "not `Send + Sync + 'static`",
    note = "tools run concurrently on any thread: wrap types that are not `Sync` in a `Mutex`"
)]
pub trait InjectableContext: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> InjectableContext for T {}

/// Returns the agent's state of type `T`.
///
/// # Errors
/// Returns a private error if there is no such state. Only a detached call can fail like this:
/// building an agent checks the state of its tools.
pub fn inject_state<T: ?Sized + InjectableState>(context: &Context) -> Result<&T, ToolError> {
    context.state::<T>().ok_or_else(|| {
        let name = type_name::<T>();
        ToolError::private(format!("no state of type `{name}`: add it by `.state(…)`"))
    })
}

/// Returns the run's context value of type `T`.
///
/// # Errors
/// Returns a private error if there is no such value. Only a detached call can fail like this:
/// starting a run checks the context values of its tools.
pub fn inject_context<T: ?Sized + InjectableContext>(context: &Context) -> Result<&T, ToolError> {
    context.context::<T>().ok_or_else(|| {
        let name = type_name::<T>();
        ToolError::private(format!("no context value of type `{name}`: add it by `.context(…)`"))
    })
}
