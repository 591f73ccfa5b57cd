//! Export of messages in the chat-completions format.

use callsign_types::message::{AssistantMessage, Message};
use callsign_types::messages::Messages;
use serde_json::{Map, Value, json};

use crate::endpoint::profile::Profile;
use crate::wire::message::WireMessage;

/// Exports messages in the chat-completions format, for storage or for other programs.
/// [`import_messages`](super::history::import_messages) reads them back.
///
/// The format is OpenAI's, with all further fields of the messages: reasoning, refusals and unknown
/// fields. The status of tool calls is not included, because the format has no field for it.
#[must_use]
pub fn export_messages(messages: &Messages) -> Value {
    let profile = Profile { returns_extra: true, ..Profile::openai() };
    messages.iter().map(|message| export(message, &profile)).collect()
}

fn export(message: &Message, profile: &Profile) -> Value {
    // Serialization cannot fail: every map key of a message is a string.
    let wire = serde_json::to_value(WireMessage { message, profile }).unwrap_or_default();
    match (message, wire) {
        (Message::Assistant(message), Value::Object(wire)) => assistant(message, wire),
        (_, wire) => wire,
    }
}

/// Adds the fields of an assistant message that the codec omits because some providers reject them.
fn assistant(message: &AssistantMessage, mut wire: Map<String, Value>) -> Value {
    let AssistantMessage { text, reasoning, refusal, extra, .. } = message;
    let mut content = if text.is_empty() { Value::Null } else { Value::from(&**text) };
    if let Some(Value::Array(other_parts)) = extra.get("content") {
        let text = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
        content = text.into_iter().chain(other_parts.iter().cloned()).collect();
    }
    wire.insert("content".to_owned(), content);
    if let Some(refusal) = refusal {
        wire.insert("refusal".to_owned(), Value::from(&**refusal));
    }
    if !reasoning.is_empty() {
        wire.insert("reasoning_content".to_owned(), Value::from(&**reasoning));
    }
    for (name, value) in extra {
        // The codec writes only the id of `audio`.
        if name == "audio" || !wire.contains_key(name) {
            wire.insert(name.clone(), value.clone());
        }
    }
    Value::Object(wire)
}
