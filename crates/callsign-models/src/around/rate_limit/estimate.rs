//! What a request may cost, before it is sent.

use callsign_core::words::content::{Content, Part};
use callsign_core::words::message::Message;
use callsign_core::words::request::Request;
use serde_json::Value;

/// Bytes of text a token, as a rule of thumb for English and JSON.
const BYTES_A_TOKEN: u64 = 4;

/// What the roles and separators around a message come to.
const AROUND_A_MESSAGE: u64 = 4;

/// What an image or a sound is taken for: the middle of a wide range.
const A_MEDIUM: u64 = 800;

/// What a reply is taken for where the request does not bound it.
const A_REPLY: u64 = 256;

/// The tokens that this request and its reply may come to.
pub(super) fn tokens(request: &Request) -> u64 {
    let instructions = request.instructions.as_ref().map_or(0, |text| text.len());
    let messages: u64 = request.messages.iter().map(of_message).sum();
    let tools = request.tools.iter().map(|tool| {
        let text = of_text(tool.name.len() + tool.description.len());
        text + of_text(bytes(&tool.parameters)) + AROUND_A_MESSAGE
    });
    let reply = request.options.max_tokens.unwrap_or(A_REPLY);
    of_text(instructions).saturating_add(messages + tools.sum::<u64>()).saturating_add(reply)
}

fn of_text(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_A_TOKEN)
}

fn of_message(message: &Message) -> u64 {
    let content = match message {
        Message::System(message) | Message::Developer(message) => of_text(message.content.len()),
        Message::User(message) => of_content(&message.content),
        Message::Tool(message) => of_content(&message.content),
        Message::Assistant(message) => {
            let calls = message.tool_calls.iter();
            let calls: usize = calls.map(|call| call.name.len() + call.arguments.len()).sum();
            of_text(message.text.len() + calls)
        }
        // A role of a later version still has its text.
        message => of_text(message.text().len()),
    };
    content + AROUND_A_MESSAGE
}

fn of_content(content: &Content) -> u64 {
    match content {
        Content::Text(text) => of_text(text.len()),
        Content::Parts(parts) => parts.iter().map(of_part).sum(),
    }
}

fn of_part(part: &Part) -> u64 {
    // The bytes of an image in a `data:` URL say nothing of its tokens.
    part.as_text().map_or(A_MEDIUM, |text| of_text(text.len()))
}

/// The bytes of a value's JSON, about.
fn bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| bytes(item) + 1).sum::<usize>() + 1,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + bytes(value) + 4).sum::<usize>() + 1
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}
