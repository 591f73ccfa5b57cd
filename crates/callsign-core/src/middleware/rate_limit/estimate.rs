//! An estimate of a request's tokens before it is sent.

use callsign_types::content::{Content, Part};
use callsign_types::message::Message;
use callsign_types::request::Request;
use serde_json::Value;

/// Bytes of text per token: a rule of thumb for English and JSON.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens of the role and the separators of a message.
const MESSAGE_OVERHEAD: u64 = 4;

/// Tokens of an image or an audio part: the middle of a wide range.
const MEDIA_TOKENS: u64 = 800;

/// Tokens of a response if the request sets no maximum.
const DEFAULT_RESPONSE_TOKENS: u64 = 256;

/// Returns the tokens that a request and its response may use.
pub(super) fn tokens(request: &Request) -> u64 {
    let instructions = request.instructions.as_ref().map_or(0, |text| text.len());
    let messages: u64 = request.messages.iter().map(message_tokens).sum();
    let tools = request.tools.iter().map(|tool| {
        let text = text_tokens(tool.name.len() + tool.description.len());
        text + text_tokens(json_bytes(&tool.parameters)) + MESSAGE_OVERHEAD
    });
    let response = request.options.max_tokens.unwrap_or(DEFAULT_RESPONSE_TOKENS);
    text_tokens(instructions).saturating_add(messages + tools.sum::<u64>()).saturating_add(response)
}

fn text_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

fn message_tokens(message: &Message) -> u64 {
    let content = match message {
        Message::System(message) | Message::Developer(message) => {
            text_tokens(message.content.len())
        }
        Message::User(message) => content_tokens(&message.content),
        Message::Tool(message) => content_tokens(&message.content),
        Message::Assistant(message) => {
            let calls = message.tool_calls.iter();
            let calls: usize = calls.map(|call| call.name.len() + call.arguments.len()).sum();
            text_tokens(message.text.len() + calls)
        }
        // A role of a later version has text too.
        message => text_tokens(message.text().len()),
    };
    content + MESSAGE_OVERHEAD
}

fn content_tokens(content: &Content) -> u64 {
    match content {
        Content::Text(text) => text_tokens(text.len()),
        Content::Parts(parts) => parts.iter().map(part_tokens).sum(),
    }
}

fn part_tokens(part: &Part) -> u64 {
    // The tokens of an image do not depend on the bytes of its `data:` URL.
    part.as_text().map_or(MEDIA_TOKENS, |text| text_tokens(text.len()))
}

/// Returns the approximate length of a value's JSON.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| json_bytes(item) + 1).sum::<usize>() + 1,
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| name.len() + json_bytes(value) + 4;
            fields.iter().map(field).sum::<usize>() + 1
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
    }
}
