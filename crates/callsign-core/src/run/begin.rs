//! From what was said to the answer: the life of one run on the embedded journal.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::future::{Either, select};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::active::Active;
use super::canceller::Canceller;
use super::conclude::{Leftovers, cancelled, conclude};
use super::driver::drive;
use super::embedded::Embedded;
use super::opening::{self, Beginning, Opened};
use super::replay::Replaying;
use super::reply::{Place, Reply};
use super::tool_errors::ToolErrors;
use super::writer::Writer;
use super::{live, spans, withdrawal};
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::traits::events::Events;
use crate::traits::ledger::Ledger;
use crate::traits::scope::Scope;
use crate::traits::store::Hold;
use crate::words::error::Error;
use crate::words::id::JournalKey;

/// The longest run: clocks cannot count further on every platform.
const A_YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 60 * 60);

/// Submits `Cancelled` where a run is dropped before it has ended. That needs no waiting: the
/// writer's task outlives the run.
struct Closer {
    writer: Writer,
    partial_text: Arc<Mutex<String>>,
    ended: bool,
}

impl Drop for Closer {
    fn drop(&mut self) {
        if !self.ended {
            let partial_text = self.partial_text();
            drop(self.writer.submit(&[Entry::Cancelled { partial_text }]));
        }
        self.writer.close();
    }
}

impl Closer {
    fn partial_text(&self) -> String {
        self.partial_text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs until the model has answered, inside a span.
pub(crate) async fn run(
    beginning: Beginning,
    events: Events,
    canceller: Canceller,
) -> Result<Reply, Error> {
    let span = spans::run::open(&beginning);
    let place = Place::of(&beginning);
    let within = beginning.above.is_some();
    let outcome = live(beginning, events, canceller).instrument(span.span()).await;
    let outcome = outcome.and_then(|reply| reply.going_on_at(place, within));
    spans::run::end(span, &outcome);
    outcome
}

/// Runs until the model has answered.
async fn live(beginning: Beginning, events: Events, canceller: Canceller) -> Result<Reply, Error> {
    let Beginning { store, conversation, overlap, .. } = &beginning;
    let _entered = live::enter(&**store, conversation, &canceller, *overlap)?;
    let Some(opened) = unless(&canceller, pin!(opening::open(&beginning))).await else {
        return Err(cancelled(&Journal::default(), String::new()));
    };
    let Opened { mut journal, entries, hold, active } = opened?;
    if let Some(ending) = opening::nothing_to_do(&journal, &entries) {
        return conclude(Ok(ending), &journal, &beginning.conversation, Leftovers::default());
    }
    let began = Instant::now();
    let events = events.observed_by(&beginning.parts.hooks.observers, &active.run);
    // Whatever runs under this run keeps the conversation until it is written.
    let hold = Arc::new(hold);
    let ledger = ledger(&beginning);
    let scope = Scope {
        ledger: active.ledger(&ledger),
        hold: Arc::downgrade(&hold),
        ..scope(&beginning, &active, &journal, &entries, began, &events)
    };
    let above = beginning.above.as_ref().and_then(|above| above.scope().hold.upgrade());
    let hold = Hold::new((hold, above));
    let deadline = scope.deadline.unwrap_or(began);
    let Beginning { parts, store, conversation, answer, .. } = beginning;
    let length = journal.state.length();
    let writer = Writer::open(store.clone(), conversation.clone(), length, hold);
    let mut closer = Closer { writer, partial_text: Arc::default(), ended: false };
    let mut boundary = Embedded {
        root: parts,
        active,
        store: store.clone(),
        conversation: conversation.clone(),
        writer: closer.writer.clone(),
        events,
        ledger,
        scope: Arc::new(scope),
        answer,
        deadline,
        partial_text: closer.partial_text.clone(),
        model_error: None,
        tool_errors: ToolErrors::default(),
        private: Vec::new(),
        turn: Span::none(),
    };
    let opening = closer.writer.submit(&entries);
    let driving = async {
        opening.wait().await?;
        journal.extend(entries);
        withdrawal::tell(&*store, &journal.state).await?;
        // The inbox was emptied into what the run began with.
        journal.state.inbox_was_empty();
        if boundary.root.replays {
            let mut replaying = Replaying::new(&mut boundary, journal.clone());
            return drive(&mut replaying, &mut journal).await;
        }
        drive(&mut boundary, &mut journal).await
    };
    let driven = unless(&canceller, pin!(driving)).await;
    if let Some(ending) = driven {
        closer.ended = true;
        finish(closer).await;
        let Embedded { model_error, tool_errors, private, .. } = boundary;
        // Whoever keeps what was said does not keep what models noted with it.
        journal.transcript.messages().forget_notes();
        let leftovers = Leftovers { model_error, tool_errors, private };
        return conclude(ending, &journal, &conversation, leftovers);
    }
    let partial_text = closer.partial_text();
    finish(closer).await;
    let kept = store.load(&conversation, 0..u64::MAX).await?;
    Err(cancelled(&kept.into_iter().collect(), partial_text))
}

/// What the run uses, which counts for the call that it belongs to.
fn ledger(beginning: &Beginning) -> Arc<Ledger> {
    let above = beginning.above.as_ref().map(|above| above.ledger().clone());
    Arc::new(Ledger::of_run(&beginning.limits, beginning.parts.prices.clone(), above))
}

/// What all the calls of the run share.
fn scope(
    beginning: &Beginning,
    active: &Active,
    journal: &Journal,
    entries: &[Entry],
    began: Instant,
    events: &Events,
) -> Scope {
    let Beginning { store, limits, above, .. } = beginning;
    let created = entries.iter().find_map(|entry| match entry {
        Entry::Created { key, .. } => Some(key),
        _ => None,
    });
    let deadline = began + limits.time.min(A_YEAR);
    let last = above.as_ref().and_then(|above| above.scope().deadline);
    Scope {
        run: active.run.clone(),
        key: journal.state.key().or(created).cloned().unwrap_or_else(JournalKey::random),
        model: Some(active.model.clone()),
        store: Some(store.clone()),
        ledger: Arc::default(),
        events: events.clone(),
        deadline: Some(last.map_or(deadline, |last| last.min(deadline))),
        hold: Weak::new(),
    }
}

/// What this comes to, unless the run is cancelled before. The work is taken pinned: handed over
/// by itself, it would be kept in memory twice.
async fn unless<T>(canceller: &Canceller, work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match select(work, pin!(canceller.cancelled())).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Waits until everything is written, and the conversation is free for its next run.
async fn finish(closer: Closer) {
    let writer = closer.writer.clone();
    drop(closer);
    writer.ended().await;
}
