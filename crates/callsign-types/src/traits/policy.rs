//! Policies: decisions about tool calls before they run.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::context::Context;
use super::tool::ToolSpec;
use crate::error::BoxError;

/// Decides whether a tool call may run.
///
/// A policy fails closed. If it returns an error, panics or exceeds the tool timeout, the call is
/// denied and the reason is logged. The journal records the decision. The policy is called
/// again for the same call only if a person changes its arguments. Calls of unknown tools and calls with invalid arguments are not passed
/// to policies.
///
/// A closure with the parameters `&PendingToolCall` and `&Context` that returns a [`Verdict`] is a
/// policy; `AgentBuilder::policy` takes it without type annotations. To use `.await`, pass a closure
/// to [`policy_fn`](super::policy_fn::policy_fn) or implement the trait:
///
/// ```
/// use callsign_types::async_trait;
/// use callsign_types::error::BoxError;
/// use callsign_types::traits::context::Context;
/// use callsign_types::traits::policy::{PendingToolCall, Policy, Verdict};
/// # struct Account;
/// # impl Account {
/// #     async fn balance(&self) -> Result<u64, BoxError> { Ok(7) }
/// # }
///
/// /// Denies payments that exceed the balance of an account.
/// struct Covered(Account);
///
/// #[async_trait]
/// impl Policy for Covered {
///     async fn judge(&self, call: &PendingToolCall, _: &Context) -> Result<Verdict, BoxError> {
///         let euros = call.arguments["euros"].as_u64().unwrap_or_default();
///         let balance = self.0.balance().await?;
///         Ok(match euros <= balance {
///             true => Verdict::Allow,
///             false => Verdict::Deny(format!("Only {balance} € are left.")),
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "not a policy",
    note = "for a closure, use `.policy(|call, context| …)`, which returns a `Verdict`",
    note = "for an async closure, use `policy_fn(|call, context| async move {{ … }})`"
)]
#[async_trait]
pub trait Policy: Send + Sync + 'static {
    /// Decides about a call.
    ///
    /// # Errors
    /// Returns an error if no decision is possible. The call is then denied.
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError>;
}

/// A tool call that has not run yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingToolCall {
    /// The tool.
    pub tool: Arc<ToolSpec>,
    /// The arguments that the tool would receive.
    pub arguments: Value,
}

impl PendingToolCall {
    /// Creates a call of `tool` with `arguments`.
    #[must_use]
    pub fn new(tool: Arc<ToolSpec>, arguments: Value) -> Self {
        Self { tool, arguments }
    }
}

/// The decision of a policy about a tool call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The call may run. A tool that requires approval still requires it.
    Allow,
    /// The call may run without human approval.
    Approve,
    /// The call does not run. The reason is returned to the model.
    Deny(String),
    /// The call requires human approval, for this reason.
    Ask(String),
    /// The call may run with these arguments instead of the model's. The model is informed.
    Change(Value),
}

#[diagnostic::do_not_recommend]
#[async_trait]
impl<F> Policy for F
where
    F: Fn(&PendingToolCall, &Context) -> Verdict + Send + Sync + 'static,
{
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError> {
        Ok(self(call, context))
    }
}

#[diagnostic::do_not_recommend]
#[async_trait]
impl<P: Policy + ?Sized> Policy for Arc<P> {
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError> {
        (**self).judge(call, context).await
    }
}

// `Box<F>` of a closure is a closure, so an implementation for every `Box<P>` would overlap.
#[diagnostic::do_not_recommend]
#[async_trait]
impl Policy for Box<dyn Policy> {
    async fn judge(&self, call: &PendingToolCall, context: &Context) -> Result<Verdict, BoxError> {
        (**self).judge(call, context).await
    }
}

impl fmt::Debug for dyn Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traits::extensions::Extensions;

    #[tokio::test]
    async fn closures_and_pointers_are_policies() {
        let allow = |_: &PendingToolCall, _: &Context| Verdict::Allow;
        let boxed: Box<dyn Policy> = Box::new(allow);
        let shared: Arc<dyn Policy> = Arc::new(boxed);
        let policies: [Box<dyn Policy>; 3] = [
            Box::new(Box::new(allow)), // A closure in a box is a closure.
            Box::new(Arc::new(allow)),
            Box::new(shared),
        ];
        let tool = ToolSpec::new("pay", "Pays.", serde_json::json!({"type": "object"}));
        let call = PendingToolCall::new(Arc::new(tool), Value::Null);
        let context = Context::detached(Extensions::default());
        for policy in policies {
            assert_eq!(policy.judge(&call, &context).await.unwrap(), Verdict::Allow);
        }
    }
}
