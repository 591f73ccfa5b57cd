//! Token estimates for the `usage` of a response. The practice model has no real tokenizer.

use serde_json::Value;

/// Estimated tokens of an image or audio clip: what OpenAI charges for an image in low detail.
pub(crate) const TOKENS_PER_MEDIUM: usize = 85;

/// Tokens that each message adds to those of its content.
const TOKENS_PER_MESSAGE: usize = 4;

/// Estimates the tokens of a text: one per started six letters of each word.
pub(crate) fn estimate_tokens(text: &str) -> usize {
    text.split_whitespace().map(|word| word.chars().count().div_ceil(6).max(1)).sum()
}

/// Estimates the tokens of the messages and tools of a chat request.
pub(crate) fn estimate_prompt_tokens(body: &Value) -> usize {
    let messages = body["messages"].as_array().into_iter().flatten().map(message_tokens);
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools = tools.map(|tool| estimate_tokens(&tool.to_string()));
    messages.sum::<usize>() + tools.sum::<usize>()
}

fn message_tokens(message: &Value) -> usize {
    let part_tokens =
        |part: &Value| part["text"].as_str().map_or(TOKENS_PER_MEDIUM, estimate_tokens);
    let content = match &message["content"] {
        Value::String(text) => estimate_tokens(text),
        Value::Array(parts) => parts.iter().map(part_tokens).sum(),
        _ => 0,
    };
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    let calls: usize = calls.map(|call| estimate_tokens(&call["function"].to_string())).sum();
    TOKENS_PER_MESSAGE + content + calls
}
