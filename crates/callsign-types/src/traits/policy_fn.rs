//! Policies from closures.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use async_trait::async_trait;

use super::context::Context;
use super::policy::{PendingToolCall, Policy, Verdict};
use crate::error::BoxError;

/// Creates a policy from an `async` closure, which receives clones of the call and its context.
///
/// The closure returns a [`Verdict`] or a `Result` of one. An error denies the call and is logged.
/// For a closure that does not wait, use `AgentBuilder::policy`.
///
/// ```
/// use callsign_types::traits::policy::Verdict;
/// use callsign_types::traits::policy_fn::policy_fn;
/// # async fn balance_of(_account: &str) -> std::io::Result<u64> { Ok(7) }
///
/// // Pass it to `AgentBuilder::add_policy`.
/// let policy = policy_fn(|call, _context| async move {
///     if call.tool.name() != "pay" {
///         return std::io::Result::Ok(Verdict::Allow);
///     }
///     let balance = balance_of("petty cash").await?;
///     Ok(match call.arguments["euros"].as_u64() {
///         Some(euros) if euros <= balance => Verdict::Allow,
///         _ => Verdict::Deny(format!("Only {balance} € are left.")),
///     })
/// });
/// # let _ = policy;
/// ```
pub fn policy_fn<F, V>(
    judge: impl Fn(PendingToolCall, Context) -> F + Send + Sync + 'static,
) -> impl Policy
where
    F: Future<Output = V> + Send + 'static,
    V: IntoVerdict + 'static,
{
    PolicyFn { judge }
}

/// A closure or a function that is a policy: `|call, context| Verdict::Allow`.
///
/// As a bound it tells the compiler the types of the closure's parameters, which [`Policy`] cannot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a closure that decides about a call",
    label = "not a closure of a call and its context",
    note = "write `.policy(|call, context| …)`, which returns a `Verdict`",
    note = "for an async closure, use `.add_policy(policy_fn(|call, context| async move {{ … }}))`",
    note = "for a value of a type that implements `Policy`, use `.add_policy(value)`"
)]
pub trait PolicyClosure<V>: Fn(&PendingToolCall, &Context) -> V + Send + Sync + 'static {
    /// Returns the policy.
    #[doc(hidden)]
    fn into_policy(self) -> Box<dyn Policy>;
}

#[diagnostic::do_not_recommend]
impl<F, V> PolicyClosure<V> for F
where
    F: Fn(&PendingToolCall, &Context) -> V + Send + Sync + 'static,
    V: IntoVerdict + 'static,
{
    fn into_policy(self) -> Box<dyn Policy> {
        Box::new(ClosurePolicy { judge: self, verdict: PhantomData::<fn() -> V> })
    }
}

struct ClosurePolicy<F, V> {
    judge: F,
    verdict: PhantomData<fn() -> V>,
}

#[async_trait]
impl<F, V> Policy for ClosurePolicy<F, V>
where
    F: Fn(&PendingToolCall, &Context) -> V + Send + Sync + 'static,
    V: IntoVerdict + 'static,
{
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError> {
        (self.judge)(call, context).into_verdict()
    }
}

/// The return types of a closure that is a policy: a [`Verdict`] or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a policy can't return `{Self}`",
    label = "neither a `Verdict` nor a `Result` of one",
    note = "return `Verdict::Allow`, or `Ok(Verdict::Allow)` with an error that is an `Error`",
    note = "for an async closure, use `.add_policy(policy_fn(|call, context| async move {{ … }}))`"
)]
pub trait IntoVerdict {
    /// Converts the value into a verdict.
    ///
    /// # Errors
    /// Returns the closure's error.
    fn into_verdict(self) -> Result<Verdict, BoxError>;
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Result<Verdict, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> IntoVerdict for Result<Verdict, E> {
    fn into_verdict(self) -> Result<Verdict, BoxError> {
        self.map_err(Into::into)
    }
}

struct PolicyFn<J> {
    judge: J,
}

#[async_trait]
impl<J, F, V> Policy for PolicyFn<J>
where
    J: Fn(PendingToolCall, Context) -> F + Send + Sync + 'static,
    F: Future<Output = V> + Send + 'static,
    V: IntoVerdict + 'static,
{
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError> {
        (self.judge)(call.clone(), context.clone()).await.into_verdict()
    }
}

impl<J> fmt::Debug for PolicyFn<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyFn")
    }
}
