//! What is counted anew in each run.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{AnswerFormat, RecordedSpending};
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
    /// In how many replies in a row each tool had a fault and no success.
    faults: BTreeMap<String, u32>,
    reply_faults: BTreeSet<String>,
    reply_successes: BTreeSet<String>,
}

impl RunState {
    /// A reply came: what its calls do is counted from here.
    pub(super) fn replied(&mut self) {
        self.reply_faults.clear();
        self.reply_successes.clear();
    }

    /// Models used this, for the run itself or for a call of it.
    pub(super) fn spent(&mut self, spent: RecordedSpending) {
        self.usage += spent.usage;
        self.cost += spent.cost;
    }

    /// A call of a tool had this outcome. What an earlier run left open is not this run's fault.
    pub(super) fn answered(&mut self, tool: &str, outcome: CallOutcome) {
        let names = match outcome {
            _ if self.turns == 0 => return,
            _ if outcome.is_fault() => &mut self.reply_faults,
            CallOutcome::Answered | CallOutcome::Told | CallOutcome::Accepted => &mut self.reply_successes,
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
