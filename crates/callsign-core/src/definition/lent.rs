//! What a tool takes that the model does not fill: the agent's state, and what a run is given.

use std::any::{TypeId, type_name};

use crate::traits::context::Context;
use crate::traits::tool_error::ToolError;

/// The identity and the name of a type, which cannot be made in a constant.
pub type StateEntry = (fn() -> TypeId, fn() -> &'static str);

/// A type that can be a tool's state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's state",
    label = "not `Send + Sync + 'static`",
    note = "tools run beside each other on any thread: put what is not `Sync` behind a `Mutex`"
)]
pub trait State: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> State for T {}

/// A type that a run can be given a value of.
#[diagnostic::on_unimplemented(
    message = "a run can't be given `{Self}`",
    label = "not `Send + Sync + 'static`",
    note = "tools run beside each other on any thread: put what is not `Sync` behind a `Mutex`"
)]
pub trait Given: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> Given for T {}

/// The state of this type.
///
/// # Errors
/// Where there is none, which happens only to calls made by hand: an agent is checked when it is
/// built.
pub fn state<T: ?Sized + State>(context: &Context) -> Result<&T, ToolError> {
    context.get::<T>().ok_or_else(|| {
        let name = type_name::<T>();
        ToolError::private(format!("there is no state of type `{name}`: add `.state(…)`"))
    })
}

/// The value of this type that the run was given.
///
/// # Errors
/// Where there is none, which happens only to calls made by hand: a run is checked before it
/// begins.
pub fn given<T: ?Sized + Given>(context: &Context) -> Result<&T, ToolError> {
    context.given::<T>().ok_or_else(|| {
        let name = type_name::<T>();
        ToolError::private(format!("the run was not given a `{name}`: add `.with(…)`"))
    })
}
