//! Import of message histories.

use callsign_types::message::Message;
use callsign_types::messages::Messages;
use serde_json::{Map, Value};

use crate::import::export::export_messages;
use crate::import::history::{import_json, import_messages};

/// Checks that an imported history can be sent, and that exporting and importing it again changes
/// nothing and needs no repairs.
///
/// # Panics
/// Panics if an invariant is violated.
pub fn history(input: &[u8]) {
    let Ok(imported) = import_json(&String::from_utf8_lossy(input)) else { return };
    check_sendable(&imported.messages);
    let exported = export_messages(&imported.messages);
    let again = import_messages(&exported).map(|again| (again.messages, again.report));
    let again = again.unwrap_or_default();
    assert_eq!(again.1, [], "{exported}");
    assert_eq!(again.0, imported.messages, "{exported}");
    let positions: Vec<_> = imported.report.iter().map(|(at, _)| *at).collect();
    assert!(positions.is_sorted(), "the report is not sorted: {positions:?}");
}

/// Checks that providers accept the messages.
///
/// Each call has one result right after its message, in the order of the calls. IDs are unique,
/// names are valid, arguments are objects, and no message is empty.
pub(crate) fn check_sendable(messages: &Messages) {
    let mut ids = std::collections::BTreeSet::new();
    let mut open = std::collections::VecDeque::new();
    for message in messages {
        if let Message::Tool(result) = message {
            assert_eq!(open.pop_front(), Some(&*result.call_id), "no call for {result:?}");
            continue;
        }
        assert!(open.is_empty(), "{open:?} have no result before {message:?}");
        let Message::Assistant(assistant) = message else {
            let has_parts = matches!(message, Message::User(user) if !user.content.is_empty());
            assert!(has_parts || !message.text().is_empty(), "{message:?} is empty");
            continue;
        };
        assert!(!assistant.is_empty(), "{message:?} is empty");
        for call in &assistant.tool_calls {
            assert!(
                !call.id.is_empty() && ids.insert(&*call.id),
                "empty or duplicate ID: {call:?}"
            );
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let is_name = (1..=64).contains(&call.name.len()) && call.name.chars().all(allowed);
            assert!(is_name, "invalid name: {call:?}");
            let arguments = serde_json::from_str::<Map<String, Value>>(&call.arguments);
            assert!(arguments.is_ok(), "invalid arguments: {call:?}");
            open.push_back(&*call.id);
        }
    }
    assert!(open.is_empty(), "{open:?} have no result");
}
