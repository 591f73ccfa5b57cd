//! The one writer of a conversation: a task that commits what was submitted, in groups. Where a
//! store is done with an append at once, there is no task, and nothing to wait for.

use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, consume_budget};

use crate::journal::entry::Entry;
use crate::traits::store::{Hold, Store, StoreError};
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{AppendId, ConversationId};

/// How often an append is tried before the run is given up. Repeating one is safe.
const TRIES: u32 = 3;

/// How long to wait before the first repetition; the next wait is longer.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes entries without waiting, and commits them in the order in which they were submitted.
///
/// What is waiting while a commit is under way shares the next one. The task behind it goes on
/// until everything is committed, also when the run that submitted it is gone, and only then
/// gives the conversation free.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Mutex<Line>>);

/// What has been submitted, and where it goes.
#[derive(Debug)]
struct Line {
    way: Way,
    task: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Way {
    /// Into the store, which is done at once.
    Straight(Box<Target>),
    /// To the task. Submissions are numbered in the order in which they are sent.
    Task {
        sender: mpsc::UnboundedSender<Vec<Entry>>,
        submitted: u64,
        progress: watch::Receiver<Progress>,
    },
    /// Nowhere: the store has failed.
    Failed(Arc<StoreError>),
    /// Nowhere: the run has ended.
    Closed,
}

/// The end of a journal, which is held to be written to.
struct Target {
    store: Arc<dyn Store>,
    conversation: ConversationId,
    length: u64,
    /// The id of the next append.
    id: AppendId,
    _hold: Hold,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    committed: u64,
    failure: Option<Arc<StoreError>>,
}

/// Tells when a submission is durable.
#[derive(Clone, Debug)]
pub(crate) enum Receipt {
    /// It is.
    Durable,
    /// It never will be.
    Failed(Arc<StoreError>),
    /// Once the task has committed so many submissions.
    Submitted(u64, watch::Receiver<Progress>),
    /// It came too late.
    Lost,
}

impl Writer {
    /// Begins to write at the end of a journal of this length, as long as the claim is held.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        conversation: ConversationId,
        length: u64,
        hold: Hold,
    ) -> Self {
        let is_straight = store.appends_at_once();
        let target =
            Box::new(Target { store, conversation, length, id: AppendId::random(), _hold: hold });
        let mut line = Line { way: Way::Closed, task: None };
        if is_straight {
            line.way = Way::Straight(target);
        } else {
            line.begin_task(target, None);
        }
        Self(Arc::new(Mutex::new(line)))
    }

    /// Hands entries over. They are committed whether or not anybody waits for the receipt.
    pub(crate) fn submit(&self, entries: &[Entry]) -> Receipt {
        self.line().submit(entries)
    }

    /// Takes no more entries; the conversation is free once those that it has are committed.
    pub(crate) fn close(&self) {
        self.line().way = Way::Closed;
    }

    /// Waits until the conversation is free, once the writer is closed.
    pub(crate) async fn ended(&self) {
        let task = self.line().task.take();
        if let Some(task) = task {
            // The task ends by itself; that it was ended by the runtime changes nothing here.
            let _ = task.await;
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn submit(&mut self, entries: &[Entry]) -> Receipt {
        match &mut self.way {
            Way::Straight(target) => match target.append_at_once(entries) {
                Ok(()) => Receipt::Durable,
                Err(NotAtOnce::Failed(failure)) => {
                    let failure = Arc::new(failure);
                    self.way = Way::Failed(failure.clone());
                    Receipt::Failed(failure)
                }
                Err(NotAtOnce::Again(id)) => self.give_to_task(id, entries),
            },
            Way::Task { sender, submitted, progress } => {
                *submitted += 1;
                // The task ends early only where the store failed, which the receipt tells.
                let _ = sender.send(entries.to_vec());
                Receipt::Submitted(*submitted, progress.clone())
            }
            Way::Failed(failure) => Receipt::Failed(failure.clone()),
            Way::Closed => Receipt::Lost,
        }
    }

    /// Goes on with a task where the store was not done at once.
    fn give_to_task(&mut self, id: AppendId, entries: &[Entry]) -> Receipt {
        match std::mem::replace(&mut self.way, Way::Closed) {
            Way::Straight(target) => self.begin_task(target, Some((id, entries.to_vec()))),
            way => self.way = way,
        }
        match &self.way {
            Way::Task { submitted, progress, .. } => {
                Receipt::Submitted(*submitted, progress.clone())
            }
            _ => Receipt::Lost,
        }
    }

    /// Begins the task, with what is to be committed first, if there is something.
    fn begin_task(&mut self, mut target: Box<Target>, first: Option<(AppendId, Vec<Entry>)>) {
        let Ok(runtime) = Handle::try_current() else {
            let conversation = &target.conversation;
            tracing::error!(%conversation, "there is no runtime to write the journal in");
            return;
        };
        // No bound is set, because submitting does not wait, and none is needed: the run does not
        // go on from the calls of one reply before all that was submitted of them is committed.
        let (sender, receiver) = mpsc::unbounded_channel();
        let (report, progress) = watch::channel(Progress::default());
        let submitted = u64::from(first.is_some());
        let task = async move { target.write(first, receiver, &report).await };
        self.task = Some(runtime.spawn(task));
        self.way = Way::Task { sender, submitted, progress };
    }
}

impl Receipt {
    /// Waits until the entries are durable.
    pub(crate) async fn wait(self) -> Result<(), Error> {
        let (number, mut progress) = match self {
            // Whoever never has to wait lets others run from time to time all the same.
            Self::Durable => {
                consume_budget().await;
                return Ok(());
            }
            Self::Failed(failure) => return Err(shared(&failure)),
            Self::Submitted(number, progress) => (number, progress),
            Self::Lost => return Err(lost()),
        };
        let done = |progress: &Progress| progress.committed >= number || progress.failure.is_some();
        match progress.wait_for(done).await {
            Ok(progress) => match &progress.failure {
                Some(failure) if progress.committed < number => Err(shared(failure)),
                _ => Ok(()),
            },
            Err(_) => Err(lost()),
        }
    }
}

impl Target {
    /// Appends these entries to a store that is done at once.
    fn append_at_once(&mut self, entries: &[Entry]) -> Result<(), NotAtOnce> {
        let id = self.next_id();
        let append = (*self.store).append(&self.conversation, self.length, id, entries);
        match append.now_or_never() {
            Some(Ok(end)) => {
                self.length = end;
                Ok(())
            }
            Some(Err(StoreError::Failed { .. })) | None => Err(NotAtOnce::Again(id)),
            Some(Err(failure)) => Err(NotAtOnce::Failed(failure)),
        }
    }

    fn next_id(&mut self) -> AppendId {
        let id = self.id;
        self.id = id.next();
        id
    }

    /// Commits what is submitted until nothing more will be.
    async fn write(
        &mut self,
        first: Option<(AppendId, Vec<Entry>)>,
        mut submitted: mpsc::UnboundedReceiver<Vec<Entry>>,
        report: &watch::Sender<Progress>,
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
            let id = self.next_id();
            if !self.commit(id, &entries, submissions, report).await {
                return;
            }
        }
    }

    /// Commits these entries, and says whether that succeeded.
    async fn commit(
        &mut self,
        id: AppendId,
        entries: &[Entry],
        submissions: u64,
        report: &watch::Sender<Progress>,
    ) -> bool {
        match append(&*self.store, &self.conversation, self.length, id, entries).await {
            Ok(end) => {
                self.length = end;
                report.send_modify(|progress| progress.committed += submissions);
                true
            }
            Err(error) => {
                let conversation = &self.conversation;
                tracing::error!(%conversation, %error, "the journal could not be written");
                report.send_modify(|progress| progress.failure = Some(Arc::new(error)));
                false
            }
        }
    }
}

/// Why an append was not done at once.
enum NotAtOnce {
    /// It may be done when it is asked for again under this id, which does no harm if it was.
    Again(AppendId),
    /// The store has failed for good.
    Failed(StoreError),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, length, .. } = self;
        f.debug_struct("Target")
            .field("conversation", conversation)
            .field("length", length)
            .finish_non_exhaustive()
    }
}

async fn append(
    store: &dyn Store,
    conversation: &ConversationId,
    at: u64,
    id: AppendId,
    entries: &[Entry],
) -> Result<u64, StoreError> {
    let mut tries = 1;
    loop {
        match store.append(conversation, at, id, entries).await {
            Err(StoreError::Failed { .. }) if tries < TRIES => {
                tokio::time::sleep(PAUSE * tries).await;
                tries += 1;
            }
            result => return result,
        }
    }
}

/// The same failure for each of those who wait.
fn shared(failure: &Arc<StoreError>) -> Error {
    let kind = match &**failure {
        StoreError::Conflict { .. } => ErrorKind::Conflict,
        StoreError::Held(_) => ErrorKind::Held,
        _ => ErrorKind::Store,
    };
    let error = Error::new(kind, failure.to_string());
    // The failure cannot be taken apart, because others wait for it too.
    if failure.source().is_some() { error.with_source(failure.clone()) } else { error }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::Store,
        "the journal's writer ended before its time: the store panicked, or the runtime was shut \
         down; what was not committed is lost",
    )
}

#[cfg(test)]
mod tests;
