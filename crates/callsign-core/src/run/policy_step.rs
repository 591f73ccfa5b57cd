//! The policies, asked about calls before these are run.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::embedded::Embedded;
use crate::dispatch::arguments;
use crate::dispatch::schedule::next_starts;
use crate::dispatch::toolbox::Slot;
use crate::journal::Journal;
use crate::journal::entry::{Entry, RecordedSpending, RecordedVerdict};
use crate::journal::open_call::Due;
use crate::journal::step::Step;
use crate::traits::context::Context;
use crate::traits::policy::{Policy, ProposedCall, Verdict};
use crate::words::error::Error;
use crate::words::id::CallNumber;

/// What the model hears where a policy could not say anything.
const CLOSED: &str = "whether this call is allowed could not be told.";

/// How often the policies may change the arguments of one call.
const ROUNDS: usize = 8;

impl Embedded {
    /// Asks the policies about these calls. What they allow is begun in the same commit.
    pub(super) async fn ask_policies(
        &self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let judged = steps.iter().map(|step| async move {
            match step {
                Step::AskPolicy { call } => vec![self.judge(journal, *call).await],
                _ => Vec::new(),
            }
        });
        let mut outcomes: Vec<Vec<Entry>> = join_all(judged).await;
        let allowed = |entry: &Entry| match entry {
            Entry::Judged { call, verdict, arguments, .. } => {
                let due = journal.state.due_after(*call, verdict, arguments.is_some());
                (due == Due::Run).then_some(*call)
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

    async fn judge(&self, journal: &Journal, call: CallNumber) -> Entry {
        let slot = journal.state.open_call(call).and_then(|open| {
            let slot = self.active.toolbox.get(&open.call.name)?;
            Some((slot, arguments::check(slot, &open.call.arguments).ok()?, open))
        });
        let Some((slot, checked, open)) = slot else {
            // A tool that is gone, or arguments that it no longer takes: the call says so itself.
            let verdict = RecordedVerdict::Allowed;
            return Entry::Judged { call, verdict, arguments: None, spent: None };
        };
        let context = self.context(call, open, open.call.name.as_str().into());
        let given = checked.value.clone();
        let proposed = ProposedCall { tool: slot.spec.clone(), arguments: checked.value };
        let (verdict, proposed) = self.all_say(slot, proposed, &context, journal).await;
        let arguments = (proposed.arguments != given).then(|| proposed.arguments.to_string());
        let spent = context.spent().map(RecordedSpending::from);
        Entry::Judged { call, verdict, arguments, spent }
    }

    /// What all the policies say of a call. Where one changes the arguments, all of them are
    /// asked again: what they said was of other ones.
    async fn all_say(
        &self,
        slot: &Slot,
        mut proposed: ProposedCall,
        context: &Context,
        journal: &Journal,
    ) -> (RecordedVerdict, ProposedCall) {
        'changed: for _ in 0..ROUNDS {
            let mut verdict = RecordedVerdict::Allowed;
            for policy in &self.active.parts.policies {
                match self.ask(&**policy, &proposed, context, journal).await {
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
                    Verdict::Change(arguments) => match fitting(slot, arguments) {
                        Some(arguments) => {
                            proposed.arguments = arguments;
                            continue 'changed;
                        }
                        None => return (RecordedVerdict::Denied(CLOSED.to_owned()), proposed),
                    },
                }
            }
            return (verdict, proposed);
        }
        let tool = slot.spec.name();
        tracing::error!(tool, "the policies change the arguments for ever: the call is denied");
        (RecordedVerdict::Denied(CLOSED.to_owned()), proposed)
    }

    /// What a policy says; where it can't, that the call is denied.
    async fn ask(
        &self,
        policy: &dyn Policy,
        call: &ProposedCall,
        context: &Context,
        journal: &Journal,
    ) -> Verdict {
        let now = Instant::now();
        let limit = journal.state.limits().tool_timeout;
        let until = now.checked_add(limit).map_or(self.deadline, |until| until.min(self.deadline));
        // The policy itself may panic, before there is a future to poll.
        let work = async { timeout_at(until, policy.judge(call, context)).await };
        let tool = call.tool.name();
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(Ok(verdict))) => return verdict,
            Ok(Ok(Err(error))) => {
                let error = &*error;
                tracing::error!(tool, error, "a policy failed: the call is denied");
            }
            Ok(Err(_)) => tracing::error!(tool, "a policy took too long: the call is denied"),
            Err(_) => tracing::error!(tool, "a policy panicked: the call is denied"),
        }
        Verdict::Deny(CLOSED.to_owned())
    }
}

/// The arguments that a policy gave, if the tool takes them.
fn fitting(slot: &Slot, arguments: Value) -> Option<Value> {
    match arguments::check(slot, &arguments.to_string()) {
        Ok(checked) => Some(checked.value),
        Err(why) => {
            let tool = slot.spec.name();
            tracing::error!(tool, why, "a policy gave arguments that the tool does not take");
            None
        }
    }
}
