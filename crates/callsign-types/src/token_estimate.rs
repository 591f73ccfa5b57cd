//! Estimates of tokens that a provider did not report.

use super::content::{Content, Part};
use super::message::{AssistantMessage, Message};
use super::messages::Messages;
use super::request::Request;
use super::usage::Usage;

/// The approximate number of bytes per token, for English text and code.
const BYTES_PER_TOKEN: u64 = 4;

/// The number of tokens that each message takes in addition to its text.
const PER_MESSAGE: u64 = 4;

/// The number of tokens that an image or audio part counts as.
const PER_MEDIUM: u64 = 1_000;

/// Estimates the tokens of a request and its response.
#[doc(hidden)]
pub fn estimate(request: &Request, response: &AssistantMessage) -> Usage {
    let text = |text: &str| text.len() as u64;
    let instructions = request.instructions.as_deref().map_or(0, text);
    let tools = request.tools.iter().map(|tool| {
        text(&tool.name) + text(&tool.description) + text(&tool.parameters.to_string())
    });
    let input = instructions + tools.sum::<u64>() + bytes(&request.messages);
    Usage::new(input.div_ceil(BYTES_PER_TOKEN), assistant(response).div_ceil(BYTES_PER_TOKEN))
}

/// Estimates the tokens of messages.
#[doc(hidden)]
pub fn tokens(messages: &Messages) -> u64 {
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
                // The size of a medium says little about its tokens.
                (None, _) => PER_MEDIUM * BYTES_PER_TOKEN,
            })
            .sum(),
    }
}
