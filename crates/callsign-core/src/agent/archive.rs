//! Forks, exports and imports of conversations.

use std::fmt::Write as _;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::id::{AppendId, ConversationId, JournalKey};
use callsign_types::journal::entry::{Entry, FORMAT};
use callsign_types::traits::store::{Store, StoreError};

use super::agent::Agent;
use super::conversation::Conversation;
use crate::journal::Journal;
use crate::journal::fork::{fork, is_sendable};
use crate::run::prepare::check_name;

/// Forks and exports.
impl Conversation {
    /// Returns the entries of the conversation's journal, oldest first.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.config.store.load(&self.id, 0..u64::MAX).await?)
    }

    /// Creates the conversation `id`, which continues from the current state of this one. This
    /// conversation does not change.
    ///
    /// The calls of the new conversation have other idempotency keys. Calls that are pending get
    /// the status [`Discarded`](callsign_types::tool_status::ToolCallStatus::Discarded), and
    /// pending approvals are dropped.
    ///
    /// # Errors
    /// Returns an error with [`is_conflict`](Error::is_conflict) if `id` exists, a configuration
    /// error if this conversation is empty, or the store's error.
    pub async fn fork(&self, id: impl Into<ConversationId> + Send) -> Result<Self, Error> {
        self.fork_at(u64::MAX, id).await
    }

    /// Creates the conversation `id`, which continues from the first `length`
    /// [`entries`](Self::entries) of this one: from the state before a compaction, for example.
    ///
    /// # Errors
    /// Returns the errors of [`fork`](Self::fork), and a configuration error if there are fewer
    /// than `length` entries.
    pub async fn fork_at(
        &self,
        length: u64,
        id: impl Into<ConversationId> + Send,
    ) -> Result<Self, Error> {
        let id = id.into();
        let entries = self.config.store.load(&self.id, 0..length).await?;
        let found = entries.len() as u64;
        if found < length && length != u64::MAX && found > 0 {
            return Err(Error::configuration(format!(
                "conversation `{}` has {found} entries, fewer than {length}",
                self.id
            )));
        }
        create(&*self.config.store, &id, &entries).await?;
        Ok(Self::new(self.config.clone(), id))
    }

    /// Returns the conversation as JSON Lines, one entry of its journal on each line.
    ///
    /// # Errors
    /// Returns the store's error.
    pub async fn export(&self) -> Result<String, Error> {
        let mut lines = String::new();
        for entry in self.entries().await? {
            let line = serde_json::to_string(&entry).map_err(|error| {
                Error::new(ErrorKind::Store, "cannot serialize a journal entry").with_source(error)
            })?;
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{line}");
        }
        Ok(lines)
    }
}

/// Imports.
impl Agent {
    /// Creates the conversation `id` from the JSON Lines that [`export`](Conversation::export)
    /// returned, in the same way as [`fork`](Conversation::fork). Calls without a result get the
    /// status [`Discarded`](callsign_types::tool_status::ToolCallStatus::Discarded).
    ///
    /// # Errors
    /// Returns a configuration error with the line number if a line is not an entry or does not
    /// match the lines before it, and one if the lines have a newer format. Returns an error with
    /// [`is_conflict`](Error::is_conflict) if `id` exists, or the store's error.
    pub async fn import(
        &self,
        id: impl Into<ConversationId> + Send,
        lines: &str,
    ) -> Result<Conversation, Error> {
        let id = id.into();
        // Some editors start a file with a byte order mark.
        let lines = lines.trim_start_matches('\u{feff}');
        let lines = lines.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let numbers: Vec<usize> = lines.clone().map(|(_, number)| number).collect();
        let entries: Vec<Entry> = lines.map(parse).collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Err(Error::configuration(
                "nothing to import: every line is empty; pass the output of `export`",
            ));
        }
        if !matches!(entries.first(), Some(Entry::Created { .. })) {
            return Err(Error::configuration(
                "the first line is not the beginning of a journal: pass all lines of `export`, in \
                 their order",
            ));
        }
        let format = Journal::read(&entries).state.format();
        if !(1..=FORMAT).contains(&format) {
            return Err(Error::configuration(format!(
                "the lines have format {format}, and this version reads formats 1 to {FORMAT}: \
                 pass the output of `export`"
            )));
        }
        if let Some(number) = first_unsendable(&entries).and_then(|at| numbers.get(at)) {
            return Err(Error::configuration(format!(
                "line {number} does not match the lines before it: no provider would accept the \
                 resulting messages"
            )));
        }
        create(&*self.config.store, &id, &entries).await?;
        Ok(self.conversation(id))
    }
}

/// Returns the position of the first entry after which the messages of a fork cannot be sent;
/// `None` if they can.
fn first_unsendable(entries: &[Entry]) -> Option<usize> {
    let key = JournalKey::random();
    let is_valid = |length: usize| is_sendable(&fork(&entries[..length], key.clone()));
    if is_valid(entries.len()) {
        return None;
    }
    let (mut valid, mut invalid) = (0, entries.len());
    while valid + 1 < invalid {
        let middle = valid.midpoint(invalid);
        if is_valid(middle) { valid = middle } else { invalid = middle }
    }
    Some(valid)
}

fn parse((line, number): (&str, usize)) -> Result<Entry, Error> {
    serde_json::from_str(line).map_err(|error| {
        Error::configuration(format!("line {number} is not a journal entry")).with_source(error)
    })
}

/// Creates a conversation that continues from these entries.
async fn create(store: &dyn Store, id: &ConversationId, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::configuration("cannot fork an empty conversation"));
    }
    check_name(id)?;
    let forked = fork(entries, JournalKey::random());
    let _lock = store.lock(id).await?;
    match store.append(id, 0, AppendId::random(), &forked).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict { .. }) => Err(Error::new(
            ErrorKind::Conflict,
            format!("conversation `{id}` already exists: choose another id"),
        )),
        Err(error) => Err(error.into()),
    }
}
