//! Which calls may start: pure, so that the same calls always start in the same order.

use std::collections::{BTreeMap, VecDeque};

use crate::journal::entry::{RecordedReply, RecordedTool};
use crate::journal::open_call::Due;
use crate::journal::state::State;
use crate::words::id::CallNumber;

/// The calls of one reply, under the limits of the run and of each tool.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    waiting: VecDeque<Waiting>,
    running: BTreeMap<CallNumber, String>,
    limit: usize,
}

#[derive(Debug)]
struct Waiting {
    number: CallNumber,
    tool: String,
    limit: usize,
}

impl Schedule {
    /// Plans these calls, in their order.
    pub(crate) fn new<'a>(
        state: &State,
        calls: impl IntoIterator<Item = (CallNumber, &'a str)>,
    ) -> Self {
        let waiting = calls.into_iter().map(|(number, tool)| {
            let limit = state.tool(tool).and_then(|tool| tool.concurrency);
            let limit = limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
            Waiting { number, tool: tool.to_owned(), limit }
        });
        Self {
            waiting: waiting.collect(),
            running: BTreeMap::new(),
            limit: state.limits().tool_concurrency.max(1) as usize,
        }
    }

    /// Those that may start now, which count as running from here on.
    pub(crate) fn start(&mut self) -> Vec<CallNumber> {
        let mut started = Vec::new();
        let mut at = 0;
        while self.running.len() < self.limit {
            let Some(next) = self.waiting.get(at) else {
                break;
            };
            let beside = self.running.values().filter(|tool| **tool == next.tool).count();
            if beside >= next.limit {
                at += 1;
            } else if let Some(Waiting { number, tool, .. }) = self.waiting.remove(at) {
                self.running.insert(number, tool);
                started.push(number);
            }
        }
        started
    }

    /// A call has its result.
    pub(crate) fn finished(&mut self, number: CallNumber) {
        self.running.remove(&number);
    }
}

/// The calls of a reply that start at once and whose start the journal has to know of, so that
/// they share the reply's commit.
pub(crate) fn first_starts(state: &State, reply: &RecordedReply) -> Vec<CallNumber> {
    let due: Vec<_> = state
        .judge(reply)
        .zip(&reply.message.tool_calls)
        .filter(|((_, due), _)| *due == Due::Run)
        .map(|((number, _), call)| (number, call.name.as_str()))
        .collect();
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
