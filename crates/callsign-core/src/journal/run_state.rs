//! What is counted anew in each run.

use std::collections::{BTreeMap, BTreeSet};

use super::ending::Ending;
use super::entry::{ANSWER_TOOL, AnswerFormat, RecordedSpending, RunStarted};
use crate::words::limits::Limits;
use crate::words::money::Money;
use crate::words::result::CallOutcome;
use crate::words::usage::Usage;

/// The counts of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RunState {
    pub(super) turns: u32,
    pub(super) tool_calls: u32,
    /// Whether a call was not run because of a limit.
    pub(super) refused_calls: bool,
    pub(super) usage: Usage,
    pub(super) cost: Money,
    pub(super) is_estimated: bool,
    /// Whether the history was made shorter since the newest reply, or could not be.
    pub(super) compacted: bool,
    /// Whether the service says that the conversation is too long.
    pub(super) too_long: bool,
    /// Whether policies are asked before each call.
    pub(super) policy: bool,
    /// How the answer is asked for, where it has to keep to a schema.
    pub(super) answer: Option<AnswerFormat>,
    /// Whether the newest answer is still to be checked.
    pub(super) unchecked: bool,
    /// How many answers were not what was asked for.
    pub(super) rejections: u32,
    /// The arguments of the call that gave the answer.
    pub(super) accepted: Option<String>,
    /// The newest reply's call that was to give the answer, and gave one that was not accepted.
    pub(super) rejected: Option<RejectedCall>,
    /// The ending that the newest reply made, where the run has failed after it.
    pub(super) stood: Option<Ending>,
    /// In how many replies in a row each tool had a fault and no success.
    faults: BTreeMap<String, u32>,
    reply_faults: BTreeSet<String>,
    reply_successes: BTreeSet<String>,
}

/// A call that was to give the answer, and gave one that is not what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RejectedCall {
    /// What it gave.
    pub(super) arguments: String,
    /// What is wrong with it.
    pub(super) reason: String,
}

impl RunState {
    /// What a run begins with. An answer that a call gave before stands until something else is
    /// said.
    pub(super) fn begun(&mut self, run: &RunStarted) {
        *self = Self {
            policy: run.policy,
            answer: run.answer,
            accepted: self.accepted.take(),
            ..Self::default()
        };
    }

    /// Something new was said: what was answered before does not stand any longer.
    pub(super) fn said(&mut self) {
        (self.accepted, self.stood) = (None, None);
    }

    /// A reply came: what its calls do is counted from here.
    pub(super) fn replied(&mut self) {
        self.reply_faults.clear();
        self.reply_successes.clear();
        (self.accepted, self.rejected) = (None, None);
    }

    /// Whether a call of this name gives the run's answer.
    pub(super) fn is_answer(&self, tool: &str) -> bool {
        self.answer.is_some() && tool == ANSWER_TOOL
    }

    /// A call that gives the run's answer had this outcome. Its faults are not the tool's: how
    /// often the model is asked again has a limit of its own.
    pub(super) fn gave_answer(&mut self, arguments: String, outcome: CallOutcome, said: &str) {
        if outcome == CallOutcome::Accepted {
            self.accepted.get_or_insert(arguments);
        } else if outcome.is_fault() && self.turns > 0 {
            self.rejected.get_or_insert(RejectedCall { arguments, reason: said.to_owned() });
        }
    }

    /// An answer is not what was asked for: whether the model is not asked again. One from before
    /// this run does not count.
    pub(super) fn rejected_answer(&mut self, limits: &Limits) -> bool {
        self.unchecked = false;
        self.accepted = None;
        if self.turns > 0 {
            self.rejections = self.rejections.saturating_add(1);
        }
        self.rejections > limits.answer_retries || self.turns > limits.turns
    }

    /// All the calls of a reply have their outcomes: how the run ends with the answer that one of
    /// them was to give, or goes on, where none was.
    pub(super) fn settled_answer(
        &mut self,
        ending: Option<Ending>,
        limits: &Limits,
    ) -> Option<Ending> {
        let stops = !matches!(ending, None | Some(Ending::Limit(_)));
        if stops {
            return ending;
        }
        if self.accepted.is_some() {
            // One from before this run may not be what this one asks for.
            self.unchecked = self.answer.is_some() && self.turns == 0;
            return Some(Ending::Answered);
        }
        let Some(RejectedCall { reason, .. }) = self.rejected.clone() else { return ending };
        let over = self.rejected_answer(limits) || ending.is_some();
        over.then_some(Ending::InvalidAnswer { reason })
    }

    /// Models used this, for the run itself or for a call of it.
    pub(super) fn spent(&mut self, spent: RecordedSpending) {
        self.usage += spent.usage;
        self.cost += spent.cost;
        self.is_estimated |= spent.is_estimated;
    }

    /// A call of a tool had this outcome, the last of its reply or not. What an earlier run left
    /// open is not this run's fault.
    pub(super) fn answered(&mut self, tool: &str, outcome: CallOutcome, is_last: bool) {
        let is_first = self.reply_faults.is_empty() && self.reply_successes.is_empty();
        if is_last && is_first && !outcome.is_fault() && !self.faults.contains_key(tool) {
            // It makes up for nothing, as most.
            return;
        }
        let names = match outcome {
            _ if self.turns == 0 => return,
            _ if outcome.is_fault() => &mut self.reply_faults,
            CallOutcome::Answered | CallOutcome::Told => &mut self.reply_successes,
            _ => return,
        };
        names.insert(tool.to_owned());
    }

    /// All the calls of a reply have their outcomes: the tool that has used up its faults.
    pub(super) fn settled(&mut self, limit: u32) -> Option<String> {
        self.faults.retain(|name, _| !self.reply_successes.contains(name));
        let mut over = None;
        for name in self.reply_faults.difference(&self.reply_successes) {
            let faults = self.faults.entry(name.clone()).or_default();
            *faults += 1;
            if *faults >= limit.max(1) {
                over.get_or_insert_with(|| name.clone());
            }
        }
        over
    }
}
