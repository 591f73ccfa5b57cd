//! A history made shorter before it is sent.

use std::sync::Arc;

use tokio::time::timeout_at;

use super::embedded::Embedded;
use crate::journal::Journal;
use crate::journal::entry::{Entry, RecordedSpending};
use crate::traits::asking::Asking;
use crate::traits::ledger::Ledger;
use crate::words::estimate::tokens;
use crate::words::event::Event;

impl Embedded {
    /// Has the agent's compactors make the history shorter, one after another until it fits, and
    /// answers what the journal gets to know of it. Where none of them can, the request is sent
    /// as it is.
    pub(super) async fn compact(&self, journal: &Journal, budget: u64) -> Vec<Entry> {
        let parts = &self.active.parts;
        let ledger = Arc::new(Ledger::under(&self.scope.ledger));
        let asking = Asking::new(self.active.model.clone(), ledger);
        let mut messages = journal.transcript.messages().clone();
        let before = tokens(&messages);
        let mut compactions = Vec::new();
        for compactor in &parts.compactors {
            let asked = compactor.compact(&messages, budget, &asking);
            let compaction = match timeout_at(self.deadline, asked).await {
                Ok(Ok(Some(compaction))) => compaction,
                Ok(Ok(None)) => continue,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the history could not be made shorter");
                    continue;
                }
                Err(_) => return vec![Entry::OutOfTime { partial_text: String::new() }],
            };
            let shorter = compaction.apply(&messages);
            if shorter == messages {
                continue;
            }
            messages = shorter;
            compactions.push(compaction);
            if tokens(&messages) <= budget {
                break;
            }
        }
        let after = tokens(&messages);
        if !compactions.is_empty() {
            self.events.emit(|| Event::Compacted { before, after });
        }
        let spent = asking.spent();
        let spent = RecordedSpending::new(spent.usage, spent.cost);
        let last = compactions.len().saturating_sub(1);
        let entries = compactions.into_iter().enumerate().map(|(at, compaction)| {
            let is_spent = at == last && spent != RecordedSpending::default();
            Entry::Compacted { compaction, spent: is_spent.then_some(spent) }
        });
        entries.collect()
    }
}
