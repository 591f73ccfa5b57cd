//! From what was said to the answer: the life of one run on the embedded journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::conclude::conclude;
use super::driver::drive;
use super::embedded::Embedded;
use super::events::Events;
use super::reply::Reply;
use super::writer::Writer;
use crate::journal::Journal;
use crate::journal::entry::{Entry, FORMAT, RunStarted};
use crate::journal::repair::repair;
use crate::run::parts::Parts;
use crate::traits::store::Store;
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{ConversationId, JournalKey};
use crate::words::limits::Limits;
use crate::words::message::UserMessage;
use crate::words::messages::Messages;

/// What a run is begun with.
pub(crate) struct Beginning {
    pub(crate) parts: Arc<Parts>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) conversation: ConversationId,
    pub(crate) message: Option<UserMessage>,
    pub(crate) history: Messages,
    pub(crate) limits: Limits,
}

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
            let mut partial = self.partial_text.lock().unwrap_or_else(PoisonError::into_inner);
            let partial_text = std::mem::take(&mut *partial);
            drop(self.writer.submit(vec![Entry::Cancelled { partial_text }]));
        }
        self.writer.close();
    }
}

/// Runs until the model has answered.
pub(crate) async fn run(beginning: Beginning, events: Events) -> Result<Reply, Error> {
    let began = Instant::now();
    let Beginning { parts, store, conversation, message, history, limits } = beginning;
    let hold = store.hold(&conversation).await?;
    let entries = store.load(&conversation, 0..u64::MAX).await?;
    let mut journal = Journal::read(&entries);
    drop(entries);
    check_format(&journal, &conversation)?;
    let opening = opening(&journal, &parts, &limits, history, message)?;
    let (writer, task) =
        Writer::open(store.clone(), conversation.clone(), journal.state.length(), hold);
    let partial_text = Arc::default();
    let mut closer = Closer { writer, partial_text, ended: false };
    let mut boundary = Embedded {
        parts,
        store,
        conversation,
        writer: closer.writer.clone(),
        events,
        deadline: began + limits.time.min(A_YEAR),
        partial_text: closer.partial_text.clone(),
        model_error: None,
        tool_error: None,
    };
    closer.writer.submit(opening.clone()).wait().await?;
    opening.iter().for_each(|entry| journal.apply(entry));
    let ending = drive(&mut boundary, &mut journal).await;
    closer.ended = true;
    finish(closer, task).await;
    conclude(ending, &journal, boundary.model_error, boundary.tool_error)
}

/// The longest run: clocks cannot count further on every platform.
const A_YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 60 * 60);

/// Waits until the conversation is free for its next run.
async fn finish(closer: Closer, task: JoinHandle<()>) {
    drop(closer);
    // The task ends by itself; that it was ended by the runtime changes nothing here.
    let _ = task.await;
}

fn check_format(journal: &Journal, conversation: &ConversationId) -> Result<(), Error> {
    let format = journal.state.format();
    if journal.state.length() > 0 && !(1..=FORMAT).contains(&format) {
        return Err(Error::new(
            ErrorKind::Store,
            format!(
                "the journal of conversation `{conversation}` has format {format}, and this \
                 version reads formats 1 to {FORMAT}: open it with a newer version"
            ),
        ));
    }
    Ok(())
}

/// The entries that a run begins with: one commit.
fn opening(
    journal: &Journal,
    parts: &Parts,
    limits: &Limits,
    history: Messages,
    message: Option<UserMessage>,
) -> Result<Vec<Entry>, Error> {
    let state = &journal.state;
    let is_new = state.length() == 0;
    let mut entries = Vec::new();
    if is_new {
        entries.push(Entry::Created { format: FORMAT, key: JournalKey::random() });
    }
    if !history.is_empty() {
        if !is_new {
            return Err(Error::configuration(
                "a history can only be given to a conversation that is empty",
            ));
        }
        entries.push(Entry::History { messages: repair(history.iter().cloned()) });
    }
    let known = state.instructions().map(|text| &**text);
    let tools = parts.toolbox.recorded();
    entries.push(Entry::RunStarted(RunStarted {
        at: now(),
        limits: limits.clone(),
        instructions: parts
            .instructions
            .as_deref()
            .filter(|instructions| known != Some(instructions))
            .map(str::to_owned)
            .or_else(|| (parts.instructions.is_none() && known.is_some()).then(String::new)),
        tools: (is_new || state.tools() != tools).then(|| tools.to_vec()),
    }));
    entries.extend(message.map(|message| Entry::User { message }));
    Ok(entries)
}

/// Milliseconds since 1970; 0 where the clock stands before it.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
