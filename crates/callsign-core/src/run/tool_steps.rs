//! The calls of one reply, run side by side.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;
use tracing::Instrument;

use super::active::Active;
use super::embedded::Embedded;
use super::spans;
use super::writer::Receipt;
use crate::dispatch::answer::Answer;
use crate::dispatch::guard::{self, Bounds};
use crate::dispatch::schedule::{Schedule, needs_start};
use crate::journal::Journal;
use crate::journal::cut::cut;
use crate::journal::entry::{ANSWER_TOOL, Entry, HandedOff, RecordedSpending};
use crate::journal::step::Step;
use crate::traits::ledger::Spent;
use crate::traits::tool::Effect;
use crate::words::content::Content;
use crate::words::error::{BoxError, Error};
use crate::words::event::{Event, ToolCallEnded, ToolCallStarted};
use crate::words::id::CallNumber;
use crate::words::limits::Limits;
use crate::words::result::CallOutcome;

/// A call that has its answer, which was submitted to the journal.
struct Done {
    number: CallNumber,
    name: Arc<str>,
    outcome: CallOutcome,
    /// What the model is not told.
    error: Option<BoxError>,
    entries: Vec<Entry>,
    private: Option<ToolCallEnded>,
    receipt: Receipt,
}

/// What came of each call, in their order.
struct Outcomes {
    numbers: Vec<CallNumber>,
    entries: Vec<Vec<Entry>>,
}

impl Outcomes {
    fn new(numbers: Vec<CallNumber>) -> Self {
        Self { entries: vec![Vec::new(); numbers.len()], numbers }
    }

    /// Adds what came of this call, which is one of them.
    fn add(&mut self, number: CallNumber, entries: Vec<Entry>) {
        let known = self.numbers.iter().position(|known| *known == number);
        match known.and_then(|at| self.entries.get_mut(at)) {
            Some(none) if none.is_empty() => *none = entries,
            Some(some) => some.extend(entries),
            None => {}
        }
    }
}

impl Embedded {
    /// Runs these calls. The answer of each is submitted to the journal from inside the call's
    /// own future, in the same poll in which the tool finishes: nothing that was finished is
    /// lost, wherever the run is dropped.
    pub(super) async fn call_tools(
        &mut self,
        journal: &Journal,
        steps: &[Step],
    ) -> Result<Vec<Vec<Entry>>, Error> {
        let numbers: Vec<CallNumber> = steps.iter().filter_map(number).collect();
        let due = numbers.iter().filter_map(|&number| {
            Some((number, journal.state.open_call(number)?.call.name.as_str()))
        });
        let mut schedule = Schedule::new(&journal.state, due);
        let handed_off = AtomicBool::new(journal.state.is_being_handed_off());
        let mut done = Vec::with_capacity(numbers.len());
        let mut outcomes = Outcomes::new(numbers);
        {
            let mut running = None;
            loop {
                let ready = if self.is_out_of_time() { Vec::new() } else { schedule.start() };
                let begun = self.begin(journal, &ready, &mut outcomes);
                let call = |number| self.call(journal, number, begun.clone(), &handed_off);
                let next = match (&ready[..], &mut running) {
                    // Most replies have one call, which needs nobody to keep several apart.
                    ([number], None) => Box::pin(call(*number)).await,
                    ([], None) => break,
                    (ready, running) => {
                        let running = running.get_or_insert_with(FuturesUnordered::new);
                        running.extend(ready.iter().copied().map(call));
                        let Some(next) = running.next().await else { break };
                        next
                    }
                };
                let mut next = next?;
                schedule.finished(next.number);
                outcomes.add(next.number, std::mem::take(&mut next.entries));
                done.push(next);
            }
        }
        let last = done.last().map(|done| done.receipt.clone());
        for Done { number, name, outcome, error, private, .. } in done {
            self.tool_errors.note(number, name, outcome, error);
            self.private.extend(private);
        }
        // Submissions are committed in order, so the newest receipt stands for all of them.
        if let Some(receipt) = last {
            receipt.wait().await?;
        }
        let mut outcomes = outcomes.entries;
        if self.is_out_of_time() {
            let late = self.commit(vec![Entry::OutOfTime { partial_text: String::new() }]).await?;
            // Every step has one outcome: the time ran out in the last of them.
            outcomes.last_mut().into_iter().for_each(|last| last.extend(late.concat()));
        }
        Ok(outcomes)
    }

    fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Has the journal know of the calls that are about to be run, where it has to and does not.
    fn begin(
        &self,
        journal: &Journal,
        ready: &[CallNumber],
        outcomes: &mut Outcomes,
    ) -> Option<Receipt> {
        let unknown = ready.iter().copied().filter(|&number| {
            journal.state.open_call(number).is_some_and(|open| {
                !open.started && needs_start(journal.state.tool(&open.call.name))
            })
        });
        let starts: Vec<_> = unknown.map(|call| Entry::Started { call }).collect();
        for start in &starts {
            if let Entry::Started { call } = start {
                outcomes.add(*call, vec![start.clone()]);
            }
        }
        (!starts.is_empty()).then(|| self.writer.submit(&starts))
    }

    /// Runs one call, once the journal knows that it was begun.
    async fn call(
        &self,
        journal: &Journal,
        number: CallNumber,
        begun: Option<Receipt>,
        handed_off: &AtomicBool,
    ) -> Result<Done, Error> {
        if let Some(receipt) = begun {
            receipt.wait().await?;
        }
        let Some(open) = journal.state.open_call(number) else {
            return Err(Error::configuration("a call is run that the journal does not know"));
        };
        let call = &open.call;
        let slot = self.active.toolbox.get(&call.name);
        let known = slot.map(|slot| slot.spec.definition.name.clone());
        let name = known.unwrap_or_else(|| call.name.as_str().into());
        self.events.emit(|| {
            let arguments = call.arguments.as_str().into();
            Event::ToolCall(ToolCallStarted { number, name: name.clone(), arguments })
        });
        let began = Instant::now();
        let context = self.context(number, open, name.clone());
        let (limits, errors) = (journal.state.limits(), self.active.parts.errors);
        let (timeout, result_bytes) = (limits.tool_timeout, limits.result_bytes);
        let bounds = Bounds { timeout, deadline: self.deadline, errors, result_bytes };
        let recorded = self.active.parts.hooks.record_content;
        let span = spans::tool::open(open, &self.conversation, recorded);
        // What the journal does not know of a tool, such as that a person has to approve its
        // calls, could not be kept to.
        let known = |tool: &str| journal.state.tool(tool).is_some() || *tool == *ANSWER_TOOL;
        let mut answer = if known(&name) || slot.is_none() {
            let guarded = guard::run(&self.active.toolbox, open, context.clone(), bounds);
            guarded.instrument(span.span()).await
        } else {
            let known = self.active.toolbox.names().filter(|tool| known(tool));
            Answer::unknown_tool(&name, known)
        };
        spans::tool::end(span, &answer, recorded);
        let elapsed = began.elapsed();
        if matches!(answer.effect, Effect::HandOff { .. }) && handed_off.swap(true, Relaxed) {
            answer = Answer::handed_off_before();
        }
        // No await from here to the end: a tool that has finished is in the journal's hands.
        let spent = context.spent().map(RecordedSpending::from);
        self.record(number, name, answer, spent, limits, elapsed)
    }

    /// Has the journal and the audience know of a call's answer.
    fn record(
        &self,
        number: CallNumber,
        name: Arc<str>,
        answer: Answer,
        spent: Option<RecordedSpending>,
        limits: &Limits,
        elapsed: Duration,
    ) -> Result<Done, Error> {
        if self.answer.is_some() && *name == *ANSWER_TOOL && answer.outcome.is_fault() {
            let reason = answer.content.text().into_owned();
            self.events.emit(|| Event::AnswerRejected { reason });
        }
        let chain = answer.chain();
        let Answer { outcome, content, private, effect, waiting, error } = answer;
        if !waiting.is_empty() {
            let entries = vec![Entry::Waiting { call: number, requests: waiting, spent }];
            let receipt = self.writer.submit(&entries);
            return Ok(Done { number, name, outcome, error, entries, private: None, receipt });
        }
        let has_private = private.is_some();
        let ended = (has_private || !self.events.is_unheard()).then(|| ToolCallEnded {
            number,
            name: name.clone(),
            outcome,
            content: content.clone(),
            private: private.clone(),
            error: chain,
            elapsed,
        });
        let shown = self.shown(&name, &content, limits);
        let result = Entry::Result { call: number, outcome, content, shown, private, spent };
        // In front of the result, which may be the last one of its reply.
        let entries = match self.handed_off(effect)? {
            Some(handed_off) => vec![Entry::HandedOff(handed_off), result],
            None => vec![result],
        };
        let receipt = self.writer.submit(&entries);
        let private = if has_private { ended.clone() } else { None };
        self.events.emit(|| ended.map(Event::ToolResult));
        Ok(Done { number, name, outcome, error, entries, private, receipt })
    }

    /// How many bytes of a result the model sees, where that is not all.
    fn shown(&self, tool: &str, content: &Content, limits: &Limits) -> Option<u64> {
        let slot = self.active.toolbox.get(tool);
        let limit = slot.and_then(|slot| slot.spec.max_result_bytes);
        let limit = limit.unwrap_or(limits.result_bytes);
        cut(content, limit).map(|_| limit)
    }

    /// What the journal gets to know where a call gives the conversation to another agent.
    fn handed_off(&self, effect: Effect) -> Result<Option<HandedOff>, Error> {
        let Effect::HandOff { to, message } = effect else { return Ok(None) };
        let (given, answer) = (self.scope.run.all_given(), self.answer.as_ref());
        let to = (*to != *self.root.name).then_some(&*to);
        let next = Active::find(&self.root, to, &self.conversation, given, answer)?;
        next.handed_off(message).map(Some)
    }
}

impl From<Spent> for RecordedSpending {
    fn from(spent: Spent) -> Self {
        let Spent { usage, cost, is_estimated } = spent;
        Self { is_estimated, ..Self::new(usage, cost) }
    }
}

fn number(step: &Step) -> Option<CallNumber> {
    match step {
        Step::CallTool { call } => Some(*call),
        _ => None,
    }
}
