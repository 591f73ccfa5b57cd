//! A journal that goes on from another one, as a conversation of its own.

use super::Journal;
use super::entry::{Entry, FORMAT};
use super::repair::{repair, repair_and_tell};
use super::state::State;
use crate::words::id::JournalKey;
use crate::words::result::CallOutcome;

/// What the model hears of a call that the other conversation had not finished.
const NOT_CARRIED_OVER: &str = "Not carried over: this conversation was made from another one, in \
                                which the call had no result yet. It is not run here.";

/// The entries of a journal that goes on from these, under an identity of its own.
///
/// Idempotency keys are new with the identity, open calls are settled, approvals are not carried
/// over, and the new conversation's inbox begins empty. A history is mended, and a call whose
/// result is missing among the entries is settled before the next reply.
#[must_use]
pub fn fork(entries: &[Entry], key: JournalKey) -> Vec<Entry> {
    let created = Entry::Created { format: FORMAT, key };
    let mut forked = Forked::default();
    forked.put(created);
    let rest = entries.iter().filter(|entry| !matches!(entry, Entry::Created { .. }));
    for entry in rest.cloned() {
        if !goes_with_open_calls(&entry) {
            forked.settle();
        }
        forked.put(match entry {
            // What was taken from an inbox is part of the conversation; that inbox is not.
            Entry::Taken { messages, decisions, late, .. } => {
                Entry::Taken { upto: 0, messages, decisions, late }
            }
            Entry::History { messages } => Entry::History { messages: repair(messages) },
            entry => entry,
        });
    }
    forked.settle();
    forked.entries
}

/// Whether what these entries say to the model can be sent as it is.
#[must_use]
pub fn is_sendable(entries: &[Entry]) -> bool {
    let messages = Journal::read(entries).messages();
    repair_and_tell(messages.iter().cloned()).mends.is_empty()
}

/// The entries of a fork so far, and the state that they come to.
#[derive(Default)]
struct Forked {
    entries: Vec<Entry>,
    state: State,
}

impl Forked {
    fn put(&mut self, entry: Entry) {
        self.state.apply(&entry);
        self.entries.push(entry);
    }

    /// Has every open call be answered.
    fn settle(&mut self) {
        let open: Vec<_> = self.state.open_calls().map(|(call, _)| call).collect();
        for call in open {
            self.put(Entry::result(call, CallOutcome::NotCarriedOver, NOT_CARRIED_OVER));
        }
    }
}

/// Whether a journal may have this entry while calls are open.
fn goes_with_open_calls(entry: &Entry) -> bool {
    !matches!(
        entry,
        Entry::History { .. }
            | Entry::Assistant(_)
            | Entry::TooLong
            | Entry::Compacted { .. }
            | Entry::AnswerFormat { .. }
            | Entry::Rejected { .. }
            | Entry::LimitReached { .. }
    )
}
