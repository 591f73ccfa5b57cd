//! Compaction of the history before a request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::event::Event;
use callsign_types::journal::compaction::Compaction;
use callsign_types::journal::entry::{Entry, RecordedSpending};
use callsign_types::messages::Messages;
use callsign_types::token_estimate::tokens;
use callsign_types::traits::budget::Budget;
use callsign_types::traits::compactor::Compactor;
use callsign_types::traits::metered_model::MeteredModel;
use futures_util::FutureExt;
use tokio::time::timeout_at;

use super::local::LocalExecutor;
use crate::journal::Journal;

/// The run timed out.
struct RunTimedOut;

impl LocalExecutor {
    /// Applies the agent's compactors in order until the history fits `budget` tokens, and returns
    /// the entries of the outcome. If it still does not fit, the request is sent as it is.
    pub(crate) async fn compact(&self, journal: &Journal, budget: u64) -> Vec<Entry> {
        let ledger = Arc::new(Budget::child_of(&self.scope.budget));
        let model = MeteredModel::new(self.active.model.clone(), ledger);
        // The transcript knows which messages a compactor cannot remove.
        let mut transcript = journal.transcript.clone();
        let before = tokens(transcript.messages());
        let mut compactions = Vec::new();
        let mut timed_out = false;
        for compactor in &self.active.config.compactors {
            let whole = transcript.messages().clone();
            let compaction = match self.apply_compactor(&**compactor, &whole, budget, &model).await
            {
                Ok(Some(compaction)) => compaction,
                Ok(None) => continue,
                Err(RunTimedOut) => {
                    timed_out = true;
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
        let mut entries = compaction_entries(compactions, RecordedSpending::from(model.spent()));
        if timed_out {
            entries.push(Entry::TimedOut { partial_text: String::new() });
        }
        entries
    }

    /// Returns what one compactor decides; `None` if it fails or panics.
    async fn apply_compactor(
        &self,
        compactor: &dyn Compactor,
        messages: &Messages,
        budget: u64,
        model: &MeteredModel,
    ) -> Result<Option<Compaction>, RunTimedOut> {
        // The compactor itself may panic before there is a future to poll.
        let work =
            async { timeout_at(self.deadline, compactor.compact(messages, budget, model)).await };
        let error: Error = match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(Ok(compaction))) => return Ok(compaction),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => return Err(RunTimedOut),
            Err(_) => Error::configuration("a compactor of the agent panicked"),
        };
        tracing::warn!(%error, "compaction failed; the history is sent as it is");
        Ok(None)
    }
}

/// Returns the entries of these compactions; the last one carries what they spent.
fn compaction_entries(compactions: Vec<Compaction>, spent: RecordedSpending) -> Vec<Entry> {
    let has_spent = spent != RecordedSpending::default();
    let entries = compactions.into_iter();
    let mut entries: Vec<_> =
        entries.map(|compaction| Entry::Compacted { compaction, spent: None }).collect();
    match entries.last_mut() {
        Some(Entry::Compacted { spent: last, .. }) => *last = has_spent.then_some(spent),
        _ if has_spent => entries.push(Entry::UsageRecorded { spent }),
        _ => {}
    }
    entries
}
