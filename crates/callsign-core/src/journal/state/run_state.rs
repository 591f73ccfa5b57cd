//! The counters and flags of a run and of the request that it belongs to.

use std::collections::{BTreeMap, BTreeSet};

use callsign_types::journal::entry::{OUTPUT_TOOL, OutputMode, RecordedSpending, RunStarted};
use callsign_types::limits::Limits;
use callsign_types::message::ToolCall;
use callsign_types::pricing::Cost;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::usage::Usage;

use crate::journal::run_end::RunEnd;

/// What the runs of one request have counted. A request is a message of the user and everything
/// that follows from it: runs that pause, are cancelled or crash are resumed by further runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestState {
    pub(crate) turns: u32,
    pub(crate) tool_calls: u32,
    /// The calls of each tool. A later run may limit them.
    pub(crate) calls_of: BTreeMap<String, u32>,
    /// Whether a call was not run because of a limit.
    pub(crate) refused_calls: bool,
    pub(crate) usage: Usage,
    pub(crate) cost: Cost,
    pub(crate) is_estimated: bool,
}

/// The counters and flags of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunState {
    pub(crate) request: RequestState,
    /// The responses of this run.
    pub(crate) turns: u32,
    /// Whether something has happened since the run started, so that further messages belong to
    /// its request.
    has_begun: bool,
    /// Whether compaction ran since the newest response, also if it changed nothing.
    pub(crate) compaction_tried: bool,
    /// Whether the provider rejected the conversation as too long.
    pub(crate) context_overflow: bool,
    /// Whether policies decide about each call.
    pub(crate) has_policies: bool,
    /// How structured output is requested; `None` without an output schema.
    pub(crate) output_mode: Option<OutputMode>,
    /// Whether the newest output has not been checked yet.
    pub(crate) output_unchecked: bool,
    /// How many responses in a row were empty.
    empty_responses: u32,
    /// How many outputs were rejected.
    pub(crate) rejections: u32,
    /// The arguments of the call that gave the output.
    pub(crate) accepted_output: Option<String>,
    /// The output call of the newest response if its output was rejected.
    pub(crate) rejected_output: Option<RejectedOutput>,
    /// The end that the newest response caused, if the run failed after it.
    pub(crate) end_before_failure: Option<RunEnd>,
    /// Per tool, the number of consecutive responses in which it failed and never succeeded.
    failures: BTreeMap<String, u32>,
    /// The tools that failed in the newest response.
    failed_tools: BTreeSet<String>,
    /// The tools that succeeded in the newest response.
    succeeded_tools: BTreeSet<String>,
}

/// An output call whose output was rejected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RejectedOutput {
    /// The arguments of the call.
    pub(crate) arguments: String,
    /// Why it was rejected.
    pub(crate) reason: String,
}

impl RequestState {
    /// Counts a response with these tool calls.
    pub(crate) fn count_response(&mut self, calls: &[ToolCall]) {
        self.turns = self.turns.saturating_add(1);
        let added = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        self.tool_calls = self.tool_calls.saturating_add(added);
        for call in calls {
            match self.calls_of.get_mut(&call.name) {
                Some(count) => *count += 1,
                None => drop(self.calls_of.insert(call.name.clone(), 1)),
            }
        }
    }

    /// Adds what models used, for the runs themselves or for one of their calls.
    pub(crate) fn add_spending(&mut self, spent: RecordedSpending) {
        self.usage += spent.usage;
        self.cost += spent.cost;
        self.is_estimated |= spent.is_estimated;
    }
}

impl RunState {
    /// Resets everything for a new run, except the counters of its request and an output that a
    /// call gave before. Both stay until there is new input.
    pub(crate) fn start(&mut self, run: &RunStarted, limits: &Limits) {
        let mut request = std::mem::take(&mut self.request);
        // The run may have a higher limit than the one before it.
        request.refused_calls &= request.tool_calls >= limits.max_tool_calls;
        *self = Self {
            request,
            has_policies: run.policy,
            output_mode: run.output,
            accepted_output: self.accepted_output.take(),
            ..Self::default()
        };
    }

    /// Records that the run has done something.
    pub(crate) fn begin(&mut self) {
        self.has_begun = true;
    }

    /// Returns whether nothing but input has happened in the run.
    pub(crate) fn awaits_input(&self) -> bool {
        !self.has_begun
    }

    /// Counts anew if the user's message is the first thing that happens in the run. A message
    /// that arrives later joins the request.
    pub(crate) fn message_received(&mut self) {
        if !self.has_begun {
            self.request = RequestState::default();
        }
    }

    /// Discards what the model answered before the new input.
    pub(crate) fn input_received(&mut self) {
        (self.accepted_output, self.end_before_failure) = (None, None);
    }

    /// Resets what is counted per response.
    pub(crate) fn response_received(&mut self, is_empty: bool) {
        if !is_empty {
            self.empty_responses = 0;
        }
        self.failed_tools.clear();
        self.succeeded_tools.clear();
        (self.accepted_output, self.rejected_output) = (None, None);
    }

    /// Counts a response with neither text nor tool calls, and returns how it ends the run; `None`
    /// if the model is asked again.
    pub(crate) fn count_empty_response(&mut self, limits: &Limits) -> Option<RunEnd> {
        let Some(retries) = limits.empty_retries else { return Some(RunEnd::Completed) };
        self.empty_responses += 1;
        (self.empty_responses > retries).then_some(RunEnd::EmptyResponse)
    }

    /// Returns whether calls of `tool` give the run's output.
    pub(crate) fn is_output_tool(&self, tool: &str) -> bool {
        self.output_mode.is_some() && tool == OUTPUT_TOOL
    }

    /// Records the result of an output call. Its failures do not count as tool failures, because
    /// output retries have their own limit.
    pub(crate) fn record_output_call(
        &mut self,
        arguments: String,
        outcome: ToolCallStatus,
        content: &str,
    ) {
        if outcome == ToolCallStatus::OutputAccepted {
            self.accepted_output.get_or_insert(arguments);
        } else if outcome.is_failure() && self.turns > 0 {
            let reason = content.to_owned();
            self.rejected_output.get_or_insert(RejectedOutput { arguments, reason });
        }
    }

    /// Records that an output was rejected, and returns whether the run has no retry left. An
    /// output from before this run does not count.
    pub(crate) fn reject_output(&mut self, limits: &Limits) -> bool {
        self.output_unchecked = false;
        self.accepted_output = None;
        if self.turns > 0 {
            self.rejections = self.rejections.saturating_add(1);
        }
        self.rejections > limits.output_retries || self.request.turns > limits.max_turns
    }

    /// Returns how the run ends once all calls of a response have results: with the output that
    /// one of them gave, or as `end` says.
    pub(crate) fn end_after_calls(
        &mut self,
        end: Option<RunEnd>,
        limits: &Limits,
    ) -> Option<RunEnd> {
        let is_final = !matches!(end, None | Some(RunEnd::Limit(_)));
        if is_final {
            return end;
        }
        if self.accepted_output.is_some() {
            // An output from before this run may not match this run's schema.
            self.output_unchecked = self.output_mode.is_some() && self.turns == 0;
            return Some(RunEnd::Completed);
        }
        let Some(RejectedOutput { reason, .. }) = self.rejected_output.clone() else { return end };
        let is_over = self.reject_output(limits) || end.is_some();
        is_over.then_some(RunEnd::InvalidOutput { reason })
    }

    /// Records the result of a tool call; `is_last` if it is the last one of its response. Calls
    /// that an earlier run left pending do not count for this run.
    pub(crate) fn record_result(&mut self, tool: &str, outcome: ToolCallStatus, is_last: bool) {
        let is_first = self.failed_tools.is_empty() && self.succeeded_tools.is_empty();
        if is_last && is_first && !outcome.is_failure() && !self.failures.contains_key(tool) {
            // The common case, without allocation: a success that resets no counter.
            return;
        }
        let names = match outcome {
            _ if self.turns == 0 => return,
            _ if outcome.is_failure() => &mut self.failed_tools,
            ToolCallStatus::Success | ToolCallStatus::Error => &mut self.succeeded_tools,
            _ => return,
        };
        names.insert(tool.to_owned());
    }

    /// Counts the failures of a response whose calls all have results. Returns the first tool, by
    /// name, that has failed in `limit` consecutive responses.
    pub(crate) fn count_failures(&mut self, limit: u32) -> Option<String> {
        self.failures.retain(|name, _| !self.succeeded_tools.contains(name));
        let mut exhausted = None;
        for name in self.failed_tools.difference(&self.succeeded_tools) {
            let failures = self.failures.entry(name.clone()).or_default();
            *failures += 1;
            if *failures >= limit.max(1) {
                exhausted.get_or_insert_with(|| name.clone());
            }
        }
        exhausted
    }
}
