//! How many tokens something is, where the service did not count them.

use super::content::{Content, Part};
use super::message::{AssistantMessage, Message};
use super::messages::Messages;
use super::request::Request;
use super::usage::Usage;

/// Bytes of text that one token stands for, roughly: for English and code about four.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens that each message takes besides its text.
const PER_MESSAGE: u64 = 4;

/// Tokens that an image or a piece of audio is taken for.
const PER_MEDIUM: u64 = 1_000;

/// About how many tokens a request and the reply to it are.
pub(crate) fn estimate(request: &Request, reply: &AssistantMessage) -> Usage {
    let text = |text: &str| text.len() as u64;
    let instructions = request.instructions.as_deref().map_or(0, text);
    let tools = request.tools.iter().map(|tool| {
        text(&tool.name) + text(&tool.description) + text(&tool.parameters.to_string())
    });
    let input = instructions + tools.sum::<u64>() + bytes(&request.messages);
    Usage::new(input.div_ceil(BYTES_PER_TOKEN), assistant(reply).div_ceil(BYTES_PER_TOKEN))
}

/// About how many tokens these messages are.
pub(crate) fn tokens(messages: &Messages) -> u64 {
    bytes(messages).div_ceil(BYTES_PER_TOKEN)
}

fn bytes(messages: &Messages) -> u64 {
    let bytes = messages.iter().map(|message| {
        let bytes = match message {
            Message::Assistant(message) => assistant(message),
            Message::User(message) => content(&message.content),
            Message::Tool(message) => content(&message.content),
            Message::System(message) | Message::Developer(message) => message.content.len() as u64,
        };
        bytes + PER_MESSAGE * BYTES_PER_TOKEN
    });
    bytes.sum()
}

fn assistant(message: &AssistantMessage) -> u64 {
    let calls = message.tool_calls.iter().map(|call| call.name.len() + call.arguments.len());
    (message.text.len() + message.reasoning.len() + calls.sum::<usize>()) as u64
}

fn content(content: &Content) -> u64 {
    match content {
        Content::Text(text) => text.len() as u64,
        Content::Parts(parts) => parts
            .iter()
            .map(|part| match (part.as_text(), part) {
                (Some(text), _) => text.len() as u64,
                (None, Part::Other(value)) => value.to_string().len() as u64,
                (None, _) => PER_MEDIUM * BYTES_PER_TOKEN,
            })
            .sum(),
    }
}
