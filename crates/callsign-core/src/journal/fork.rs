//! Forks: a new conversation that continues from the journal of another one.

use callsign_types::id::JournalKey;
use callsign_types::journal::entry::{Entry, FORMAT};
use callsign_types::sanitize::{repair, repair_with_report};
use callsign_types::tool_status::ToolCallStatus;

use super::Journal;
use super::state::State;

/// The result of a call that was pending in the original conversation.
const NOT_CARRIED_OVER: &str = "Not run: this conversation is a copy of another one, which was \
                                copied before the call had a result.";

/// Returns the entries of a new journal that continues from `entries` under the identity `key`.
///
/// Idempotency keys depend on the identity, so they are new too. Pending calls get the status
/// [`Discarded`](ToolCallStatus::Discarded), approvals are dropped, and the inbox starts empty.
/// An imported history is repaired, and a call whose result is missing gets one before the next
/// response.
#[must_use]
pub fn fork(entries: &[Entry], key: JournalKey) -> Vec<Entry> {
    let created = Entry::Created { format: FORMAT, key };
    let mut fork = Fork::default();
    fork.push(created);
    let rest = entries.iter().filter(|entry| !matches!(entry, Entry::Created { .. }));
    for entry in rest.cloned() {
        if !is_allowed_with_pending_calls(&entry) {
            fork.discard_pending_calls();
        }
        fork.push(match entry {
            // Messages from the original's inbox are part of the conversation, the inbox is not.
            Entry::InboxDrained { messages, decisions, late, .. } => {
                Entry::InboxDrained { upto: 0, messages, decisions, late }
            }
            Entry::History { messages } => Entry::History { messages: repair(messages) },
            entry => entry,
        });
    }
    fork.discard_pending_calls();
    fork.entries
}

/// Returns whether the messages of these entries can be sent to a provider without repair.
#[must_use]
pub fn is_sendable(entries: &[Entry]) -> bool {
    let messages = Journal::read(entries).messages();
    repair_with_report(messages.iter().cloned()).repairs.is_empty()
}

/// The entries of a new journal, and the state that they produce.
#[derive(Default)]
struct Fork {
    entries: Vec<Entry>,
    state: State,
}

impl Fork {
    fn push(&mut self, entry: Entry) {
        self.state.apply(&entry);
        self.entries.push(entry);
    }

    fn discard_pending_calls(&mut self) {
        let pending: Vec<_> = self.state.pending_calls().map(|(index, _)| index).collect();
        for call in pending {
            self.push(Entry::result(call, ToolCallStatus::Discarded, NOT_CARRIED_OVER));
        }
    }
}

/// Returns whether a journal may have this entry while calls are pending.
fn is_allowed_with_pending_calls(entry: &Entry) -> bool {
    !matches!(
        entry,
        Entry::History { .. }
            | Entry::Assistant(_)
            | Entry::ContextOverflow
            | Entry::Compacted { .. }
            | Entry::OutputModeChanged { .. }
            | Entry::OutputRejected { .. }
            | Entry::LimitReached { .. }
    )
}
