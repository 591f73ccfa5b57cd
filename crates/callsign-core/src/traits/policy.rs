//! A policy: who may call which tool, with what.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::context::Context;
use super::tool::ToolSpec;
use crate::words::error::BoxError;

/// Is asked before each call.
///
/// It fails closed: a policy that fails, panics or takes longer than a tool may is taken to deny
/// the call, and the log has the reason. What it said is kept in the journal, and it is not asked
/// again about the same call. A call of a tool that does not exist, or whose arguments are not
/// valid, is answered without asking it.
///
/// A function of the call and its context that returns a [`Verdict`] is a policy, too; of a
/// closure, the types of the parameters have to be written. What waits for something is made of a
/// closure by [`policy_fn`](super::policy_fn::policy_fn), or is a type of its own:
///
/// ```
/// # use callsign_core as callsign;
/// use callsign::async_trait;
/// # use callsign::traits::{context::Context, policy::{Policy, ProposedCall, Verdict}};
/// # use callsign::words::error::BoxError;
/// # struct Ledger;
/// # impl Ledger {
/// #     async fn balance(&self) -> Result<u64, BoxError> { Ok(7) }
/// # }
///
/// /// Nobody pays more than there is.
/// struct Covered(Ledger);
///
/// #[async_trait]
/// impl Policy for Covered {
///     async fn judge(&self, call: &ProposedCall, _: &Context) -> Result<Verdict, BoxError> {
///         let euros = call.arguments["euros"].as_u64().unwrap_or_default();
///         let balance = self.0.balance().await?;
///         Ok(match euros <= balance {
///             true => Verdict::Allow,
///             false => Verdict::Deny(format!("There are only {balance} € left.")),
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "not a policy",
    note = "write the types of a closure: `|call: &ProposedCall, context: &Context| …`, which \
            returns a `Verdict`",
    note = "one that waits for something is `policy_fn(|call, context| async move {{ … }})`"
)]
#[async_trait]
pub trait Policy: Send + Sync + 'static {
    /// What to do about this call.
    ///
    /// # Errors
    /// Where that can't be told: the call is denied then.
    async fn judge(&self, call: &ProposedCall, context: &Context) -> Result<Verdict, BoxError>;
}

/// A call that a model has made and that was not run yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProposedCall {
    /// The tool.
    pub tool: Arc<ToolSpec>,
    /// The arguments, as the tool would get them.
    pub arguments: Value,
}

/// What is to be done about a call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing speaks against it. A tool that asks for approval still does.
    Allow,
    /// It is allowed, and approved in a person's place.
    Approve,
    /// It is not run, and the model hears why.
    Deny(String),
    /// A person has to approve it, and hears why.
    Ask(String),
    /// It is allowed with these arguments in place of the model's, which the model is told.
    Change(Value),
}

#[diagnostic::do_not_recommend]
#[async_trait]
impl<F> Policy for F
where
    F: Fn(&ProposedCall, &Context) -> Verdict + Send + Sync + 'static,
{
    async fn judge(&self, call: &ProposedCall, context: &Context) -> Result<Verdict, BoxError> {
        Ok(self(call, context))
    }
}

impl std::fmt::Debug for dyn Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Policy")
    }
}
