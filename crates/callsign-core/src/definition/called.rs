//! The method `call` of a struct under `#[derive(Tool)]`, which may be `async` or not.
//!
//! The derive does not see the method. Whether it is `async` is decided by the type of what it
//! returns: an inherent method of a future is found before a trait's.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::pin;
use std::task::{self, Poll, Waker};

use crate::traits::context::Context;
use crate::traits::tool_error::ToolError;

/// What the method returned.
#[derive(Debug)]
pub struct Called<T>(pub T);

impl<T: Future> Called<T> {
    /// The future, which has the value.
    pub fn settle(self) -> T {
        self.0
    }
}

/// What every other type does.
pub trait Settled<T> {
    /// The value, at once.
    fn settle(self) -> Ready<T>;
}

impl<T> Settled<T> for Called<T> {
    fn settle(self) -> Ready<T> {
        ready(self.0)
    }
}

/// The type of what a method returns.
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

/// Looks at what this method returns, without calling it.
pub fn probe<'a, F, S, T>(_: F) -> Probe<T>
where
    F: FnOnce(S, &'a Context) -> T,
{
    Probe(PhantomData)
}

impl<T: Future> Probe<T> {
    /// Whether it is a future.
    #[must_use]
    pub fn waits(&self) -> bool {
        true
    }
}

/// What every other type does.
pub trait Blocks {
    /// Whether it is a future.
    fn waits(&self) -> bool;
}

impl<T> Blocks for Probe<T> {
    fn waits(&self) -> bool {
        false
    }
}

/// The output of a future that waits for nothing.
///
/// # Errors
/// As the future fails, and where it waits after all.
pub fn at_once<T>(future: impl Future<Output = Result<T, ToolError>>) -> Result<T, ToolError> {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => Err(ToolError::private("a method that is not `async` waits")),
    }
}

/// A struct with the method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no method `call`, by which it is a tool",
    label = "no `call`",
    note = "write `impl {Self} {{ async fn call(self, context: &Context) -> … }}`"
)]
pub trait Callable {}

/// What stands in for the method where there is none. It takes `&mut self`, so that whichever
/// receiver the user's has, that one is found first.
pub trait Uncalled {
    /// Nothing.
    fn call(&mut self, _context: &Context)
    where
        Self: Callable,
    {
    }
}

impl<T> Uncalled for T {}

/// The same where the method is only looked at, so that there is one complaint.
pub trait Unseen {
    /// Nothing.
    fn call(&mut self, _context: &Context) {}
}

impl<T> Unseen for T {}
