//! Conversations that go on from others: forks, exports and imports.

use std::fmt::Write as _;

use super::agent::Agent;
use super::conversation::Conversation;
use crate::journal::Journal;
use crate::journal::entry::{Entry, FORMAT};
use crate::journal::fork::{fork, is_sendable};
use crate::traits::store::{Store, StoreError};
use crate::words::error::{Error, ErrorKind};
use crate::words::id::{AppendId, ConversationId, JournalKey};

/// Forks and exports.
impl Conversation {
    /// Everything that happened in the conversation, oldest first.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.parts.store.load(&self.id, 0..u64::MAX).await?)
    }

    /// Makes a conversation that goes on from this one as it is now; this one stays as it is.
    ///
    /// It is another conversation: its calls have other idempotency keys, what was open is
    /// settled as not carried over, and nothing that waits for approval is carried over.
    ///
    /// # Errors
    /// With [`is_conflict`](Error::is_conflict) where there is a conversation of that name; where
    /// this one is empty; as the store fails.
    pub async fn fork(&self, id: impl Into<ConversationId> + Send) -> Result<Self, Error> {
        self.fork_at(u64::MAX, id).await
    }

    /// Makes a conversation that goes on from the first so many [`entries`](Self::entries) of
    /// this one: from before a compaction, or before something was said.
    ///
    /// # Errors
    /// As [`fork`](Self::fork), and where there are fewer entries.
    pub async fn fork_at(
        &self,
        length: u64,
        id: impl Into<ConversationId> + Send,
    ) -> Result<Self, Error> {
        let id = id.into();
        let entries = self.parts.store.load(&self.id, 0..length).await?;
        let found = entries.len() as u64;
        if found < length && length != u64::MAX && found > 0 {
            return Err(Error::configuration(format!(
                "conversation `{}` has {found} entries, and not {length}",
                self.id
            )));
        }
        begin(&*self.parts.store, &id, &entries).await?;
        Ok(Self::new(self.parts.clone(), id))
    }

    /// The conversation as JSON Lines: an entry of its journal on each.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn export(&self) -> Result<String, Error> {
        let mut lines = String::new();
        for entry in self.entries().await? {
            let line = serde_json::to_string(&entry).map_err(|error| {
                Error::new(ErrorKind::Store, "an entry can't be written as JSON").with_source(error)
            })?;
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{line}");
        }
        Ok(lines)
    }
}

/// Imports.
impl Agent {
    /// Makes a conversation from the JSON Lines that [`export`](Conversation::export) gave, as
    /// [`fork`](Conversation::fork) makes one. Calls whose results are missing are settled as not
    /// carried over.
    ///
    /// # Errors
    /// Where a line is not an entry or does not go with those before it, which is told with its
    /// number, or was written by a newer version; with [`is_conflict`](Error::is_conflict) where there is a conversation of that
    /// name; as the store fails.
    pub async fn import(
        &self,
        id: impl Into<ConversationId> + Send,
        lines: &str,
    ) -> Result<Conversation, Error> {
        let id = id.into();
        let lines = lines.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let numbers: Vec<usize> = lines.clone().map(|(_, number)| number).collect();
        let entries: Vec<Entry> = lines.map(read).collect::<Result<_, _>>()?;
        if entries.is_empty() {
            return Err(Error::configuration(
                "there is nothing to import: no line has anything on it; give it what `export` wrote",
            ));
        }
        let format = Journal::read(&entries).state.format();
        if !(1..=FORMAT).contains(&format) {
            return Err(Error::configuration(format!(
                "these lines have format {format}, and this version reads formats 1 to {FORMAT}: \
                 give it what `export` wrote"
            )));
        }
        if let Some(number) = unsendable(&entries).and_then(|at| numbers.get(at)) {
            return Err(Error::configuration(format!(
                "line {number} does not go with those before it: what the model would be sent is \
                 no conversation that services take"
            )));
        }
        begin(&*self.inner.store, &id, &entries).await?;
        Ok(self.conversation(id))
    }
}

/// The position of the entry from which on a journal says what can't be sent, also where what is
/// missing is made up for.
fn unsendable(entries: &[Entry]) -> Option<usize> {
    let key = JournalKey::random();
    let is_fine = |length: usize| is_sendable(&fork(&entries[..length], key.clone()));
    if is_fine(entries.len()) {
        return None;
    }
    let (mut fine, mut not) = (0, entries.len());
    while fine + 1 < not {
        let middle = fine.midpoint(not);
        if is_fine(middle) { fine = middle } else { not = middle }
    }
    Some(fine)
}

fn read((line, number): (&str, usize)) -> Result<Entry, Error> {
    serde_json::from_str(line).map_err(|error| {
        Error::configuration(format!("line {number} is not an entry of a journal"))
            .with_source(error)
    })
}

/// Begins a conversation with what goes on from these entries.
async fn begin(store: &dyn Store, id: &ConversationId, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::configuration("there is nothing to go on from: no entry"));
    }
    let forked = fork(entries, JournalKey::random());
    let _hold = store.hold(id).await?;
    match store.append(id, 0, AppendId::random(), &forked).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict { .. }) => Err(Error::new(
            ErrorKind::Conflict,
            format!("there is a conversation `{id}` already: choose another name"),
        )),
        Err(error) => Err(error.into()),
    }
}
