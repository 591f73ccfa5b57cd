//! The agent's policies, applied to calls before they run.

use std::panic::AssertUnwindSafe;

use callsign_types::error::Error;
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{Entry, RecordedSpending, RecordedVerdict};
use callsign_types::traits::context::Context;
use callsign_types::traits::policy::{PendingToolCall, Policy, Verdict};
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::local::LocalExecutor;
use crate::journal::Journal;
use crate::journal::pending_call::CallState;
use crate::journal::step::Step;
use crate::tools::arguments;
use crate::tools::registry::RegisteredTool;
use crate::tools::schedule::next_starts;

/// The reason that the model receives if a policy fails and the call is therefore denied.
const POLICY_FAILED: &str = "The check of this call failed.";

/// The maximum number of times that policies change the arguments of one call.
const MAX_ROUNDS: usize = 8;

impl LocalExecutor {
    /// Applies the policies to these calls. The starts of allowed calls share the commit.
    pub(crate) async fn check_policies(
        &self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let decided = steps.iter().map(|step| async move {
            match step {
                Step::AskPolicy { call } => vec![self.decide(journal, *call).await],
                _ => Vec::new(),
            }
        });
        let mut outcomes: Vec<Vec<Entry>> = join_all(decided).await;
        self.unless_cancelled().await;
        let allowed = |entry: &Entry| match entry {
            Entry::PolicyDecided { call, verdict, arguments, .. } => {
                let state = journal.state.due_after(*call, verdict, arguments.is_some());
                (state == CallState::Run).then_some(*call)
            }
            _ => None,
        };
        let allowed = outcomes.iter().flatten().filter_map(allowed).collect();
        let starts = next_starts(&journal.state, &allowed).into_iter();
        if let Some(last) = outcomes.last_mut() {
            last.extend(starts.map(|call| Entry::Started { call }));
        }
        self.commit(outcomes.concat()).await?;
        Ok(outcomes)
    }

    /// Returns the entry of the policies' decision about one call.
    async fn decide(&self, journal: &Journal, call: CallIndex) -> Entry {
        let checked = journal.state.pending_call(call).and_then(|pending| {
            let tool = self.active.tools.get(&pending.call.name)?;
            let checked = self.checked.get(&call);
            let checked = arguments::check_once(tool, &pending.call.arguments, checked).ok()?;
            Some((tool, checked.into_owned(), pending))
        });
        let Some((tool, checked, pending)) = checked else {
            // The tool was removed, or now rejects the arguments: running the call reports it.
            let verdict = RecordedVerdict::Allowed;
            return Entry::PolicyDecided { call, verdict, arguments: None, spent: None };
        };
        let context = self.context(call, pending, pending.call.name.as_str().into());
        let original = checked.value.clone();
        let proposed = PendingToolCall::new(tool.spec.clone(), checked.value);
        let (verdict, proposed) = self.apply_policies(tool, proposed, &context, journal).await;
        let arguments = (proposed.arguments != original).then(|| proposed.arguments.to_string());
        let spent = context.spent().map(RecordedSpending::from);
        Entry::PolicyDecided { call, verdict, arguments, spent }
    }

    /// Applies all policies to a call. If one changes the arguments, all of them are applied
    /// again: their verdicts were about other arguments.
    async fn apply_policies(
        &self,
        tool: &RegisteredTool,
        mut proposed: PendingToolCall,
        context: &Context,
        journal: &Journal,
    ) -> (RecordedVerdict, PendingToolCall) {
        let failed = || RecordedVerdict::Denied(POLICY_FAILED.to_owned());
        'changed: for _ in 0..MAX_ROUNDS {
            let mut verdict = RecordedVerdict::Allowed;
            for policy in &self.active.config.policies {
                match self.apply_policy(&**policy, &proposed, context, journal).await {
                    Verdict::Allow => {}
                    Verdict::Approve => {
                        if verdict == RecordedVerdict::Allowed {
                            verdict = RecordedVerdict::Approved;
                        }
                    }
                    Verdict::Ask(reason) => {
                        if !matches!(verdict, RecordedVerdict::Asked(_)) {
                            verdict = RecordedVerdict::Asked(reason);
                        }
                    }
                    Verdict::Deny(reason) => return (RecordedVerdict::Denied(reason), proposed),
                    Verdict::Change(arguments) if arguments == proposed.arguments => {}
                    Verdict::Change(arguments) => match accepted(tool, &arguments) {
                        Some(arguments) => {
                            proposed.arguments = arguments;
                            continue 'changed;
                        }
                        None => return (failed(), proposed),
                    },
                    // A verdict of a newer version: fail closed.
                    _ => return (failed(), proposed),
                }
            }
            return (verdict, proposed);
        }
        let tool = tool.spec.name();
        tracing::error!(tool, "policies did not converge after {MAX_ROUNDS} rounds; call denied");
        (failed(), proposed)
    }

    /// Returns a policy's verdict; a policy that fails, panics or times out denies the call.
    async fn apply_policy(
        &self,
        policy: &dyn Policy,
        call: &PendingToolCall,
        context: &Context,
        journal: &Journal,
    ) -> Verdict {
        let now = Instant::now();
        let limit = journal.state.limits().tool_timeout;
        let until = now.checked_add(limit).map_or(self.deadline, |until| until.min(self.deadline));
        // The policy itself may panic before there is a future to poll.
        let work = async { timeout_at(until, policy.judge(call, context)).await };
        let tool = call.tool.name();
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(Ok(verdict))) => return verdict,
            Ok(Ok(Err(error))) => {
                let error = &*error;
                tracing::error!(tool, error, "policy failed; call denied");
            }
            Ok(Err(_)) => tracing::error!(tool, "policy timed out; call denied"),
            Err(_) => tracing::error!(tool, "policy panicked; call denied"),
        }
        Verdict::Deny(POLICY_FAILED.to_owned())
    }
}

/// Returns a policy's arguments as the tool takes them; `None` if it does not.
fn accepted(tool: &RegisteredTool, arguments: &Value) -> Option<Value> {
    match arguments::check(tool, &arguments.to_string()) {
        Ok(checked) => Some(checked.value),
        Err(reason) => {
            let tool = tool.spec.name();
            tracing::error!(
                tool,
                reason,
                "a policy changed the arguments to invalid ones; call denied"
            );
            None
        }
    }
}
