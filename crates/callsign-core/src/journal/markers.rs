//! Markers of user messages that the runtime has written.
//!
//! Chat completions have no role for messages of a runtime, so it writes them in the user's role.
//! Such a message begins with one of a few fixed texts, which identify it, also in imported
//! histories. These texts must therefore not change. If a user writes a message that begins with
//! one of them, compaction treats it as the runtime's; there is no other effect.

use callsign_types::message::Message;

/// The beginning of a summary that replaces messages.
pub const SUMMARY: &str = "[Summary of the conversation before this]";

/// The message that replaces others if there is no summary.
pub const LEFT_OUT: &str = "[Earlier messages of this conversation are left out.]";

/// The beginning of a message that rejects the model's output.
pub const REJECTED: &str = "Your answer is not what was asked for: ";

/// The beginning of any other message of the runtime, such as the late result of a call.
pub const NOT_FROM_USER: &str = "[Not from the user: ";

/// Returns whether the user has written this message, and not the runtime in the user's role.
#[must_use]
pub fn is_from_user(message: &Message) -> bool {
    let Message::User(_) = message else { return false };
    !is_note(message) && !starts_with_any(message, &[REJECTED, NOT_FROM_USER])
}

/// Returns whether the message replaces others that were removed by compaction.
#[must_use]
pub fn is_note(message: &Message) -> bool {
    matches!(message, Message::User(_)) && starts_with_any(message, &[SUMMARY, LEFT_OUT])
}

/// Returns whether the message rejects the model's output.
pub(super) fn is_rejection(message: &Message) -> bool {
    matches!(message, Message::User(_)) && starts_with_any(message, &[REJECTED])
}

fn starts_with_any(message: &Message, markers: &[&str]) -> bool {
    let text = message.text();
    markers.iter().any(|marker| text.starts_with(marker))
}
