//! Which calls may start: pure, so that the same calls always start in the same order.

use std::collections::{BTreeSet, VecDeque};

use crate::journal::entry::{RecordedReply, RecordedTool};
use crate::journal::open_call::Due;
use crate::journal::state::State;
use crate::words::id::CallNumber;

/// The calls of one reply, under the limits of the run and of each tool.
#[derive(Debug, Default)]
pub(crate) struct Schedule<'a> {
    waiting: VecDeque<Waiting<'a>>,
    /// With the names of their tools.
    running: Vec<(CallNumber, &'a str)>,
    limit: usize,
    /// Whether the call that is running runs beside no other.
    alone: bool,
}

#[derive(Debug)]
struct Waiting<'a> {
    number: CallNumber,
    tool: &'a str,
    limit: usize,
    /// Whether it runs beside no other call.
    alone: bool,
}

impl<'a> Schedule<'a> {
    /// Plans these calls, in their order.
    pub(crate) fn new(
        state: &State,
        calls: impl IntoIterator<Item = (CallNumber, &'a str)>,
    ) -> Self {
        let waiting = calls.into_iter().map(|(number, tool)| {
            let recorded = state.tool(tool);
            let limit = recorded.and_then(|tool| tool.concurrency);
            let limit = limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
            let alone = recorded.is_some_and(|tool| tool.sequential);
            Waiting { number, tool, limit, alone }
        });
        Self {
            waiting: waiting.collect(),
            running: Vec::new(),
            limit: state.limits().tool_concurrency.max(1) as usize,
            alone: false,
        }
    }

    /// Those that may start now, which count as running from here on.
    ///
    /// A call that runs beside no other waits for those before it, and those after it wait for it.
    pub(crate) fn start(&mut self) -> Vec<CallNumber> {
        let mut started = Vec::new();
        let mut at = 0;
        while self.running.len() < self.limit && !self.alone {
            let Some(next) = self.waiting.get(at) else {
                break;
            };
            if next.alone && (at > 0 || !self.running.is_empty()) {
                break;
            }
            let beside = self.running.iter().filter(|(_, tool)| *tool == next.tool).count();
            if beside >= next.limit {
                at += 1;
            } else if let Some(Waiting { number, tool, alone, .. }) = self.waiting.remove(at) {
                self.running.push((number, tool));
                self.alone = alone;
                started.push(number);
            }
        }
        started
    }

    /// A call has its result.
    pub(crate) fn finished(&mut self, number: CallNumber) {
        self.running.retain(|(running, _)| *running != number);
        self.alone = false;
    }
}

/// The calls of a reply that start at once and whose start the journal has to know of, so that
/// they share the reply's commit.
pub(crate) fn first_starts(state: &State, reply: &RecordedReply) -> Vec<CallNumber> {
    if !reply.message.tool_calls.iter().any(|call| needs_start(state.tool(&call.name))) {
        return Vec::new();
    }
    let judged = state.judge(reply).zip(&reply.message.tool_calls);
    let due = judged.filter(|((_, due), _)| *due == Due::Run);
    starts(state, due.map(|((number, _), call)| (number, call.name.as_str())).collect())
}

/// The open calls that start at once, once these are due for that as well, and whose start the
/// journal has to know of.
pub(crate) fn next_starts(state: &State, due: &BTreeSet<CallNumber>) -> Vec<CallNumber> {
    let due = state
        .open_calls()
        .filter(|(number, open)| (open.due == Due::Run || due.contains(number)) && !open.started);
    starts(state, due.map(|(number, open)| (number, open.call.name.as_str())).collect())
}

fn starts(state: &State, due: Vec<(CallNumber, &str)>) -> Vec<CallNumber> {
    if !due.iter().any(|(_, name)| needs_start(state.tool(name))) {
        return Vec::new();
    }
    let mut first = Schedule::new(state, due.iter().copied()).start();
    first.retain(|number| {
        due.iter().any(|(due, name)| due == number && needs_start(state.tool(name)))
    });
    first
}

/// Whether the journal has to know that a call of this tool was begun.
pub(crate) fn needs_start(tool: Option<&RecordedTool>) -> bool {
    tool.is_some_and(|tool| !tool.repeatable)
}
