//! Reading a request as a strict service does: what is wrong is refused, with the place where it is.

mod history;
mod options;

use std::collections::HashSet;

use serde_json::Value;

use super::complaint::Complaint;
use super::schema::OfferedTool;

/// One message of the conversation.
#[derive(Clone, Debug)]
pub(super) enum Message {
    /// From `system` or `developer`.
    Instructions(String),
    User {
        text: String,
        /// Its images and audio, in words.
        media: Vec<String>,
    },
    Assistant(Vec<Call>),
    Result {
        id: String,
        content: String,
    },
}

/// A call that the conversation has or that an answer makes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// What the request says about calling tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToolChoice {
    Never,
    Free,
    Required,
    Named(String),
}

/// What shape the answer's text must have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AnswerShape {
    Text,
    Object,
    Schema(Value),
}

/// A request that is in order.
#[derive(Clone, Debug)]
pub(super) struct ChatRequest {
    pub(super) messages: Vec<Message>,
    pub(super) tools: Vec<OfferedTool>,
    pub(super) tool_choice: ToolChoice,
    /// Whether one reply may hold several calls.
    pub(super) parallel: bool,
    pub(super) shape: AnswerShape,
    /// The greatest number of tokens of the answer.
    pub(super) max_tokens: Option<usize>,
    pub(super) stop: Vec<String>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// Whether to tell how likely each word was, and how many words at each place.
    pub(super) logprobs: Option<usize>,
    /// An estimate over messages and tools.
    pub(super) prompt_tokens: usize,
    /// Ids of calls that the conversation has already.
    pub(super) ids: HashSet<String>,
    /// Equal for equal conversations, so that equal requests get equal ids.
    pub(super) digest: u64,
}

impl ChatRequest {
    /// Reads a request body.
    pub(super) fn read(body: &Value) -> Result<Self, Complaint> {
        if !body.is_object() {
            return Err(Complaint::body("The body must be a JSON object."));
        }
        let (messages, ids) = history::messages(&body["messages"])?;
        options::ranges(body)?;
        let tools = options::tools(&body["tools"])?;
        let tool_choice = options::tool_choice(&body["tool_choice"], &tools)?;
        let text = format!("{}{}", body["messages"], body["tools"]);
        Ok(Self {
            messages,
            tool_choice,
            parallel: body["parallel_tool_calls"].as_bool().unwrap_or(true),
            shape: options::shape(&body["response_format"])?,
            max_tokens: options::max_tokens(body)?,
            stop: options::stop(&body["stop"])?,
            stream: options::flag(body, "stream")?,
            include_usage: options::include_usage(body)?,
            logprobs: options::logprobs(body)?,
            prompt_tokens: prompt_tokens(body),
            ids,
            digest: digest(&text),
            tools,
        })
    }

    /// The images and audio of the user's last message, in words, where it has any.
    pub(super) fn media(&self) -> Option<&[String]> {
        let last = self.messages.iter().rev().find_map(|message| match message {
            Message::User { media, .. } => Some(&media[..]),
            _ => None,
        });
        last.filter(|media| !media.is_empty())
    }

    /// The messages of the turn that is open: what follows the last message of the user.
    pub(super) fn turn(&self) -> &[Message] {
        let last =
            self.messages.iter().rposition(|message| matches!(message, Message::User { .. }));
        &self.messages[last.map_or(0, |at| at + 1)..]
    }
}

/// What an image or audio counts for, in tokens: what OpenAI charges for an image in low detail.
const PER_MEDIUM: usize = 85;

/// An estimate of the tokens of a text: one for each word, and more for long ones.
pub(super) fn estimate(text: &str) -> usize {
    text.split_whitespace().map(|word| word.chars().count().div_ceil(6).max(1)).sum()
}

fn prompt_tokens(body: &Value) -> usize {
    let per_message = |message: &Value| {
        let content = match &message["content"] {
            Value::String(text) => estimate(text),
            Value::Array(parts) => {
                parts.iter().map(|part| part["text"].as_str().map_or(PER_MEDIUM, estimate)).sum()
            }
            _ => 0,
        };
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        let calls: usize = calls.map(|call| estimate(&call["function"].to_string())).sum();
        4 + content + calls
    };
    let messages: usize = body["messages"].as_array().into_iter().flatten().map(per_message).sum();
    let tools: usize = body["tools"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tool| estimate(&tool.to_string()))
        .sum();
    messages + tools
}

/// FNV-1a, which is the same in every build and on every machine.
pub(super) fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
