//! The schedule of tool calls. It is pure, so that the same calls always start in the same order.

use std::collections::{BTreeSet, VecDeque};

use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{RecordedReply, RecordedTool};

use crate::journal::pending_call::CallState;
use crate::journal::state::State;

/// The calls of one response, scheduled within the concurrency limits of the run and of each tool.
#[derive(Debug, Default)]
pub(crate) struct Schedule<'a> {
    queue: VecDeque<QueuedCall<'a>>,
    /// The calls that run, with the names of their tools.
    running: Vec<(CallIndex, &'a str)>,
    max_concurrency: usize,
    /// Whether the running call is sequential, so that no other call may start.
    is_exclusive: bool,
}

#[derive(Debug)]
struct QueuedCall<'a> {
    index: CallIndex,
    tool: &'a str,
    /// The concurrency limit of the tool.
    max_concurrency: usize,
    /// Whether the call must be the only one that runs.
    is_sequential: bool,
}

impl<'a> Schedule<'a> {
    /// Creates a schedule of these calls, in this order.
    pub(crate) fn new(
        state: &State,
        calls: impl IntoIterator<Item = (CallIndex, &'a str)>,
    ) -> Self {
        let queue = calls.into_iter().map(|(index, tool)| {
            let recorded = state.tool(tool);
            let limit = recorded.and_then(|tool| tool.concurrency);
            let max_concurrency = limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
            let is_sequential = recorded.is_some_and(|tool| tool.sequential);
            QueuedCall { index, tool, max_concurrency, is_sequential }
        });
        Self {
            queue: queue.collect(),
            running: Vec::new(),
            max_concurrency: state.limits().tool_concurrency.max(1) as usize,
            is_exclusive: false,
        }
    }

    /// Returns the calls that may start now, and counts them as running.
    ///
    /// A sequential call waits for all calls before it, and all calls after it wait for it.
    pub(crate) fn start(&mut self) -> Vec<CallIndex> {
        let mut started = Vec::new();
        let mut at = 0;
        while self.running.len() < self.max_concurrency && !self.is_exclusive {
            let Some(next) = self.queue.get(at) else {
                break;
            };
            if next.is_sequential && (at > 0 || !self.running.is_empty()) {
                break;
            }
            let same_tool = self.running.iter().filter(|(_, tool)| *tool == next.tool).count();
            if same_tool >= next.max_concurrency {
                at += 1;
            } else if let Some(call) = self.queue.remove(at) {
                self.running.push((call.index, call.tool));
                self.is_exclusive = call.is_sequential;
                started.push(call.index);
            }
        }
        started
    }

    /// Removes a running call that has its result.
    pub(crate) fn finished(&mut self, index: CallIndex) {
        self.running.retain(|(running, _)| *running != index);
        self.is_exclusive = false;
    }
}

/// Returns the calls of a response that start at once and whose start must be recorded. These
/// starts share the commit of the response.
pub(crate) fn first_starts(
    state: &State,
    reply: &RecordedReply,
    states: &[(CallIndex, CallState)],
) -> Vec<CallIndex> {
    if !reply.message.tool_calls.iter().any(|call| needs_start(state.tool(&call.name))) {
        return Vec::new();
    }
    let calls = states.iter().zip(&reply.message.tool_calls);
    let due = calls.filter(|((_, state), _)| *state == CallState::Run);
    starts(state, due.map(|(&(index, _), call)| (index, call.name.as_str())).collect())
}

/// Returns the pending calls that start at once and whose start must be recorded. Calls in
/// `allowed` count as due.
pub(crate) fn next_starts(state: &State, allowed: &BTreeSet<CallIndex>) -> Vec<CallIndex> {
    let due = state.pending_calls().filter(|(index, pending)| {
        (pending.due == CallState::Run || allowed.contains(index)) && !pending.started
    });
    starts(state, due.map(|(index, pending)| (index, pending.call.name.as_str())).collect())
}

fn starts(state: &State, due: Vec<(CallIndex, &str)>) -> Vec<CallIndex> {
    if !due.iter().any(|(_, name)| needs_start(state.tool(name))) {
        return Vec::new();
    }
    let mut first = Schedule::new(state, due.iter().copied()).start();
    first.retain(|index| {
        due.iter().any(|(due, name)| due == index && needs_start(state.tool(name)))
    });
    first
}

/// Returns whether the journal must record the start of a tool's calls.
pub(crate) fn needs_start(tool: Option<&RecordedTool>) -> bool {
    tool.is_some_and(|tool| !tool.repeatable)
}
