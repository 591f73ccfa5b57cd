//! Policies from `async` closures.

use std::fmt;
use std::future::Future;

use async_trait::async_trait;

use super::context::Context;
use super::policy::{PendingToolCall, Policy, Verdict};
use crate::error::BoxError;

/// Creates a policy from an `async` closure, which receives clones of the call and its context.
///
/// The closure returns a [`Verdict`] or a `Result` of one. An error denies the call and is logged.
/// The parameters need no type annotations, unlike those of a closure that is a [`Policy`] itself.
///
/// ```
/// use callsign_types::traits::policy::Verdict;
/// use callsign_types::traits::policy_fn::policy_fn;
/// # async fn balance_of(_account: &str) -> std::io::Result<u64> { Ok(7) }
///
/// // Pass it to `AgentBuilder::policy`.
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

/// The return types of a closure for [`policy_fn`]: a [`Verdict`] or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a policy can't return `{Self}`",
    label = "neither a `Verdict` nor a `Result` of one",
    note = "return `Verdict::Allow`, or `Ok(Verdict::Allow)` with an error that is an `Error`"
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
