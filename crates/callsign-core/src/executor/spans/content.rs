//! Recorded content as JSON, in the form of OpenTelemetry's GenAI conventions.

use callsign_types::content::{Content, Part};
use callsign_types::event::ModelResponse;
use callsign_types::finish_reason::FinishReason;
use callsign_types::journal::entry::Entry;
use callsign_types::message::{AssistantMessage, Message, UserMessage};
use callsign_types::messages::Messages;
use serde_json::{Value, json};

/// Returns the instructions.
pub(super) fn instructions(text: &str) -> String {
    json!([{"type": "text", "content": text}]).to_string()
}

/// Returns the messages of a request.
pub(super) fn messages(messages: &Messages) -> String {
    let messages: Vec<_> = messages.iter().map(message).collect();
    Value::from(messages).to_string()
}

/// Returns the user's messages among the first entries of a run; `None` if there are none.
pub(crate) fn new_messages(entries: &[Entry]) -> Option<String> {
    let mut messages = Vec::new();
    for entry in entries {
        match entry {
            Entry::User { message } => messages.push(message),
            Entry::InboxDrained { messages: taken, .. } => messages.extend(taken),
            _ => {}
        }
    }
    let user = |message: &&UserMessage| json!({"role": "user", "parts": parts(&message.content)});
    let messages: Vec<_> = messages.iter().map(user).collect();
    (!messages.is_empty()).then(|| Value::from(messages).to_string())
}

/// Returns the answer of a run.
pub(crate) fn answer(message: &AssistantMessage, finish_reason: &FinishReason) -> String {
    let (parts, finish_reason) = (assistant(message), finish_reason.as_str());
    json!([{"role": "assistant", "parts": parts, "finish_reason": finish_reason}]).to_string()
}

/// Returns a model's response.
pub(super) fn response(reply: &ModelResponse) -> String {
    answer(&reply.message, &reply.finish_reason)
}

fn message(message: &Message) -> Value {
    let parts = match message {
        Message::System(text) | Message::Developer(text) => parts(&text.content.as_str().into()),
        Message::User(user) => parts(&user.content),
        Message::Assistant(message) => assistant(message),
        Message::Tool(result) => {
            let response = result.content.text();
            vec![json!({"type": "tool_call_response", "id": result.call_id, "response": response})]
        }
        _ => Vec::new(),
    };
    json!({"role": message.role(), "parts": parts})
}

fn assistant(message: &AssistantMessage) -> Vec<Value> {
    let AssistantMessage { text, reasoning, refusal, tool_calls, .. } = message;
    let mut parts = Vec::new();
    if !reasoning.is_empty() {
        parts.push(json!({"type": "reasoning", "content": reasoning}));
    }
    if !text.is_empty() {
        parts.push(json!({"type": "text", "content": text}));
    }
    parts.extend(refusal.iter().map(|text| json!({"type": "refusal", "content": text})));
    parts.extend(tool_calls.iter().map(|call| {
        let parsed = serde_json::from_str(&call.arguments);
        let arguments = parsed.unwrap_or_else(|_| Value::from(call.arguments.as_str()));
        json!({"type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments})
    }));
    parts
}

fn parts(content: &Content) -> Vec<Value> {
    match content {
        Content::Text(text) => vec![json!({"type": "text", "content": text})],
        Content::Parts(parts) => parts.iter().map(part).collect(),
    }
}

/// Returns one part. Inline images and audio are reduced to their kind, because spans should not
/// carry megabytes.
fn part(part: &Part) -> Value {
    let uri = |modality: &str, url: &str| match url.starts_with("data:") {
        true => json!({"type": "blob", "modality": modality}),
        false => json!({"type": "uri", "modality": modality, "uri": url}),
    };
    match part {
        Part::Text { text } => json!({"type": "text", "content": text}),
        Part::ImageUrl { url, .. } => uri("image", url),
        Part::AudioUrl { url } => uri("audio", url),
        Part::InputAudio { format, .. } => {
            json!({"type": "blob", "modality": "audio", "mime_type": format!("audio/{format}")})
        }
        Part::Other(value) => json!({"type": value.get("type")}),
        _ => json!({"type": "unknown"}),
    }
}
