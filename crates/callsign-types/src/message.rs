//! The messages of a conversation, by the roles of chat completions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{Content, Part};
use super::tool_status::ToolCallStatus;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// Instructions.
    System(TextMessage),
    /// Instructions, in the role that newer models use for them.
    Developer(TextMessage),
    /// A message of the user.
    User(UserMessage),
    /// A message of the model, including its tool calls.
    Assistant(AssistantMessage),
    /// The result of one tool call.
    Tool(ToolMessage),
}

impl Message {
    /// Creates a system message.
    pub fn system(text: impl Into<String>) -> Self {
        Self::System(TextMessage::new(text))
    }

    /// Creates a user message from text or a list of parts.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::User(UserMessage::new(content))
    }

    /// Creates an assistant message without tool calls.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant(AssistantMessage::new(text))
    }

    /// Creates the result of the call with this id. Its status is
    /// [`Success`](ToolCallStatus::Success).
    pub fn tool(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::Tool(ToolMessage::new(call_id, content))
    }

    /// Returns the role, as chat completions spells it.
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

    /// Returns the text of the message, without tool calls, images and audio.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::System(message) | Self::Developer(message) => message.content.as_str().into(),
            Self::User(message) => message.content.text(),
            Self::Assistant(message) => message.text.as_str().into(),
            Self::Tool(message) => message.content.text(),
        }
    }
}

/// Conversions into a user message, as in [`Message::user`].
macro_rules! user_message_from {
    ($($source:ty),*) => {$(
        impl From<$source> for Message {
            fn from(content: $source) -> Self {
                Self::user(content)
            }
        }

        impl From<$source> for UserMessage {
            fn from(content: $source) -> Self {
                Self::new(content)
            }
        }
    )*};
}

user_message_from!(&str, &String, String, Part, Vec<Part>, Content);

impl<const N: usize> From<[Part; N]> for Message {
    fn from(parts: [Part; N]) -> Self {
        Self::user(parts)
    }
}

impl<const N: usize> From<[Part; N]> for UserMessage {
    fn from(parts: [Part; N]) -> Self {
        Self::new(parts)
    }
}

impl From<UserMessage> for Message {
    fn from(message: UserMessage) -> Self {
        Self::User(message)
    }
}

impl From<AssistantMessage> for Message {
    fn from(message: AssistantMessage) -> Self {
        Self::Assistant(message)
    }
}

impl From<ToolMessage> for Message {
    fn from(message: ToolMessage) -> Self {
        Self::Tool(message)
    }
}

/// A system or developer message, which contains only text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextMessage {
    /// The text.
    pub content: String,
}

impl TextMessage {
    /// Creates a message from its text.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into() }
    }
}

/// A message of the user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserMessage {
    /// Text, or text with images and audio.
    pub content: Content,
}

impl UserMessage {
    /// Creates a message from text or a list of parts.
    pub fn new(content: impl Into<Content>) -> Self {
        Self { content: content.into() }
    }

    /// Returns the text if the message has nothing else: what the memory store packs.
    #[doc(hidden)]
    #[must_use]
    pub fn packable_text(&self) -> Option<&str> {
        // Exhaustive, so that a new field cannot be lost when a message is packed.
        match self {
            Self { content: Content::Text(text) } => Some(text),
            Self { content: Content::Parts(_) } => None,
        }
    }
}

/// A message of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssistantMessage {
    /// The text; empty if the model only called tools.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The model's reasoning, if the provider exposes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The explanation of a refusal, if the provider separates refusals from text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The tool calls, in the model's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Unknown fields of the message, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl AssistantMessage {
    /// Creates a message from its text. Set the other fields on the value.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Sets the tool calls.
    #[must_use]
    pub fn with_tool_calls(mut self, calls: impl IntoIterator<Item = ToolCall>) -> Self {
        self.tool_calls = calls.into_iter().collect();
        self
    }

    /// Returns whether the message has neither text, a refusal, tool calls, audio nor images. Text
    /// of white space alone counts as none. Such a message is not sent back to the model.
    ///
    /// Audio and images are in `extra`, as `audio` (OpenAI) and `images` (OpenRouter).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let has = |field| self.extra.get(field).is_some_and(|value| !value.is_null());
        self.text.trim().is_empty()
            && self.tool_calls.is_empty()
            && self.refusal.is_none()
            && !has("audio")
            && !has("images")
    }
}

/// A tool call, as received from the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// The id that connects the result to the call. It is unique in a conversation.
    pub id: String,
    /// The tool's name, as received.
    pub name: String,
    /// The arguments, as received. They may be invalid JSON.
    pub arguments: String,
    /// Unknown fields of the call, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl ToolCall {
    /// Creates a call of the tool `name` with `arguments`, which are JSON text.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), name: name.into(), arguments: arguments.into(), extra: Map::new() }
    }
}

/// The result of one tool call, as returned to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolMessage {
    /// The id of the call.
    pub call_id: String,
    /// The content that is returned to the model.
    pub content: Content,
    /// The status of the call. It is not sent to the model, which receives the content only.
    #[serde(default, rename = "outcome")]
    pub status: ToolCallStatus,
}

impl ToolMessage {
    /// Creates the result of the call with this id. Its status is
    /// [`Success`](ToolCallStatus::Success).
    pub fn new(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        let (call_id, content) = (call_id.into(), content.into());
        Self { call_id, content, status: ToolCallStatus::Success }
    }

    /// Sets the status of the call.
    #[must_use]
    pub fn with_status(mut self, status: ToolCallStatus) -> Self {
        self.status = status;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_parts_become_user_messages() {
        let text = "Hi.".to_owned();
        let expected = Message::user("Hi.");
        assert_eq!(Message::from("Hi."), expected);
        assert_eq!(Message::from(&text), expected);
        assert_eq!(Message::from(UserMessage::from(text)), expected);
        let part = Part::text("Hi.");
        let expected = Message::user(vec![part.clone()]);
        assert_eq!(Message::from(part.clone()), expected);
        assert_eq!(Message::from([part.clone()]), expected);
        assert_eq!(Message::from(Content::from(part)), expected);
    }

    #[test]
    fn constructors_set_the_fields_that_they_name() {
        let call = ToolCall::new("c1", "pay", "{}");
        let message = AssistantMessage::new("Paying.").with_tool_calls([call.clone()]);
        assert_eq!((message.text.as_str(), &message.tool_calls), ("Paying.", &vec![call]));
        let result = ToolMessage::new("c1", "paid").with_status(ToolCallStatus::Unknown);
        assert_eq!(result.status, ToolCallStatus::Unknown);
        let Message::Tool(result) = Message::from(result) else { panic!("not a tool message") };
        assert_eq!((result.call_id.as_str(), &*result.content.text()), ("c1", "paid"));
    }
}
