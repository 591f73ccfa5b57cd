//! Messages become a history in the wire's format.

use callsign_core::words::message::{AssistantMessage, Message};
use callsign_core::words::messages::Messages;
use serde_json::{Map, Value, json};

use crate::endpoint::profile::Profile;
use crate::wire::message::WireMessage;

/// Exports messages as the wire's JSON, to be kept or to be read by other programs:
/// [`import_messages`](super::history::import_messages) gives them back.
///
/// It is what OpenAI's own service takes, and beyond that whatever else the messages have:
/// reasoning, refusals, fields that are not known. How a call went is not in it, because the wire
/// has no word for that.
#[must_use]
pub fn export_messages(messages: &Messages) -> Value {
    let profile = Profile { returns_extra: true, ..Profile::openai() };
    messages.iter().map(|message| export(message, &profile)).collect()
}

fn export(message: &Message, profile: &Profile) -> Value {
    // There is no message that can't be written; JSON's only reason would be a key that is no
    // text.
    let wire = serde_json::to_value(WireMessage { message, profile }).unwrap_or_default();
    match (message, wire) {
        (Message::Assistant(message), Value::Object(wire)) => assistant(message, wire),
        (_, wire) => wire,
    }
}

/// A message of the model, with what the codec leaves out because not every service takes it.
fn assistant(message: &AssistantMessage, mut wire: Map<String, Value>) -> Value {
    let AssistantMessage { text, reasoning, refusal, extra, .. } = message;
    let mut content = if text.is_empty() { Value::Null } else { Value::from(&**text) };
    if let Some(Value::Array(left)) = extra.get("content") {
        let text = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
        content = text.into_iter().chain(left.iter().cloned()).collect();
    }
    wire.insert("content".to_owned(), content);
    if let Some(refusal) = refusal {
        wire.insert("refusal".to_owned(), Value::from(&**refusal));
    }
    if !reasoning.is_empty() {
        wire.insert("reasoning_content".to_owned(), Value::from(&**reasoning));
    }
    for (name, value) in extra {
        // The codec writes no more of what was spoken than its id.
        if name == "audio" || !wire.contains_key(name) {
            wire.insert(name.clone(), value.clone());
        }
    }
    Value::Object(wire)
}
