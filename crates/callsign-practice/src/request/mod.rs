//! Parses and validates chat requests as strictly as real providers do. An error names the field.

pub(crate) mod content_filter;
pub(crate) mod extra_parameters;
mod history;
pub(crate) mod media;
mod options;

use std::collections::HashSet;

use serde_json::Value;

use crate::error::ApiError;
use crate::hash::fnv1a;
use crate::tools::schema::OfferedTool;
use crate::usage::estimate_prompt_tokens;

/// One message of the conversation.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// Role `system` or `developer`.
    System(String),
    User {
        text: String,
        /// Descriptions of its images and audio clips.
        media: Vec<String>,
    },
    /// The tool calls of an assistant message. Its text is not used.
    Assistant(Vec<ToolCall>),
    ToolResult {
        id: String,
        content: String,
    },
}

/// A tool call of the conversation or of a completion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

/// The parsed `tool_choice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    None,
    Auto,
    Required,
    Function(String),
}

/// The parsed `response_format`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResponseFormat {
    Text,
    JsonObject,
    JsonSchema(Value),
}

/// A valid chat request.
#[derive(Clone, Debug)]
pub(crate) struct ChatRequest {
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: Vec<OfferedTool>,
    pub(crate) tool_choice: ToolChoice,
    /// Whether one completion may hold several tool calls.
    pub(crate) parallel_tool_calls: bool,
    pub(crate) response_format: ResponseFormat,
    /// The lower of `max_tokens` and `max_completion_tokens`.
    pub(crate) max_tokens: Option<usize>,
    pub(crate) stop: Vec<String>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    /// `top_logprobs`, 0 by default. `None` if `logprobs` is not set.
    pub(crate) logprobs: Option<usize>,
    /// An estimate over messages and tools.
    pub(crate) prompt_tokens: usize,
    /// Ids of all calls in the conversation.
    pub(crate) call_ids: HashSet<String>,
    /// Hash of messages and tools. Equal requests get equal ids.
    pub(crate) digest: u64,
}

impl ChatRequest {
    /// Parses a request body.
    ///
    /// # Errors
    /// Returns an error with status 400 for the first invalid field.
    pub(crate) fn parse(body: &Value) -> Result<Self, ApiError> {
        if !body.is_object() {
            return Err(ApiError::invalid_body("The body must be a JSON object."));
        }
        let (messages, call_ids) = history::messages(&body["messages"])?;
        options::check_ranges(body)?;
        let tools = options::tools(&body["tools"])?;
        let tool_choice = options::tool_choice(&body["tool_choice"], &tools)?;
        let hashed = format!("{}{}", body["messages"], body["tools"]);
        Ok(Self {
            messages,
            tool_choice,
            parallel_tool_calls: body["parallel_tool_calls"].as_bool().unwrap_or(true),
            response_format: options::response_format(&body["response_format"])?,
            max_tokens: options::max_tokens(body)?,
            stop: options::stop(&body["stop"])?,
            stream: options::flag(body, "stream")?,
            include_usage: options::include_usage(body)?,
            logprobs: options::logprobs(body)?,
            prompt_tokens: estimate_prompt_tokens(body),
            call_ids,
            digest: fnv1a(&hashed),
            tools,
        })
    }

    /// Descriptions of the images and audio clips of the last user message. `None` if it has none.
    pub(crate) fn media(&self) -> Option<&[String]> {
        let last = self.messages.iter().rev().find_map(|message| match message {
            Message::User { media, .. } => Some(&media[..]),
            _ => None,
        });
        last.filter(|media| !media.is_empty())
    }

    /// The messages after the last user message.
    pub(crate) fn since_last_user_message(&self) -> &[Message] {
        let last =
            self.messages.iter().rposition(|message| matches!(message, Message::User { .. }));
        &self.messages[last.map_or(0, |at| at + 1)..]
    }
}

#[cfg(test)]
mod tests;
