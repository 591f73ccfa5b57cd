//! A transcript made shorter, so that it fits what a model can read. The journal keeps everything.

use serde::{Deserialize, Serialize};

use crate::words::content::Content;
use crate::words::message::{Message, ToolMessage};
use crate::words::messages::Messages;

/// What the model sees where messages were left out without a summary.
const LEFT_OUT: &str = "[Earlier messages of this conversation are left out.]";

/// What the model sees of a result that was left out.
const RESULT_LEFT_OUT: &str = "[This result is left out. Call the tool again if it is needed.]";

/// What makes a transcript shorter. Positions are those of messages, counted from 0, and are
/// moved to where no call is parted from its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compaction {
    /// The results of tools before this position are left out; the calls stay.
    ClearResults {
        /// The position.
        before: u64,
    },
    /// The messages before this position are left out, but for system messages.
    Replace {
        /// The position.
        before: u64,
        /// What stands in their place; empty for a note that something was left out.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
    },
}

impl Compaction {
    /// The messages that are left.
    #[must_use]
    pub fn apply(&self, messages: &Messages) -> Messages {
        match self {
            Self::ClearResults { before } => clear(messages, position(messages, *before)),
            Self::Replace { before, summary } => {
                replace(messages, position(messages, *before), summary)
            }
        }
    }
}

/// The position, or the nearest one before it at which no call is parted from its result.
#[must_use]
pub fn position(messages: &Messages, wanted: u64) -> usize {
    let mut at = usize::try_from(wanted).unwrap_or(usize::MAX).min(messages.len());
    while at > 0 && matches!(messages.get(at), Some(Message::Tool(_))) {
        at -= 1;
    }
    at
}

fn clear(messages: &Messages, before: usize) -> Messages {
    let cleared = messages.iter().enumerate().map(|(at, message)| match message {
        Message::Tool(result) if at < before => Message::Tool(ToolMessage {
            content: shorter(&result.content),
            ..result.clone()
        }),
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
    if before == 0 {
        return messages.clone();
    }
    let standing = |message: &&Message| {
        matches!(message, Message::System(_) | Message::Developer(_))
    };
    let kept = messages.iter().take(before).filter(standing).cloned();
    let note = if summary.is_empty() { LEFT_OUT } else { summary };
    let rest = messages.iter().skip(before).cloned();
    kept.chain([Message::user(note)]).chain(rest).collect()
}
