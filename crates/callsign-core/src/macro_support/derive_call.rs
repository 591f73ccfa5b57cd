//! Calls of the user's `call` method under `#[derive(Tool)]`, which may be `async` or not.
//!
//! The derive does not see the method, so its return type decides whether it is `async`: for a
//! future, the inherent methods below take precedence over the trait methods.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::pin;
use std::task::{self, Poll, Waker};

use callsign_types::traits::context::Context;
use callsign_types::traits::tool_error::ToolError;

/// The return value of the `call` method: a future or a plain value.
#[derive(Debug)]
pub struct MaybeFuture<T>(pub T);

impl<T: Future> MaybeFuture<T> {
    /// Returns the future that the method returned.
    pub fn future(self) -> T {
        self.0
    }
}

/// The conversion of every return value that is not a future.
pub trait ReadyValue<T> {
    /// Returns a future that is ready with the value.
    fn future(self) -> Ready<T>;
}

impl<T> ReadyValue<T> for MaybeFuture<T> {
    fn future(self) -> Ready<T> {
        ready(self.0)
    }
}

/// The return type of the `call` method, without a value.
pub struct ReturnProbe<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for ReturnProbe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnProbe")
    }
}

/// Returns the probe of a method's return type, without calling the method.
pub fn probe_return<'a, F, S, T>(_: F) -> ReturnProbe<T>
where
    F: FnOnce(S, &'a Context) -> T,
{
    ReturnProbe(PhantomData)
}

impl<T: Future> ReturnProbe<T> {
    /// Returns whether the return type is a future: it is.
    #[must_use]
    pub fn is_future(&self) -> bool {
        true
    }
}

/// The probe of every return type that is not a future.
pub trait NotFuture {
    /// Returns whether the return type is a future: it is not.
    fn is_future(&self) -> bool;
}

impl<T> NotFuture for ReturnProbe<T> {
    fn is_future(&self) -> bool {
        false
    }
}

/// Polls a future once and returns its output.
///
/// # Errors
/// Returns the future's error, or a private error if the future is not ready.
pub fn poll_once<T>(future: impl Future<Output = Result<T, ToolError>>) -> Result<T, ToolError> {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => {
            Err(ToolError::private("`call` is not `async`, but its future was not ready"))
        }
    }
}

/// A struct with a `call` method. No type implements it: it is the bound that reports a missing
/// method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no method `call`, which `#[derive(Tool)]` needs",
    label = "no `call` method",
    note = "write `impl {Self} {{ async fn call(self, context: &Context) -> … }}`"
)]
pub trait Callable {}

/// The fallback for a missing `call` method, which makes the compiler report [`Callable`].
///
/// It takes `&mut self` because method lookup tries `self` and `&self` first. A user's method is
/// therefore found before this one.
pub trait MissingCall {
    /// Does nothing.
    fn call(&mut self, _context: &Context)
    where
        Self: Callable,
    {
    }
}

impl<T> MissingCall for T {}

/// The fallback for a missing `call` method while its return type is probed. It has no bound, so
/// that a missing method is reported once.
pub trait MissingCallProbe {
    /// Does nothing.
    fn call(&mut self, _context: &Context) {}
}

impl<T> MissingCallProbe for T {}
