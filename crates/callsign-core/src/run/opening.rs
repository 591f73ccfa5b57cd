//! What a run begins with: the conversation, held and read, and the entries of its first commit.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::timeout;

use super::parts::Parts;
use crate::journal::Journal;
use crate::journal::ending::Ending;
use crate::journal::entry::{Entry, FORMAT, RunStarted};
use crate::journal::repair::repair;
use crate::traits::store::{Hold, InboxItem, Store, StoreError};
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

/// A conversation that is held and read.
pub(super) struct Opened {
    /// The journal as it is in the store.
    pub(super) journal: Journal,
    /// What the run adds to it first.
    pub(super) entries: Vec<Entry>,
    pub(super) hold: Hold,
}

/// Holds the conversation and reads it.
pub(super) async fn open(beginning: &Beginning) -> Result<Opened, Error> {
    let Beginning { store, conversation, message, limits, .. } = beginning;
    if message.as_ref().is_some_and(|message| message.content.is_empty()) {
        return Err(Error::configuration("the message is empty: say something"));
    }
    if conversation.as_str().is_empty() {
        return Err(Error::configuration("a conversation's name is not empty"));
    }
    let hold = match timeout(limits.time, store.hold(conversation)).await {
        Ok(hold) => hold?,
        Err(_) => return Err(still_held(conversation, limits)),
    };
    let journal = read(&**store, conversation).await?;
    let items = store.inbox(conversation, journal.state.inbox_taken()).await?;
    let entries = entries(&journal, beginning, items)?;
    Ok(Opened { journal, entries, hold })
}

fn still_held(conversation: &ConversationId, limits: &Limits) -> Error {
    let time = limits.time;
    let message = format!(
        "conversation `{conversation}` was not free within {time:?}: another run of this process \
         has it; await, cancel or drop that one first"
    );
    Error::new(ErrorKind::Held, message)
}

/// The ending that stands, where there is nothing to do: nothing was said and nothing is due.
pub(super) fn nothing_to_do(journal: &Journal, entries: &[Entry]) -> Option<Ending> {
    let says = |entry: &Entry| {
        matches!(entry, Entry::User { .. } | Entry::Taken { .. } | Entry::History { .. })
    };
    if entries.iter().any(says) { None } else { journal.state.standing().cloned() }
}

async fn read(store: &dyn Store, conversation: &ConversationId) -> Result<Journal, Error> {
    let entries = match store.load(conversation, 0..u64::MAX).await {
        Ok(entries) => entries,
        Err(error @ StoreError::Unreadable { .. }) => {
            // An entry that is not understood may be one of a newer format, which the first says.
            let first = store.load(conversation, 0..1).await?;
            check_format(&Journal::read(&first), conversation)?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let journal = Journal::read(&entries);
    check_format(&journal, conversation)?;
    Ok(journal)
}

fn check_format(journal: &Journal, conversation: &ConversationId) -> Result<(), Error> {
    let problem = match journal.state.format() {
        1..=FORMAT => return Ok(()),
        0 if journal.state.length() == 0 => return Ok(()),
        0 => "does not say its format: it was not written by Callsign".to_owned(),
        format => format!(
            "has format {format}, and this version reads formats 1 to {FORMAT}: open it with a \
             newer version"
        ),
    };
    let message = format!("the journal of conversation `{conversation}` {problem}");
    Err(Error::new(ErrorKind::Store, message))
}

/// The entries that a run begins with: one commit.
fn entries(
    journal: &Journal,
    beginning: &Beginning,
    items: Vec<InboxItem>,
) -> Result<Vec<Entry>, Error> {
    let Beginning { parts, history, message, limits, .. } = beginning;
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
    let tools = parts.toolbox.recorded();
    let known = state.instructions().map_or("", |text| text);
    let wanted = parts.instructions.as_deref().unwrap_or_default();
    entries.push(Entry::RunStarted(RunStarted {
        at: now(),
        limits: limits.clone(),
        instructions: (known != wanted).then(|| wanted.to_owned()),
        tools: (is_new || state.tools() != tools).then(|| tools.to_vec()),
    }));
    if !items.is_empty() {
        let upto = state.inbox_taken() + items.len() as u64;
        let messages = items.into_iter().map(|InboxItem::Message { message }| message).collect();
        entries.push(Entry::Taken { upto, messages });
    }
    entries.extend(message.clone().map(|message| Entry::User { message }));
    Ok(entries)
}

/// Milliseconds since 1970; 0 where the clock stands before it.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
