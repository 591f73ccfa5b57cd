//! The calls of one reply, run side by side.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::embedded::Embedded;
use super::writer::Receipt;
use crate::dispatch::answer::Answer;
use crate::dispatch::guard;
use crate::dispatch::schedule::{Schedule, needs_start};
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::journal::step::Step;
use crate::traits::context::Context;
use crate::words::error::{BoxError, Error};
use crate::words::event::{Event, ToolCallEnded, ToolCallStarted};
use crate::words::id::CallNumber;

/// A call that has its answer, which was submitted to the journal.
struct Done {
    number: CallNumber,
    entry: Entry,
    receipt: Receipt,
    fatal: Option<BoxError>,
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
        let mut outcomes: BTreeMap<CallNumber, Vec<Entry>> = BTreeMap::new();
        let (mut fatal, mut last) = (BTreeMap::new(), None);
        {
            let mut running = FuturesUnordered::new();
            loop {
                let ready = if self.is_out_of_time() { Vec::new() } else { schedule.start() };
                let begun = self.begin(journal, &ready, &mut outcomes);
                running.extend(
                    ready.into_iter().map(|number| self.call(journal, number, begun.clone())),
                );
                let Some(done) = running.next().await else {
                    break;
                };
                let done = done?;
                schedule.finished(done.number);
                outcomes.entry(done.number).or_default().push(done.entry);
                fatal.extend(done.fatal.map(|error| (done.number, error)));
                last = Some(done.receipt);
            }
        }
        self.tool_errors = fatal;
        // Submissions are committed in order, so the newest receipt stands for all of them.
        if let Some(receipt) = last {
            receipt.wait().await?;
        }
        let mut outcomes: Vec<_> =
            numbers.iter().map(|number| outcomes.remove(number).unwrap_or_default()).collect();
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
        outcomes: &mut BTreeMap<CallNumber, Vec<Entry>>,
    ) -> Option<Receipt> {
        let unknown = ready.iter().copied().filter(|&number| {
            journal.state.open_call(number).is_some_and(|open| {
                !open.started && needs_start(journal.state.tool(&open.call.name))
            })
        });
        let starts: Vec<_> = unknown.map(|call| Entry::Started { call }).collect();
        for start in &starts {
            if let Entry::Started { call } = start {
                outcomes.entry(*call).or_default().push(start.clone());
            }
        }
        (!starts.is_empty()).then(|| self.writer.submit(starts))
    }

    /// Runs one call, once the journal knows that it was begun.
    async fn call(
        &self,
        journal: &Journal,
        number: CallNumber,
        begun: Option<Receipt>,
    ) -> Result<Done, Error> {
        if let Some(receipt) = begun {
            receipt.wait().await?;
        }
        let (Some(open), Some(key)) = (journal.state.open_call(number), journal.state.key()) else {
            return Err(Error::configuration("a call is run that the journal does not know"));
        };
        let call = &open.call;
        let name: std::sync::Arc<str> = call.name.as_str().into();
        self.events.emit(|| {
            let arguments = call.arguments.as_str().into();
            Event::ToolCall(ToolCallStarted { number, name: name.clone(), arguments })
        });
        let began = Instant::now();
        let context = Context::new(
            self.conversation.clone(),
            key.clone(),
            number,
            call.id.clone(),
            name.clone(),
            self.parts.states.clone(),
        );
        let timeout = journal.state.limits().tool_timeout;
        let answer = guard::run(&self.parts.toolbox, call, context, timeout, self.deadline).await;
        // No await from here to the end: a tool that has finished is in the journal's hands.
        let Answer { outcome, content, fatal } = answer;
        let entry = Entry::Result { call: number, outcome, content: content.clone() };
        let receipt = self.writer.submit(vec![entry.clone()]);
        let elapsed = began.elapsed();
        self.events
            .emit(|| Event::ToolResult(ToolCallEnded { number, name, outcome, content, elapsed }));
        Ok(Done { number, entry, receipt, fatal })
    }
}

fn number(step: &Step) -> Option<CallNumber> {
    match step {
        Step::CallTool { call } => Some(*call),
        _ => None,
    }
}
