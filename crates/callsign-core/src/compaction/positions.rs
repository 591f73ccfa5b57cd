//! Where a history may be parted.

use crate::words::message::Message;
use crate::words::messages::Messages;

/// Where the newest so many messages of a kind begin; `None` where there are no more than those.
pub(super) fn newest(messages: &Messages, count: usize, kind: fn(&Message) -> bool) -> Option<u64> {
    let found: Vec<usize> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| kind(message))
        .map(|(at, _)| at)
        .collect();
    let first_kept = found.len().checked_sub(count.max(1))?;
    let at = found.get(first_kept).copied()?;
    (first_kept > 0).then_some(at as u64)
}

/// Whether it is the result of a call.
pub(super) fn is_result(message: &Message) -> bool {
    matches!(message, Message::Tool(_))
}
