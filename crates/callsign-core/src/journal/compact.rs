//! A transcript made shorter, so that it fits what a model can read. The journal keeps everything.
//!
//! Whatever is asked for, what the model has not answered stays: the results that it has not seen
//! yet, and what the user said since its last answer.

use serde::{Deserialize, Serialize};

use super::told::{LEFT_OUT, SUMMARY, is_note, is_rejection, is_said};
use crate::words::content::Content;
use crate::words::message::{AssistantMessage, Message, ToolMessage};
use crate::words::messages::Messages;
use crate::words::result::CallOutcome;

/// What the model sees of a result that was left out.
const RESULT_LEFT_OUT: &str = "[This result is left out. Call the tool again if it is needed.]";

/// What makes a transcript shorter. Positions are those of messages, counted from 0, and are
/// moved to where no call is parted from its result, and nothing is lost that the model has not
/// seen yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compaction {
    /// The results of tools before this position are left out; the calls stay.
    ClearResults {
        /// The position.
        before: u64,
    },
    /// The messages before this position are left out, but for system messages, and for what the
    /// user said since the model's last answer.
    Replace {
        /// The position.
        before: u64,
        /// What stands in their place, behind [`SUMMARY`]; empty for a note that something was
        /// left out.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
    },
}

impl Compaction {
    /// The messages that are left.
    #[must_use]
    pub fn apply(&self, messages: &Messages) -> Messages {
        self.apply_before(messages, messages.len())
    }

    /// The messages that are left, where those from this position on stay.
    pub(super) fn apply_before(&self, messages: &Messages, stay: usize) -> Messages {
        let (Self::ClearResults { before } | Self::Replace { before, .. }) = self;
        let before = position(messages, *before).min(position(messages, stay as u64));
        match self {
            Self::ClearResults { .. } => clear(messages, before),
            Self::Replace { summary, .. } => replace(messages, before, summary),
        }
    }
}

/// The position, or the nearest one before it at which no call is parted from its result, and
/// nothing stands before it that the model has not seen yet.
#[must_use]
pub fn position(messages: &Messages, wanted: u64) -> usize {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let mut at = wanted.min(unseen(messages));
    while at > 0 && matches!(messages.get(at), Some(Message::Tool(_))) {
        at -= 1;
    }
    at
}

/// Whether leaving out what stands before a position leaves out anything but what stays all the
/// same, and what stands for messages that were left out before.
#[must_use]
pub fn leaves_out(messages: &Messages, before: u64) -> bool {
    let before = position(messages, before);
    let unanswered = unanswered(messages);
    let mut left_out = messages.iter().take(before).enumerate();
    left_out.any(|(at, message)| !stays(at, message, unanswered) && !is_note(message))
}

/// Where begins what the model has not seen: behind its newest reply, or with that where its calls
/// have results, or where it was not what was asked for.
fn unseen(messages: &Messages) -> usize {
    let replied = |message: &Message| matches!(message, Message::Assistant(_));
    let newest = (0..messages.len()).rev().find(|&at| messages.get(at).is_some_and(replied));
    match newest {
        Some(at) if calls(messages.get(at)) || messages.get(at + 1).is_some_and(is_rejection) => at,
        Some(at) => at + 1,
        None => 0,
    }
}

fn calls(message: Option<&Message>) -> bool {
    matches!(message, Some(Message::Assistant(message)) if !message.tool_calls.is_empty())
}

/// Where begins what the model has not answered: behind its newest reply that calls no tool, or
/// whose call gave the answer, unless that was not what was asked for.
fn unanswered(messages: &Messages) -> usize {
    let answers = |at: usize| match messages.get(at) {
        Some(Message::Tool(result)) => result.outcome == CallOutcome::Accepted,
        Some(Message::Assistant(AssistantMessage { tool_calls, .. })) => {
            tool_calls.is_empty() && !messages.get(at + 1).is_some_and(is_rejection)
        }
        _ => false,
    };
    (0..messages.len()).rev().find(|&at| answers(at)).map_or(0, |at| at + 1)
}

/// Whether a message stays, wherever messages are left out.
fn stays(at: usize, message: &Message, unanswered: usize) -> bool {
    match message {
        Message::System(_) | Message::Developer(_) => true,
        message => at >= unanswered && is_said(message),
    }
}

fn clear(messages: &Messages, before: usize) -> Messages {
    let cleared = messages.iter().enumerate().map(|(at, message)| match message {
        Message::Tool(result) if at < before => {
            Message::Tool(ToolMessage { content: shorter(&result.content), ..result.clone() })
        }
        message => message.clone(),
    });
    cleared.collect()
}

/// A note in place of a content, unless it is no longer than the note.
fn shorter(content: &Content) -> Content {
    match content {
        Content::Text(text) if text.len() <= RESULT_LEFT_OUT.len() => content.clone(),
        _ => RESULT_LEFT_OUT.into(),
    }
}

fn replace(messages: &Messages, before: usize, summary: &str) -> Messages {
    let unanswered = unanswered(messages);
    let first: Vec<_> = messages.iter().take(before).enumerate().collect();
    if first.iter().all(|(at, message)| stays(*at, message, unanswered)) {
        return messages.clone();
    }
    let note = match summary {
        "" => LEFT_OUT.to_owned(),
        summary if summary.starts_with(SUMMARY) => summary.to_owned(),
        summary => format!("{SUMMARY}\n{summary}"),
    };
    // Standing instructions stay in front, and what waits for an answer stays behind the note.
    let kept = first.into_iter().filter(|(at, message)| stays(*at, message, unanswered));
    let (said, standing): (Vec<_>, Vec<_>) =
        kept.map(|(_, message)| message.clone()).partition(is_said);
    let rest = messages.iter().skip(before).cloned();
    standing.into_iter().chain([Message::user(note)]).chain(said).chain(rest).collect()
}
