//! A policy that is a closure and waits for something.

use std::fmt;
use std::future::Future;

use async_trait::async_trait;

use super::context::Context;
use super::policy::{Policy, ProposedCall, Verdict};
use crate::words::error::BoxError;

/// Makes a policy of an `async` closure, which gets the call and its context as its own.
///
/// It returns a [`Verdict`], or a `Result` of one: an error denies the call, and the log has it.
/// The types of its parameters need not be written, as those of a closure that is a policy by
/// itself do.
///
/// ```
/// # use callsign_core as callsign;
/// # use callsign::agent::builder::AgentBuilder;
/// # use callsign::traits::policy::Verdict;
/// # use callsign::traits::policy_fn::policy_fn;
/// # async fn balance_of(_account: &str) -> std::io::Result<u64> { Ok(7) }
/// # fn build(builder: AgentBuilder) -> AgentBuilder {
/// builder.policy(policy_fn(|call, _context| async move {
///     if &*call.tool.definition.name != "pay" {
///         return std::io::Result::Ok(Verdict::Allow);
///     }
///     let balance = balance_of("petty cash").await?;
///     Ok(match call.arguments["euros"].as_u64() {
///         Some(euros) if euros <= balance => Verdict::Allow,
///         _ => Verdict::Deny(format!("There are only {balance} € left.")),
///     })
/// }))
/// # }
/// ```
pub fn policy_fn<F, V>(
    judge: impl Fn(ProposedCall, Context) -> F + Send + Sync + 'static,
) -> impl Policy
where
    F: Future<Output = V> + Send + 'static,
    V: IntoVerdict + 'static,
{
    PolicyFn { judge }
}

/// What a function for [`policy_fn`] may return: a [`Verdict`], or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a policy can't return `{Self}`",
    label = "neither a `Verdict` nor a `Result` of one",
    note = "return `Verdict::Allow`, or `Ok(Verdict::Allow)` with an error that is an `Error`"
)]
pub trait IntoVerdict {
    /// The verdict, or why there is none.
    ///
    /// # Errors
    /// Where there is none.
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
    J: Fn(ProposedCall, Context) -> F + Send + Sync + 'static,
    F: Future<Output = V> + Send + 'static,
    V: IntoVerdict + 'static,
{
    async fn judge(&self, call: &ProposedCall, context: &Context) -> Result<Verdict, BoxError> {
        (self.judge)(call.clone(), context.clone()).await.into_verdict()
    }
}

impl<J> fmt::Debug for PolicyFn<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyFn")
    }
}
