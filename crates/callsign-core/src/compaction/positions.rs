//! Positions at which a history can be split.

use callsign_types::message::Message;
use callsign_types::messages::Messages;

/// Returns the position of the first of the newest `count` matching messages; `None` if there are
/// no matching messages before it.
pub(super) fn newest(
    messages: &Messages,
    count: usize,
    is_match: fn(&Message) -> bool,
) -> Option<u64> {
    let found: Vec<usize> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| is_match(message))
        .map(|(at, _)| at)
        .collect();
    let first_kept = found.len().checked_sub(count.max(1))?;
    let at = found.get(first_kept).copied()?;
    (first_kept > 0).then_some(at as u64)
}

/// Returns whether the message is a tool result.
pub(super) fn is_result(message: &Message) -> bool {
    matches!(message, Message::Tool(_))
}
