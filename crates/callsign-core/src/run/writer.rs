//! The one writer of a conversation: a task that commits what was submitted, in groups.

use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

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
pub(crate) struct Writer {
    /// Numbers submissions in the order in which they are sent.
    submissions: Arc<Mutex<Submissions>>,
    progress: watch::Receiver<Progress>,
}

#[derive(Debug)]
struct Submissions {
    sender: Option<mpsc::UnboundedSender<Vec<Entry>>>,
    submitted: u64,
}

#[derive(Clone, Debug, Default)]
struct Progress {
    committed: u64,
    failure: Option<Arc<StoreError>>,
}

/// Tells when a submission is durable.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    number: u64,
    progress: watch::Receiver<Progress>,
}

impl Writer {
    /// Begins to write at the end of a journal of this length, as long as the claim is held.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        conversation: ConversationId,
        length: u64,
        hold: Hold,
    ) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (report, progress) = watch::channel(Progress::default());
        let task = tokio::spawn(async move {
            write(&*store, &conversation, length, receiver, &report).await;
            drop(hold);
        });
        let submissions = Submissions { sender: Some(sender), submitted: 0 };
        (Self { submissions: Arc::new(Mutex::new(submissions)), progress }, task)
    }

    /// Hands entries over. They are committed whether or not anybody waits for the receipt.
    pub(crate) fn submit(&self, entries: Vec<Entry>) -> Receipt {
        let mut submissions = self.submissions.lock().unwrap_or_else(PoisonError::into_inner);
        submissions.submitted += 1;
        if let Some(sender) = &submissions.sender {
            // The task ends early only where the store failed, which the receipt tells.
            let _ = sender.send(entries);
        }
        Receipt { number: submissions.submitted, progress: self.progress.clone() }
    }

    /// Takes no more entries; the task ends once it has committed what it has.
    pub(crate) fn close(&self) {
        self.submissions.lock().unwrap_or_else(PoisonError::into_inner).sender = None;
    }
}

impl Receipt {
    /// Waits until the entries are durable.
    pub(crate) async fn wait(mut self) -> Result<(), Error> {
        let number = self.number;
        let done = |progress: &Progress| progress.committed >= number || progress.failure.is_some();
        match self.progress.wait_for(done).await {
            Ok(progress) => match &progress.failure {
                Some(failure) if progress.committed < number => Err(shared(failure)),
                _ => Ok(()),
            },
            Err(_) => Err(Error::new(
                ErrorKind::Store,
                "the journal's writer ended before its time: the store panicked, or the runtime was \
                 shut down; what was not committed is lost",
            )),
        }
    }
}

async fn write(
    store: &dyn Store,
    conversation: &ConversationId,
    mut length: u64,
    mut submitted: mpsc::UnboundedReceiver<Vec<Entry>>,
    report: &watch::Sender<Progress>,
) {
    let mut group = Vec::new();
    while submitted.recv_many(&mut group, usize::MAX).await > 0 {
        let submissions = group.len() as u64;
        let entries: Vec<Entry> = group.drain(..).flatten().collect();
        match append(store, conversation, length, &entries).await {
            Ok(end) => {
                length = end;
                report.send_modify(|progress| progress.committed += submissions);
            }
            Err(error) => {
                tracing::error!(%conversation, %error, "the journal could not be written");
                report.send_modify(|progress| progress.failure = Some(Arc::new(error)));
                return;
            }
        }
    }
}

async fn append(
    store: &dyn Store,
    conversation: &ConversationId,
    at: u64,
    entries: &[Entry],
) -> Result<u64, StoreError> {
    let id = AppendId::random();
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
