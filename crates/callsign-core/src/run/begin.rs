//! From what was said to the answer: the life of one run on the embedded journal.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{Either, select};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::canceller::Canceller;
use super::conclude::{cancelled, conclude};
use super::driver::drive;
use super::embedded::Embedded;
use super::events::Events;
use super::opening::{self, Beginning};
use super::reply::Reply;
use super::writer::Writer;
use crate::journal::Journal;
use crate::journal::entry::Entry;
use crate::words::error::Error;

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
            drop(self.writer.submit(vec![Entry::Cancelled { partial_text }]));
        }
        self.writer.close();
    }
}

impl Closer {
    fn partial_text(&self) -> String {
        self.partial_text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs until the model has answered.
pub(crate) async fn run(
    beginning: Beginning,
    events: Events,
    canceller: Canceller,
) -> Result<Reply, Error> {
    let Some(opened) = unless(&canceller, opening::open(&beginning)).await else {
        return Err(cancelled(&Journal::default(), String::new()));
    };
    let opening::Opened { mut journal, entries, hold } = opened?;
    if let Some(ending) = opening::nothing_to_do(&journal, &entries) {
        return conclude(Ok(ending), &journal, None, BTreeMap::new());
    }
    let began = Instant::now();
    let Beginning { parts, store, conversation, limits, .. } = beginning;
    let length = journal.state.length();
    let (writer, task) = Writer::open(store.clone(), conversation.clone(), length, hold);
    let mut closer = Closer { writer, partial_text: Arc::default(), ended: false };
    let mut boundary = Embedded {
        parts,
        store: store.clone(),
        conversation: conversation.clone(),
        writer: closer.writer.clone(),
        events,
        deadline: began + limits.time.min(A_YEAR),
        partial_text: closer.partial_text.clone(),
        model_error: None,
        tool_errors: BTreeMap::new(),
    };
    let opening = closer.writer.submit(entries.clone());
    let driving = async {
        opening.wait().await?;
        entries.iter().for_each(|entry| journal.apply(entry));
        // The inbox was emptied into what the run began with.
        journal.state.inbox_was_empty();
        drive(&mut boundary, &mut journal).await
    };
    if let Some(ending) = unless(&canceller, driving).await {
        closer.ended = true;
        finish(closer, task).await;
        return conclude(ending, &journal, boundary.model_error, boundary.tool_errors);
    }
    let partial_text = closer.partial_text();
    finish(closer, task).await;
    let kept = store.load(&conversation, 0..u64::MAX).await?;
    Err(cancelled(&Journal::read(&kept), partial_text))
}

/// What this comes to, unless the run is cancelled before.
async fn unless<T>(canceller: &Canceller, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(canceller.cancelled())).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Waits until everything is written, and the conversation is free for its next run.
async fn finish(closer: Closer, task: JoinHandle<()>) {
    drop(closer);
    // The task ends by itself; that it was ended by the runtime changes nothing here.
    let _ = task.await;
}
