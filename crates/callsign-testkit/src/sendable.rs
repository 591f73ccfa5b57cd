//! Whether a service would take a list of messages.

use std::collections::BTreeSet;

use callsign_core::words::message::Message;
use callsign_core::words::messages::Messages;
use serde_json::{Map, Value};

/// Checks what services insist on: each call has exactly one result, right behind its message
/// and in the order of the calls; ids are unique; names are 1 to 64 of `A-Za-z0-9_-`; arguments
/// are JSON objects; no message of the model is empty.
///
/// # Errors
/// The first thing that a service would refuse, in words.
pub fn check_sendable(messages: &Messages) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let mut messages = messages.iter().enumerate().peekable();
    while let Some((at, message)) = messages.next() {
        let Message::Assistant(assistant) = message else {
            if matches!(message, Message::Tool(_)) {
                return Err(format!("message {at} is the result of no call"));
            }
            continue;
        };
        if assistant.is_empty() {
            return Err(format!("message {at} of the model is empty"));
        }
        for call in &assistant.tool_calls {
            if call.id.is_empty() || !ids.insert(call.id.clone()) {
                return Err(format!("message {at}: the id {:?} is not unique", call.id));
            }
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !(1..=64).contains(&call.name.len()) || !call.name.chars().all(allowed) {
                return Err(format!("message {at}: the name {:?} is not taken", call.name));
            }
            if serde_json::from_str::<Map<String, Value>>(&call.arguments).is_err() {
                return Err(format!("message {at}: arguments are not an object: {call:?}"));
            }
            match messages.next() {
                Some((_, Message::Tool(result))) if result.call_id == call.id => {}
                other => return Err(format!("message {at}: {call:?} is followed by {other:?}")),
            }
        }
    }
    Ok(())
}
