//! The tool calls of one response, run concurrently.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use callsign_types::content::Content;
use callsign_types::error::{BoxError, Error};
use callsign_types::event::{Event, ToolCallEnded};
use callsign_types::id::CallIndex;
use callsign_types::journal::entry::{Entry, HandedOff, OUTPUT_TOOL, RecordedSpending};
use callsign_types::limits::Limits;
use callsign_types::message::ToolCall;
use callsign_types::tool_status::ToolCallStatus;
use callsign_types::traits::tool::Effect;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;
use tracing::Instrument;

use super::active_agent::ActiveAgent;
use super::local::LocalExecutor;
use super::spans;
use super::writer::CommitReceipt;
use crate::journal::Journal;
use crate::journal::step::Step;
use crate::journal::truncate::truncate_content;
use crate::tools::call_result::CallResult;
use crate::tools::invoke::{self, Bounds};
use crate::tools::schedule::{Schedule, needs_start};

/// A call whose result was submitted to the journal.
struct FinishedCall {
    index: CallIndex,
    name: Arc<str>,
    /// `None` if the call waits for approvals.
    status: Option<ToolCallStatus>,
    /// The error that is not returned to the model.
    error: Option<BoxError>,
    entries: Vec<Entry>,
    /// The event of the result, if it has metadata.
    with_metadata: Option<ToolCallEnded>,
    receipt: CommitReceipt,
}

/// What a call has returned, before it is recorded.
struct EndedCall {
    result: CallResult,
    /// The entry of the handoff that the call has caused.
    handed_off: Option<HandedOff>,
    spent: Option<RecordedSpending>,
    elapsed: Duration,
}

/// The entries of each call, in the order of the calls.
struct Outcomes {
    indexes: Vec<CallIndex>,
    entries: Vec<Vec<Entry>>,
}

impl Outcomes {
    fn new(indexes: Vec<CallIndex>) -> Self {
        Self { entries: vec![Vec::new(); indexes.len()], indexes }
    }

    /// Appends the entries of a call of this batch.
    fn add(&mut self, index: CallIndex, entries: Vec<Entry>) {
        let at = self.indexes.iter().position(|known| *known == index);
        match at.and_then(|at| self.entries.get_mut(at)) {
            Some(of_call) if of_call.is_empty() => *of_call = entries,
            Some(of_call) => of_call.extend(entries),
            None => {}
        }
    }
}

impl LocalExecutor {
    /// Runs these calls.
    ///
    /// The result of a call is submitted to the journal from inside the call's own future, in the
    /// poll in which the tool finishes. A finished result is therefore never lost, wherever the
    /// run is dropped.
    pub(crate) async fn call_tools(
        &mut self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let indexes: Vec<CallIndex> = steps.iter().filter_map(call_index).collect();
        let due = indexes.iter().filter_map(|&index| {
            Some((index, journal.state.pending_call(index)?.call.name.as_str()))
        });
        let mut schedule = Schedule::new(&journal.state, due);
        let mut outcomes = Outcomes::new(indexes);
        let mut finished = Vec::with_capacity(outcomes.indexes.len());
        {
            let handed_off = AtomicBool::new(journal.state.is_being_handed_off());
            let mut running = FuturesUnordered::new();
            loop {
                let is_over = self.is_out_of_time() || self.scope.cancel.is_cancelled();
                let ready = if is_over { Vec::new() } else { schedule.start() };
                let started = self.record_starts(journal, &ready, &mut outcomes);
                self.announce(journal, &ready);
                running.extend(
                    ready
                        .iter()
                        .map(|&call| self.call(journal, call, started.clone(), &handed_off)),
                );
                let Some(next) = running.next().await else { break };
                let mut next = next?;
                schedule.finished(next.index);
                outcomes.add(next.index, std::mem::take(&mut next.entries));
                finished.push(next);
            }
        }
        self.wait_until_durable(finished).await?;
        let mut outcomes = outcomes.entries;
        if self.is_out_of_time() {
            let late = self.commit(vec![Entry::TimedOut { partial_text: String::new() }]).await?;
            // There is one list for each step. The timeout joins the last one.
            outcomes.last_mut().into_iter().for_each(|last| last.extend(late.concat()));
        }
        Ok(outcomes)
    }

    /// Keeps what the journal does not hold of these calls, and waits until they are committed.
    async fn wait_until_durable(&mut self, finished: Vec<FinishedCall>) -> Result<(), Error> {
        // Submissions are committed in order, so the newest receipt covers all of them.
        let newest = finished.last().map(|call| call.receipt.clone());
        for FinishedCall { index, name, status, error, with_metadata, .. } in finished {
            if let Some(status) = status {
                self.tool_errors.record(index, name, status, error);
            }
            self.results_with_metadata.extend(with_metadata);
        }
        match newest {
            Some(receipt) => receipt.wait().await,
            None => Ok(()),
        }
    }

    fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Submits the starts that the journal requires and does not have yet.
    fn record_starts(
        &self,
        journal: &Journal,
        ready: &[CallIndex],
        outcomes: &mut Outcomes,
    ) -> Option<CommitReceipt> {
        let unrecorded = ready.iter().copied().filter(|&index| {
            journal.state.pending_call(index).is_some_and(|pending| {
                !pending.started && needs_start(journal.state.tool(&pending.call.name))
            })
        });
        let calls: Vec<CallIndex> = unrecorded.collect();
        let starts: Vec<_> = calls.iter().map(|&call| Entry::Started { call }).collect();
        for (call, start) in calls.into_iter().zip(&starts) {
            outcomes.add(call, vec![start.clone()]);
        }
        (!starts.is_empty()).then(|| self.writer.submit(&starts))
    }

    /// Runs one call after its start is durable.
    async fn call(
        &self,
        journal: &Journal,
        index: CallIndex,
        started: Option<CommitReceipt>,
        handed_off: &AtomicBool,
    ) -> Result<FinishedCall, Error> {
        if let Some(receipt) = started {
            receipt.wait().await?;
        }
        let Some(pending) = journal.state.pending_call(index) else {
            return Err(Error::configuration(format!("call {index} is not in the journal")));
        };
        let call = &pending.call;
        let tool = self.active.tools.get(&call.name);
        let name = self.tool_name(call);
        let began = Instant::now();
        let context = self.context(index, pending, name.clone());
        let (limits, errors) = (journal.state.limits(), self.active.config.error_visibility);
        let (timeout, result_bytes) = (limits.tool_timeout, limits.max_result_bytes);
        let max_timeout = limits.max_tool_timeout;
        let deadline = self.deadline;
        let bounds = Bounds { timeout, max_timeout, deadline, errors, result_bytes };
        let records_content = self.active.config.hooks.record_content;
        let span = spans::tool::open(pending, &self.conversation, records_content);
        // A tool that the journal has not recorded does not run, because `step` could not enforce
        // its settings, such as `approval`.
        let is_recorded = |tool: &str| journal.state.tool(tool).is_some() || *tool == *OUTPUT_TOOL;
        let result = if is_recorded(&name) || tool.is_none() {
            let checked = self.checked.get(&index);
            let call = invoke::run(&self.active.tools, pending, checked, context.clone(), bounds);
            call.instrument(span.span()).await
        } else {
            let known = self.active.tools.names().filter(|tool| is_recorded(tool));
            CallResult::unknown_tool(&name, known)
        };
        spans::tool::end(span, &result, records_content);
        let elapsed = began.elapsed();
        let mut result = only_one_handoff(result, handed_off);
        // Dropped here, the call of a handoff has no result, and runs again: it changes nothing.
        let handed_off = self.handed_off(std::mem::take(&mut result.effect)).await?;
        // There is no await below. A run dropped at one would lose the result of a finished tool.
        let spent = context.spent().map(RecordedSpending::from);
        let ended = EndedCall { result, handed_off, spent, elapsed };
        self.record_result(index, &pending.call, ended, limits)
    }

    /// Submits a call's result to the journal, and emits its event.
    fn record_result(
        &self,
        index: CallIndex,
        call: &ToolCall,
        ended: EndedCall,
        limits: &Limits,
    ) -> Result<FinishedCall, Error> {
        let EndedCall { result, handed_off, spent, elapsed } = ended;
        let name = self.tool_name(call);
        if self.output.is_some() && *name == *OUTPUT_TOOL && result.status.is_failure() {
            let reason = result.content.text().into_owned();
            self.events.emit(|| Event::OutputRejected { reason });
        }
        let error_chain = result.error_chain();
        let CallResult { status, content, metadata, suspended_on, error, .. } = result;
        if !suspended_on.is_empty() {
            let entries =
                vec![Entry::AwaitingApproval { call: index, requests: suspended_on, spent }];
            let receipt = self.writer.submit(&entries);
            let (status, with_metadata) = (None, None);
            return Ok(FinishedCall {
                index,
                name,
                status,
                error,
                entries,
                with_metadata,
                receipt,
            });
        }
        let has_metadata = metadata.is_some();
        let ended = (has_metadata || self.events.has_subscriber()).then(|| {
            let mut ended = ToolCallEnded::new(self.started(index, call), status, content.clone());
            ended.metadata = metadata.clone();
            ended.error = error_chain;
            ended.elapsed = elapsed;
            ended
        });
        let shown = self.shown_bytes(&name, &content, limits);
        let entry = Entry::Result { call: index, status, content, shown, metadata, spent };
        // The handoff precedes the result, which may be the last one of its response.
        let entries = match handed_off {
            Some(handed_off) => vec![Entry::HandedOff(handed_off), entry],
            None => vec![entry],
        };
        let receipt = self.writer.submit(&entries);
        let with_metadata = if has_metadata { ended.clone() } else { None };
        self.events.emit(|| ended.map(Event::ToolResult));
        let status = Some(status);
        Ok(FinishedCall { index, name, status, error, entries, with_metadata, receipt })
    }

    /// Returns how many bytes of a result the model receives; `None` if it receives all of them.
    fn shown_bytes(&self, tool: &str, content: &Content, limits: &Limits) -> Option<u64> {
        let tool = self.active.tools.get(tool);
        let limit = tool.and_then(|tool| tool.spec.max_result_bytes);
        let limit = limit.unwrap_or(limits.max_result_bytes);
        truncate_content(content, limit).map(|_| limit)
    }

    /// Returns the entry of a handoff, if the call's effect is one.
    async fn handed_off(&self, effect: Effect) -> Result<Option<HandedOff>, Error> {
        let Effect::HandOff { to, message } = effect else { return Ok(None) };
        let (values, output) = (self.scope.run.all_context(), self.output.as_ref());
        let to = (*to != *self.root.name).then_some(&*to);
        let next = ActiveAgent::find(&self.root, to, &self.conversation, values, output)?;
        next.handed_off(message, self.deadline).await.map(Some)
    }
}

/// Replaces the result of a handoff if another call of the same response was recorded before it.
fn only_one_handoff(result: CallResult, handed_off: &AtomicBool) -> CallResult {
    let is_handoff = matches!(result.effect, Effect::HandOff { .. });
    // Calls of one response are polled by one task: the order of recording is the order here.
    if is_handoff && handed_off.swap(true, Relaxed) {
        CallResult::already_handed_off()
    } else {
        result
    }
}

fn call_index(step: &Step) -> Option<CallIndex> {
    match step {
        Step::CallTool { call } => Some(*call),
        _ => None,
    }
}
