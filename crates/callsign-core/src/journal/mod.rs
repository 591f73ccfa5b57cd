//! The journal reducer: from the entries of a conversation to its state, its transcript and its
//! next step.
//!
//! Everything here is pure: no clock, no randomness, no `HashMap`, no `async`. The same entries
//! always produce the same state, the same transcript and the same steps, so that a run can be
//! resumed or replayed anywhere.

mod approvals;
pub mod compaction;
pub mod fork;
pub mod markers;
pub mod pending_call;
pub mod run_end;
pub mod state;
pub mod step;
pub mod transcript;
pub(crate) mod truncate;

use callsign_types::journal::entry::Entry;
use callsign_types::messages::Messages;

use self::state::State;
use self::step::Step;
use self::transcript::Transcript;

/// The result of reading a journal: the state and the transcript.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// What decides the next step.
    pub state: State,
    /// What the model sees.
    pub transcript: Transcript,
}

impl Journal {
    /// Reads these entries. If the caller owns them, collecting them into a journal avoids a copy.
    #[must_use]
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        entries.into_iter().cloned().collect()
    }

    /// Returns the messages that the next run would send. Pending calls appear as interrupted.
    #[must_use]
    pub fn messages(&self) -> Messages {
        if self.state.pending.is_empty() {
            return self.transcript.messages().clone();
        }
        let mut sealed = self.clone();
        sealed.state.supersede_waiting_calls();
        sealed.state.interrupt_running_calls();
        let results: Vec<_> = step::results_of_skipped_calls(&sealed.state).collect();
        sealed.extend(results);
        sealed.transcript.messages().clone()
    }

    /// Reads one more entry.
    pub fn apply(&mut self, entry: Entry) {
        self.state.apply(&entry);
        self.transcript.apply(entry);
    }

    /// Applies the outcome of a step: its entries, and the fact that it was performed.
    ///
    /// A step that finds nothing to do leaves no entry, such as an empty inbox. The state records
    /// that it was performed, so that the same step is not due again.
    pub fn complete(&mut self, step: &Step, entries: Vec<Entry>) {
        self.extend(entries);
        self.state.step_performed(step);
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
