//! Compaction of a transcript, so that it fits a model's context window.
//!
//! The journal keeps everything. Compaction never removes what the model has not answered: results
//! that it has not seen yet, and messages of the user since its last answer.

use callsign_types::content::Content;
use callsign_types::journal::compaction::Compaction;
use callsign_types::message::{AssistantMessage, Message};
use callsign_types::messages::Messages;
use callsign_types::tool_status::ToolCallStatus;

use super::markers::{LEFT_OUT, SUMMARY, is_from_user, is_note, is_rejection};

/// The content that replaces a removed result.
const RESULT_REMOVED: &str = "[This result was removed. Call the tool again if you need it.]";

/// Returns the messages that remain after `compaction`.
#[must_use]
pub fn apply(compaction: &Compaction, messages: &Messages) -> Messages {
    apply_before(compaction, messages, messages.len())
}

/// Returns the messages that remain after `compaction`. Messages from position `keep_from` on are
/// kept.
pub(super) fn apply_before(
    compaction: &Compaction,
    messages: &Messages,
    keep_from: usize,
) -> Messages {
    let keep_from = position(messages, keep_from as u64);
    let limit = |before: u64| position(messages, before).min(keep_from);
    match compaction {
        Compaction::ClearResults { before } => clear_results(messages, limit(*before)),
        Compaction::Replace { before, summary } => {
            replace_with_note(messages, limit(*before), summary)
        }
        _ => messages.clone(),
    }
}

/// Returns the last position up to `wanted` at which the messages can be split: no call is
/// separated from its result, and the model has seen everything before it.
#[must_use]
pub fn position(messages: &Messages, wanted: u64) -> usize {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let mut at = wanted.min(first_unseen(messages));
    while at > 0 && matches!(messages.get(at), Some(Message::Tool(_))) {
        at -= 1;
    }
    at
}

/// Returns whether removing the messages before a position removes any message, apart from notes
/// of earlier compactions.
#[must_use]
pub fn leaves_out(messages: &Messages, before: u64) -> bool {
    let before = position(messages, before);
    let unanswered = first_unanswered(messages);
    let mut removed = messages.iter().take(before).enumerate();
    removed.any(|(at, message)| !is_kept(at, message, unanswered) && !is_note(message))
}

/// Returns the position of the first message that the model has not seen: the one after its newest
/// response. If that response has calls or was rejected, it is the response itself, which must stay
/// with its results or its rejection.
fn first_unseen(messages: &Messages) -> usize {
    let is_response = |message: &Message| matches!(message, Message::Assistant(_));
    let newest = (0..messages.len()).rev().find(|&at| messages.get(at).is_some_and(is_response));
    match newest {
        Some(at)
            if has_calls(messages.get(at)) || messages.get(at + 1).is_some_and(is_rejection) =>
        {
            at
        }
        Some(at) => at + 1,
        None => 0,
    }
}

fn has_calls(message: Option<&Message>) -> bool {
    matches!(message, Some(Message::Assistant(message)) if !message.tool_calls.is_empty())
}

/// Returns the position of the first message that the model has not answered. An answer is a
/// response without calls that was not rejected, or an accepted output call.
fn first_unanswered(messages: &Messages) -> usize {
    let is_answer = |at: usize| match messages.get(at) {
        Some(Message::Tool(result)) => result.status == ToolCallStatus::OutputAccepted,
        Some(Message::Assistant(AssistantMessage { tool_calls, .. })) => {
            tool_calls.is_empty() && !messages.get(at + 1).is_some_and(is_rejection)
        }
        _ => false,
    };
    (0..messages.len()).rev().find(|&at| is_answer(at)).map_or(0, |at| at + 1)
}

/// Returns whether compaction keeps a message at any position.
fn is_kept(at: usize, message: &Message, unanswered: usize) -> bool {
    match message {
        Message::System(_) | Message::Developer(_) => true,
        message => at >= unanswered && is_from_user(message),
    }
}

fn clear_results(messages: &Messages, before: usize) -> Messages {
    let cleared = messages.iter().enumerate().map(|(at, message)| match message {
        Message::Tool(result) if at < before => {
            let mut result = result.clone();
            result.content = cleared(&result.content);
            Message::Tool(result)
        }
        message => message.clone(),
    });
    cleared.collect()
}

/// Returns the note that replaces a content, or the content itself if it is not longer.
fn cleared(content: &Content) -> Content {
    match content {
        Content::Text(text) if text.len() <= RESULT_REMOVED.len() => content.clone(),
        _ => RESULT_REMOVED.into(),
    }
}

fn replace_with_note(messages: &Messages, before: usize, summary: &str) -> Messages {
    let unanswered = first_unanswered(messages);
    let first: Vec<_> = messages.iter().take(before).enumerate().collect();
    if first.iter().all(|(at, message)| is_kept(*at, message, unanswered)) {
        return messages.clone();
    }
    let note = match summary {
        "" => LEFT_OUT.to_owned(),
        summary if summary.starts_with(SUMMARY) => summary.to_owned(),
        summary => format!("{SUMMARY}\n{summary}"),
    };
    // Instructions come first, then the note, then the messages that wait for an answer.
    let kept = first.into_iter().filter(|(at, message)| is_kept(*at, message, unanswered));
    let (input, instructions): (Vec<_>, Vec<_>) =
        kept.map(|(_, message)| message.clone()).partition(is_from_user);
    let rest = messages.iter().skip(before).cloned();
    instructions.into_iter().chain([Message::user(note)]).chain(input).chain(rest).collect()
}
