//! Checks whether a provider would accept a list of messages.

use std::collections::BTreeSet;

use callsign_types::message::Message;
use callsign_types::messages::Messages;
use serde_json::{Map, Value};

/// Checks messages against rules that providers enforce.
///
/// - Each tool call has exactly one result. The results follow their message directly, in the
///   order of the calls.
/// - Call ids are unique.
/// - Tool names have 1 to 64 of the characters `A-Za-z0-9_-`.
/// - Arguments are JSON objects.
/// - No assistant message is empty.
///
/// # Errors
/// Returns a description of the first violation.
pub fn check_sendable(messages: &Messages) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let mut messages = messages.iter().enumerate().peekable();
    while let Some((at, message)) = messages.next() {
        let Message::Assistant(assistant) = message else {
            if matches!(message, Message::Tool(_)) {
                return Err(format!("message {at}: the tool result has no call"));
            }
            continue;
        };
        if assistant.is_empty() {
            return Err(format!("message {at}: the assistant message is empty"));
        }
        for call in &assistant.tool_calls {
            if call.id.is_empty() || !ids.insert(call.id.clone()) {
                return Err(format!("message {at}: the call id {:?} is not unique", call.id));
            }
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !(1..=64).contains(&call.name.len()) || !call.name.chars().all(is_allowed) {
                return Err(format!("message {at}: the tool name {:?} is not valid", call.name));
            }
            if serde_json::from_str::<Map<String, Value>>(&call.arguments).is_err() {
                return Err(format!("message {at}: the arguments are not an object: {call:?}"));
            }
            match messages.next() {
                Some((_, Message::Tool(result))) if result.call_id == call.id => {}
                other => return Err(format!("message {at}: {call:?} is followed by {other:?}")),
            }
        }
    }
    Ok(())
}
