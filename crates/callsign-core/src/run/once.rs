//! Idempotent requests: a request that was sent under a name is found in the journal.

use std::time::Duration;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::journal::entry::Entry;
use callsign_types::message::UserMessage;
use callsign_types::traits::store::{ConversationLock, StoreError};
use tokio::time::sleep;

use super::prepare::{Prepared, RunRequest};
use crate::journal::Journal;
use crate::journal::state::State;

/// The interval before the second attempt to lock a conversation that another process has locked.
const FIRST_DELAY: Duration = Duration::from_millis(50);

/// The longest interval between two such attempts.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// Where a journal has the request.
pub(super) enum Occurrence {
    /// Nowhere, or the request has no name: its message has to be added.
    New,
    /// It is the newest request: the run continues it, or has its answer.
    Newest,
    /// Other requests came after it. This is the journal up to its end.
    Earlier(Box<Journal>),
}

/// Checks that an idempotent request can be found again.
pub(super) fn check(request: &RunRequest) -> Result<(), Error> {
    let Some(name) = &request.once else { return Ok(()) };
    let problem = if name.is_empty() {
        "its name is empty"
    } else if request.message.is_none() {
        "it has no message: use `send`"
    } else if request.ephemeral {
        "its conversation is not kept: use `agent.conversation(…).send(…)`"
    } else {
        return Ok(());
    };
    Err(Error::configuration(format!("a request with `once` cannot be repeated: {problem}")))
}

/// Locks the conversation. If another process has locked it, an idempotent request waits: that
/// process may be running it.
pub(super) async fn lock(request: &RunRequest) -> Result<ConversationLock, StoreError> {
    let mut delay = FIRST_DELAY;
    loop {
        match request.store.lock(&request.conversation).await {
            Err(StoreError::Locked(_)) if request.once.is_some() => sleep(delay).await,
            locked => return locked,
        }
        delay = (delay * 2).min(MAX_DELAY);
    }
}

/// Finds the request in the journal.
///
/// # Errors
/// Returns a configuration error if its name was used with another message.
pub(super) fn find(request: &RunRequest, entries: &[Entry]) -> Result<Occurrence, Error> {
    let Some(name) = &request.once else { return Ok(Occurrence::New) };
    let is_start =
        |entry: &Entry| matches!(entry, Entry::RunStarted(run) if run.once.as_ref() == Some(name));
    let Some(start) = entries.iter().position(is_start) else { return Ok(Occurrence::New) };
    check_message(request, name, &entries[start..])?;
    Ok(match end(entries, start) {
        None => Occurrence::Newest,
        Some(end) => Occurrence::Earlier(Box::new(Journal::read(&entries[..end]))),
    })
}

fn check_message(request: &RunRequest, name: &str, run: &[Entry]) -> Result<(), Error> {
    let recorded: Option<&UserMessage> = run.iter().find_map(|entry| match entry {
        Entry::User { message } => Some(message),
        _ => None,
    });
    if recorded == request.message.as_ref() {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "the name `{name}` was used in conversation `{}` with another message: use another name",
        request.conversation
    )))
}

/// Returns the position at which the request after that of the run at `start` begins.
fn end(entries: &[Entry], start: usize) -> Option<usize> {
    let mut state = State::default();
    let mut run = start;
    let mut is_own = true;
    for (position, entry) in entries.iter().enumerate() {
        if matches!(entry, Entry::RunStarted(_)) {
            run = position;
        }
        if position > start && state.starts_request(entry) && !std::mem::take(&mut is_own) {
            return Some(run);
        }
        state.apply(entry);
    }
    None
}

/// Returns the answer of a request that others came after.
///
/// # Errors
/// Returns a *cancelled* error if it had not finished when another message took its place.
pub(super) fn answer(request: &RunRequest, journal: Box<Journal>) -> Result<Prepared, Error> {
    let end = journal.state.end().cloned();
    match end {
        Some(end) if journal.state.pending_calls().next().is_none() => {
            Ok(Prepared::Ended(end, journal))
        }
        _ => {
            let conversation = &request.conversation;
            let message = format!(
                "the request had not finished when another message of conversation \
                 `{conversation}` took its place"
            );
            Err(Error::new(ErrorKind::Cancelled, message))
        }
    }
}
