//! What stands in the user's place in a transcript, and is not the user's.
//!
//! Chat completions have no role for what a runtime has to say, so that it says it in the user's.
//! Such a message begins with one of a few fixed texts, by which it is known again, in histories
//! that were handed on, too. A user who begins so is taken for the runtime: what was said then
//! counts less where a history is made shorter, and nothing else.

use crate::words::message::Message;

/// How a summary begins of what was left out.
pub const SUMMARY: &str = "[Summary of the conversation before this]";

/// What the model sees where messages were left out without a summary.
pub const LEFT_OUT: &str = "[Earlier messages of this conversation are left out.]";

/// How it begins what the model hears of an answer that was not what was asked for.
pub const REJECTED: &str = "Your answer is not what was asked for: ";

/// How everything else begins that is not from the user, such as the late result of a call.
pub const NOT_FROM_USER: &str = "[Not from the user: ";

/// Whether the user says this, and not the runtime in the user's place.
#[must_use]
pub fn is_said(message: &Message) -> bool {
    let Message::User(_) = message else { return false };
    !is_note(message) && !begins(message, &[REJECTED, NOT_FROM_USER])
}

/// Whether it stands for messages that were left out.
#[must_use]
pub fn is_note(message: &Message) -> bool {
    matches!(message, Message::User(_)) && begins(message, &[SUMMARY, LEFT_OUT])
}

/// Whether it tells the model that its answer was not what was asked for.
pub(super) fn is_rejection(message: &Message) -> bool {
    matches!(message, Message::User(_)) && begins(message, &[REJECTED])
}

fn begins(message: &Message, marks: &[&str]) -> bool {
    let text = message.text();
    marks.iter().any(|mark| text.starts_with(mark))
}
