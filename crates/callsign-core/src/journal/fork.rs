//! A journal that goes on from another one, as a conversation of its own.

use super::Journal;
use super::entry::{Entry, FORMAT};
use crate::words::id::JournalKey;
use crate::words::result::CallOutcome;

/// What the model hears of a call that the other conversation had not finished.
const NOT_CARRIED_OVER: &str = "Not carried over: this conversation was made from another one, in \
                                which the call had no result yet. It is not run here.";

/// The entries of a journal that goes on from these, under an identity of its own.
///
/// Idempotency keys are new with the identity, open calls are settled, approvals are not carried
/// over, and the new conversation's inbox begins empty.
#[must_use]
pub fn fork(entries: &[Entry], key: JournalKey) -> Vec<Entry> {
    let created = Entry::Created { format: FORMAT, key };
    let rest = entries.iter().filter(|entry| !matches!(entry, Entry::Created { .. }));
    let rest = rest.cloned().map(|entry| match entry {
        // What was taken from an inbox is part of the conversation; that inbox is not.
        Entry::Taken { messages, decisions, late, .. } => {
            Entry::Taken { upto: 0, messages, decisions, late }
        }
        entry => entry,
    });
    let mut forked: Vec<Entry> = std::iter::once(created).chain(rest).collect();
    let open: Vec<_> = Journal::read(&forked).state.open_calls().map(|(call, _)| call).collect();
    forked.extend(open.into_iter().map(|call| {
        Entry::result(call, CallOutcome::NotCarriedOver, NOT_CARRIED_OVER)
    }));
    forked
}
