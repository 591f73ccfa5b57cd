//! A history made shorter before it is sent.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::time::timeout_at;

use super::embedded::Embedded;
use crate::journal::Journal;
use crate::journal::compact::Compaction;
use crate::journal::entry::{Entry, RecordedSpending};
use crate::traits::asking::Asking;
use crate::traits::compactor::Compactor;
use crate::traits::ledger::Ledger;
use crate::words::error::Error;
use crate::words::estimate::tokens;
use crate::words::event::Event;
use crate::words::messages::Messages;

/// The run's time is over.
struct OutOfTime;

impl Embedded {
    /// Has the agent's compactors make the history shorter, one after another until it fits, and
    /// answers what the journal gets to know of it. Where none of them can, the request is sent
    /// as it is.
    pub(super) async fn compact(&self, journal: &Journal, budget: u64) -> Vec<Entry> {
        let ledger = Arc::new(Ledger::under(&self.scope.ledger));
        let asking = Asking::new(self.active.model.clone(), ledger);
        // What stays whatever a compactor says, the transcript knows.
        let mut transcript = journal.transcript.clone();
        let before = tokens(transcript.messages());
        let mut compactions = Vec::new();
        let mut out_of_time = false;
        for compactor in &self.active.parts.compactors {
            let whole = transcript.messages().clone();
            let compaction = match self.ask_compactor(&**compactor, &whole, budget, &asking).await {
                Ok(Some(compaction)) => compaction,
                Ok(None) => continue,
                Err(OutOfTime) => {
                    out_of_time = true;
                    break;
                }
            };
            transcript.compact(&compaction);
            if *transcript.messages() == whole {
                continue;
            }
            compactions.push(compaction);
            if tokens(transcript.messages()) <= budget {
                break;
            }
        }
        if !compactions.is_empty() {
            let after = tokens(transcript.messages());
            self.events.emit(|| Event::Compacted { before, after });
        }
        let mut entries = recorded(compactions, RecordedSpending::from(asking.spent()));
        if out_of_time {
            entries.push(Entry::OutOfTime { partial_text: String::new() });
        }
        entries
    }

    /// What one compactor says; nothing where it fails or panics.
    async fn ask_compactor(
        &self,
        compactor: &dyn Compactor,
        messages: &Messages,
        budget: u64,
        asking: &Asking,
    ) -> Result<Option<Compaction>, OutOfTime> {
        // The compactor itself may panic, before there is a future to poll.
        let work =
            async { timeout_at(self.deadline, compactor.compact(messages, budget, asking)).await };
        let error: Error = match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(Ok(compaction))) => return Ok(compaction),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => return Err(OutOfTime),
            Err(_) => Error::configuration("a compactor of the agent panicked"),
        };
        tracing::warn!(%error, "the history could not be made shorter");
        Ok(None)
    }
}

/// What the journal gets to know, with what was used beside the last of it.
fn recorded(compactions: Vec<Compaction>, spent: RecordedSpending) -> Vec<Entry> {
    let is_spent = spent != RecordedSpending::default();
    let entries = compactions.into_iter();
    let mut entries: Vec<_> =
        entries.map(|compaction| Entry::Compacted { compaction, spent: None }).collect();
    match entries.last_mut() {
        Some(Entry::Compacted { spent: last, .. }) => *last = is_spent.then_some(spent),
        _ if is_spent => entries.push(Entry::Spent { spent }),
        _ => {}
    }
    entries
}
