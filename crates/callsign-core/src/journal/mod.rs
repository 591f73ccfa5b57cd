//! The journal of a conversation, and what follows from it.
//!
//! Everything here is pure: no clock, no randomness, no map of unstable order, no waiting. The
//! same entries always give the same state, the same transcript and the same next steps.

mod admitting;
mod answering;
mod approvals;
pub mod compact;
pub(crate) mod cut;
pub mod ending;
pub mod entry;
mod entry_debug;
mod failing;
pub mod fork;
pub mod open_call;
pub mod repair;
mod run_state;
pub mod state;
pub mod step;
pub(crate) mod strict;
pub mod told;
pub mod transcript;

use self::entry::Entry;
use self::open_call::Due;
use self::state::State;
use self::transcript::Transcript;
use crate::words::messages::Messages;

/// A journal, read: what is due next, and what the model gets to see.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// What is due.
    pub state: State,
    /// What the model gets to see.
    pub transcript: Transcript,
}

impl Journal {
    /// Reads these entries. Where nobody needs them afterwards, collecting them into a journal
    /// copies less.
    #[must_use]
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        entries.into_iter().cloned().collect()
    }

    /// What was said so far, as the next run would carry it: calls that are open count as
    /// interrupted.
    #[must_use]
    pub fn messages(&self) -> Messages {
        if self.state.open.is_empty() {
            return self.transcript.messages().clone();
        }
        let mut sealed = self.clone();
        sealed.state.withdraw();
        for open in sealed.state.open.values_mut().filter(|open| open.due == Due::Run) {
            open.due = if open.started { Due::Unknown } else { Due::Cancelled };
        }
        let settled: Vec<_> = step::settlements(&sealed.state).collect();
        sealed.extend(settled);
        sealed.transcript.messages().clone()
    }

    /// Takes one more entry.
    pub fn apply(&mut self, entry: Entry) {
        self.state.apply(&entry);
        self.transcript.apply(entry);
    }
}

impl Extend<Entry> for Journal {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.apply(entry));
    }
}

impl FromIterator<Entry> for Journal {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut journal = Self::default();
        journal.extend(entries);
        journal
    }
}
