//! The import of histories.

use callsign_core::words::message::Message;
use callsign_core::words::messages::Messages;
use serde_json::{Map, Value};

use crate::import::export::export_messages;
use crate::import::history::{import_json, import_messages};

/// Whatever a history is, what is imported of it can be sent, and importing what was exported of
/// that gives it again with nothing to repair.
///
/// # Panics
/// Where that does not hold.
pub fn history(input: &[u8]) {
    let Ok(imported) = import_json(&String::from_utf8_lossy(input)) else { return };
    check_sendable(&imported.messages);
    let exported = export_messages(&imported.messages);
    let again = import_messages(&exported).map(|again| (again.messages, again.report));
    let again = again.unwrap_or_default();
    assert_eq!(again.1, [], "{exported}");
    assert_eq!(again.0, imported.messages, "{exported}");
    let places: Vec<_> = imported.report.iter().map(|repair| repair.at).collect();
    assert!(places.is_sorted(), "the report is not in order: {places:?}");
}

/// Each call has its one result right behind its message, in the order of the calls; ids are
/// unique, names are such as services take, arguments are objects, no message is empty.
pub(crate) fn check_sendable(messages: &Messages) {
    let mut ids = std::collections::BTreeSet::new();
    let mut open = std::collections::VecDeque::new();
    for message in messages {
        if let Message::Tool(result) = message {
            assert_eq!(open.pop_front(), Some(&*result.call_id), "the call of {result:?}");
            continue;
        }
        assert!(open.is_empty(), "{open:?} have no result before {message:?}");
        let Message::Assistant(said) = message else {
            let says = matches!(message, Message::User(said) if !said.content.is_empty());
            assert!(says || !message.text().is_empty(), "{message:?} says nothing");
            continue;
        };
        assert!(!said.is_empty(), "{message:?} says nothing");
        for call in &said.tool_calls {
            assert!(!call.id.is_empty() && ids.insert(&*call.id), "the id of {call:?}");
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let is_name = (1..=64).contains(&call.name.len()) && call.name.chars().all(allowed);
            assert!(is_name, "the name of {call:?}");
            let arguments = serde_json::from_str::<Map<String, Value>>(&call.arguments);
            assert!(arguments.is_ok(), "the arguments of {call:?}");
            open.push_back(&*call.id);
        }
    }
    assert!(open.is_empty(), "{open:?} have no result");
}
