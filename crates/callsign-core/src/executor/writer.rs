//! The only writer of a conversation: a task that commits submitted entries in groups.
//!
//! A store that completes an append immediately, such as memory, needs no task.

use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::budget::Spending;
use callsign_types::traits::store::{ConversationLock, Store, StoreError};
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, consume_budget};

/// The maximum number of attempts of one append. Repeating an append is safe.
const MAX_ATTEMPTS: u32 = 3;

/// The delay before the second attempt; later delays are longer.
const FIRST_DELAY: Duration = Duration::from_millis(20);

/// Takes entries without waiting, and commits them in the order of submission.
///
/// Entries that are submitted during a commit share the next one. The task continues until
/// everything is committed, even if the run that submitted it is gone, and only then unlocks the
/// conversation.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Mutex<Queue>>);

/// The submissions and their destination.
#[derive(Debug)]
struct Queue {
    sink: Sink,
    /// What the submitted entries record as spent.
    recorded: Spending,
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Sink {
    /// A store that completes appends immediately.
    Store(Box<JournalEnd>),
    /// The task. Submissions are numbered in the order in which they are sent.
    Task {
        sender: mpsc::UnboundedSender<Vec<Entry>>,
        submitted: u64,
        progress: watch::Receiver<CommitProgress>,
    },
    /// The store has failed.
    Failed(Arc<StoreError>),
    /// The run has ended.
    Closed,
}

/// The end of a locked journal, where entries are appended.
struct JournalEnd {
    store: Arc<dyn Store>,
    conversation: ConversationId,
    length: u64,
    /// The id of the next append.
    next_id: AppendId,
    _lock: ConversationLock,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct CommitProgress {
    committed: u64,
    failure: Option<Arc<StoreError>>,
}

/// Resolves when a submission is durable.
#[derive(Clone, Debug)]
pub(crate) enum CommitReceipt {
    /// The submission is durable.
    Durable,
    /// The submission will never be durable.
    Failed(Arc<StoreError>),
    /// Durable once the task has committed this number of submissions.
    Submitted(u64, watch::Receiver<CommitProgress>),
    /// The submission came after the writer was closed.
    Lost,
}

impl Writer {
    /// Opens a writer at the end of a journal of this length, as long as the lock is held.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        conversation: ConversationId,
        length: u64,
        lock: ConversationLock,
    ) -> Self {
        let is_immediate = store.appends_immediately();
        let next_id = AppendId::random();
        let end = Box::new(JournalEnd { store, conversation, length, next_id, _lock: lock });
        let mut queue = Queue { sink: Sink::Closed, recorded: Spending::default(), task: None };
        if is_immediate {
            queue.sink = Sink::Store(end);
        } else {
            queue.spawn_task(end, None);
        }
        Self(Arc::new(Mutex::new(queue)))
    }

    /// Submits entries. They are committed whether or not the receipt is awaited.
    pub(crate) fn submit(&self, entries: &[Entry]) -> CommitReceipt {
        self.queue().submit(entries)
    }

    /// Returns what the submitted entries record as spent.
    pub(crate) fn recorded(&self) -> Spending {
        self.queue().recorded
    }

    /// Closes the writer. The conversation is unlocked after the submitted entries are committed.
    pub(crate) fn close(&self) {
        self.queue().sink = Sink::Closed;
    }

    /// Waits until a closed writer has unlocked the conversation.
    pub(crate) async fn ended(&self) {
        let task = self.queue().task.take();
        if let Some(task) = task {
            // An error means that the runtime ended the task: there is nothing to wait for.
            let _ = task.await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn submit(&mut self, entries: &[Entry]) -> CommitReceipt {
        for spent in entries.iter().filter_map(Entry::spending) {
            self.recorded += spent.into();
        }
        match &mut self.sink {
            Sink::Store(end) => match end.append_immediately(entries) {
                Ok(()) => CommitReceipt::Durable,
                Err(NotImmediate::Failed(failure)) => {
                    let failure = Arc::new(failure);
                    self.sink = Sink::Failed(failure.clone());
                    CommitReceipt::Failed(failure)
                }
                Err(NotImmediate::Repeat(id)) => self.switch_to_task(id, entries),
            },
            Sink::Task { sender, submitted, progress } => {
                *submitted += 1;
                // The task ends early only if the store failed, which the receipt reports.
                let _ = sender.send(entries.to_vec());
                CommitReceipt::Submitted(*submitted, progress.clone())
            }
            Sink::Failed(failure) => CommitReceipt::Failed(failure.clone()),
            Sink::Closed => CommitReceipt::Lost,
        }
    }

    /// Continues with a task, because the store did not complete an append immediately.
    fn switch_to_task(&mut self, id: AppendId, entries: &[Entry]) -> CommitReceipt {
        match std::mem::replace(&mut self.sink, Sink::Closed) {
            Sink::Store(end) => self.spawn_task(end, Some((id, entries.to_vec()))),
            sink => self.sink = sink,
        }
        match &self.sink {
            Sink::Task { submitted, progress, .. } => {
                CommitReceipt::Submitted(*submitted, progress.clone())
            }
            _ => CommitReceipt::Lost,
        }
    }

    /// Spawns the task; `first` is committed before everything else.
    fn spawn_task(&mut self, mut end: Box<JournalEnd>, first: Option<(AppendId, Vec<Entry>)>) {
        let Ok(runtime) = Handle::try_current() else {
            let conversation = &end.conversation;
            tracing::error!(%conversation, "cannot write the journal: no Tokio runtime");
            return;
        };
        // Unbounded, because submitting does not wait. The run itself is the bound: it continues
        // from the calls of a response only after everything submitted for them is committed.
        let (sender, receiver) = mpsc::unbounded_channel();
        let (report, progress) = watch::channel(CommitProgress::default());
        let submitted = u64::from(first.is_some());
        let task = async move { end.write_all(first, receiver, &report).await };
        self.task = Some(runtime.spawn(task));
        self.sink = Sink::Task { sender, submitted, progress };
    }
}

impl CommitReceipt {
    /// Waits until the submission is durable.
    ///
    /// # Errors
    /// Returns the store's error, or a store error if the writer ended early.
    pub(crate) async fn wait(self) -> Result<(), Error> {
        let (number, mut progress) = match self {
            // Without this a run on a fast store would never yield to other tasks.
            Self::Durable => {
                consume_budget().await;
                return Ok(());
            }
            Self::Failed(failure) => return Err(shared_error(&failure)),
            Self::Submitted(number, progress) => (number, progress),
            Self::Lost => return Err(lost()),
        };
        let is_done =
            |progress: &CommitProgress| progress.committed >= number || progress.failure.is_some();
        match progress.wait_for(is_done).await {
            Ok(progress) => match &progress.failure {
                Some(failure) if progress.committed < number => Err(shared_error(failure)),
                _ => Ok(()),
            },
            Err(_) => Err(lost()),
        }
    }
}

impl JournalEnd {
    /// Appends entries to a store that completes an append when it is first polled.
    fn append_immediately(&mut self, entries: &[Entry]) -> Result<(), NotImmediate> {
        let id = self.take_id();
        let append = (*self.store).append(&self.conversation, self.length, id, entries);
        match append.now_or_never() {
            Some(Ok(length)) => {
                self.length = length;
                Ok(())
            }
            Some(Err(StoreError::Failed { .. })) | None => Err(NotImmediate::Repeat(id)),
            Some(Err(failure)) => Err(NotImmediate::Failed(failure)),
        }
    }

    fn take_id(&mut self) -> AppendId {
        let id = self.next_id;
        self.next_id = id.next();
        id
    }

    /// Commits submissions until the sender is closed or the store fails.
    async fn write_all(
        &mut self,
        first: Option<(AppendId, Vec<Entry>)>,
        mut submitted: mpsc::UnboundedReceiver<Vec<Entry>>,
        report: &watch::Sender<CommitProgress>,
    ) {
        if let Some((id, entries)) = first
            && !self.commit(id, &entries, 1, report).await
        {
            return;
        }
        let mut group = Vec::new();
        while submitted.recv_many(&mut group, usize::MAX).await > 0 {
            let submissions = group.len() as u64;
            let entries: Vec<Entry> = group.drain(..).flatten().collect();
            let id = self.take_id();
            if !self.commit(id, &entries, submissions, report).await {
                return;
            }
        }
    }

    /// Commits entries, and returns whether that succeeded.
    async fn commit(
        &mut self,
        id: AppendId,
        entries: &[Entry],
        submissions: u64,
        report: &watch::Sender<CommitProgress>,
    ) -> bool {
        match append_with_retries(&*self.store, &self.conversation, self.length, id, entries).await
        {
            Ok(length) => {
                self.length = length;
                report.send_modify(|progress| progress.committed += submissions);
                true
            }
            Err(error) => {
                let conversation = &self.conversation;
                tracing::error!(%conversation, %error, "cannot write the journal");
                report.send_modify(|progress| progress.failure = Some(Arc::new(error)));
                false
            }
        }
    }
}

/// Why an append did not complete immediately.
enum NotImmediate {
    /// Repeat it under this id, which adds nothing if the append has succeeded after all.
    Repeat(AppendId),
    /// The store has failed permanently.
    Failed(StoreError),
}

impl fmt::Debug for JournalEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, length, .. } = self;
        f.debug_struct("JournalEnd")
            .field("conversation", conversation)
            .field("length", length)
            .finish_non_exhaustive()
    }
}

async fn append_with_retries(
    store: &dyn Store,
    conversation: &ConversationId,
    at: u64,
    id: AppendId,
    entries: &[Entry],
) -> Result<u64, StoreError> {
    let mut attempts = 1;
    loop {
        match store.append(conversation, at, id, entries).await {
            Err(StoreError::Failed { .. }) if attempts < MAX_ATTEMPTS => {
                tokio::time::sleep(FIRST_DELAY * attempts).await;
                attempts += 1;
            }
            result => return result,
        }
    }
}

/// Returns the error for one of several callers that wait for the same failure.
fn shared_error(failure: &Arc<StoreError>) -> Error {
    let error = Error::new(failure.kind(), failure.to_string());
    // The failure stays whole, because other callers wait for it too.
    if failure.source().is_some() { error.with_source(failure.clone()) } else { error }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::Store,
        "the writer of the journal ended early: the store panicked, or the runtime was shut down; \
         entries that were not committed are lost",
    )
}

#[cfg(test)]
mod tests;
