//! The messages of a conversation, in the roles of chat completions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{Content, Part};
use super::result::CallOutcome;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// Standing instructions.
    System(TextMessage),
    /// Standing instructions, in the word that newer models use for them.
    Developer(TextMessage),
    /// What the user said.
    User(UserMessage),
    /// What the model said, the tools it called among it.
    Assistant(AssistantMessage),
    /// The result of one call.
    Tool(ToolMessage),
}

impl Message {
    /// A system message.
    pub fn system(text: impl Into<String>) -> Self {
        Self::System(TextMessage { content: text.into() })
    }

    /// A user's message: a text, or a list of parts.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::User(UserMessage { content: content.into() })
    }

    /// A model's message that calls no tool.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant(AssistantMessage { text: text.into(), ..AssistantMessage::default() })
    }

    /// The result of the call that has this id.
    pub fn tool(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::Tool(ToolMessage {
            call_id: call_id.into(),
            content: content.into(),
            outcome: CallOutcome::Answered,
        })
    }

    /// The role, as the wire spells it.
    #[must_use]
    pub fn role(&self) -> &'static str {
        match self {
            Self::System(_) => "system",
            Self::Developer(_) => "developer",
            Self::User(_) => "user",
            Self::Assistant(_) => "assistant",
            Self::Tool(_) => "tool",
        }
    }

    /// The message's text, without its calls, images and audio.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::System(message) | Self::Developer(message) => message.content.as_str().into(),
            Self::User(message) => message.content.text(),
            Self::Assistant(message) => message.text.as_str().into(),
            Self::Tool(message) => message.content.text(),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

/// A message that is only text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextMessage {
    /// The text.
    pub content: String,
}

/// What the user said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserMessage {
    /// Text, or text with images and audio.
    pub content: Content,
}

impl From<&str> for UserMessage {
    fn from(text: &str) -> Self {
        Self { content: text.into() }
    }
}

impl From<String> for UserMessage {
    fn from(text: String) -> Self {
        Self { content: text.into() }
    }
}

impl From<&String> for UserMessage {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Part> for UserMessage {
    fn from(part: Part) -> Self {
        vec![part].into()
    }
}

impl<const N: usize> From<[Part; N]> for UserMessage {
    fn from(parts: [Part; N]) -> Self {
        Vec::from(parts).into()
    }
}

impl From<Vec<Part>> for UserMessage {
    fn from(parts: Vec<Part>) -> Self {
        Self { content: parts.into() }
    }
}

impl From<Content> for UserMessage {
    fn from(content: Content) -> Self {
        Self { content }
    }
}

/// What the model said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssistantMessage {
    /// The text; empty where the model only called tools.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The model's reasoning, where the service shows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Why the model refused, where the service tells a refusal from an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The calls, in the order in which the model made them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Fields of the message that this version does not know, as they came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl AssistantMessage {
    /// Whether it says and calls nothing; such a message is not sent back. A reply that was
    /// spoken has its `audio` among the extra fields, and says something by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.tool_calls.is_empty()
            && self.refusal.is_none()
            && self.extra.get("audio").is_none_or(Value::is_null)
    }
}

/// A tool call as the model made it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id that ties the result to the call; unique within a conversation.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// The arguments as they arrived: JSON, if the model kept to it.
    pub arguments: String,
    /// Fields of the call that this version does not know, as they came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl ToolCall {
    /// A call of this tool with these arguments, given as JSON text.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), name: name.into(), arguments: arguments.into(), extra: Map::new() }
    }
}

/// The result of one call, as the model hears it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolMessage {
    /// The id of the call that this answers.
    pub call_id: String,
    /// What the model hears.
    pub content: Content,
    /// How the call went. Not sent to the model, which has the content.
    #[serde(default)]
    pub outcome: CallOutcome,
}
