//! Requests to a model.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::content::Content;
use super::message::{Message, UserMessage};
use super::messages::Messages;

/// One request to a model: the conversation so far, the available tools and the options.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// Instructions, sent before the messages as a system message.
    pub instructions: Option<Arc<str>>,
    /// The conversation so far.
    pub messages: Messages,
    /// The tools that the model may call.
    pub tools: Arc<[ToolDefinition]>,
    /// Whether the model may, must or must not call tools. It is not sent if there are no tools.
    pub tool_choice: ToolChoice,
    /// Sampling and output options.
    pub options: Arc<Options>,
    /// The request id of the client, the same for all attempts. If it is `None`, the model creates
    /// one.
    pub client_request_id: Option<Arc<str>>,
    /// Whether an incomplete response may be discarded and the request sent again, because no
    /// subscriber receives the response in parts. [`ModelEvent::Retrying`] then discards what came
    /// before it.
    ///
    /// [`ModelEvent::Retrying`]: crate::event::ModelEvent::Retrying
    pub restartable: bool,
    /// Whether the caller sends the request again, to this or another model, if it fails. A model
    /// that retries by itself then sends it once, so that the attempts do not multiply. The `Retry`
    /// and `Fallback` middleware set it.
    pub is_retried: bool,
}

impl Request {
    /// Creates a request from messages.
    pub fn new(messages: impl Into<Messages>) -> Self {
        Self { messages: messages.into(), ..Self::default() }
    }

    /// Creates a request from one user message.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(vec![Message::user(content)])
    }

    /// Sets the instructions.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<Arc<str>>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Sets the tools that the model may call.
    #[must_use]
    pub fn tools(mut self, tools: impl IntoIterator<Item = ToolDefinition>) -> Self {
        self.tools = tools.into_iter().collect();
        self
    }

    /// Sets whether the model may, must or must not call tools.
    #[must_use]
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = choice;
        self
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = Arc::new(options);
        self
    }
}

impl From<Vec<Message>> for Request {
    fn from(messages: Vec<Message>) -> Self {
        Self::new(messages)
    }
}

impl From<Messages> for Request {
    fn from(messages: Messages) -> Self {
        Self::new(messages)
    }
}

impl<const N: usize> From<[Message; N]> for Request {
    fn from(messages: [Message; N]) -> Self {
        Self::new(messages)
    }
}

impl From<Message> for Request {
    fn from(message: Message) -> Self {
        Self::new(message)
    }
}

impl From<UserMessage> for Request {
    fn from(message: UserMessage) -> Self {
        Self::new(Message::from(message))
    }
}

impl From<Content> for Request {
    fn from(content: Content) -> Self {
        Self::user(content)
    }
}

impl From<&str> for Request {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<&String> for Request {
    fn from(text: &String) -> Self {
        Self::user(text)
    }
}

impl From<String> for Request {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

/// The definition of a tool, as sent to a model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolDefinition {
    /// The name: 1 to 64 of `A-Za-z0-9_-`.
    pub name: Arc<str>,
    /// The description, for the model.
    pub description: Arc<str>,
    /// The JSON schema of the arguments, which are an object.
    pub parameters: Arc<Value>,
    /// Whether the provider enforces the schema. `Some(true)` requires it if the endpoint supports
    /// it. `None` leaves the choice to the endpoint's profile.
    pub strict: Option<bool>,
}

/// Serializes the name, the description, the parameters and, if it is set, `strict`: for display,
/// or for another program. Models encode requests to providers themselves.
impl Serialize for ToolDefinition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 3 + usize::from(self.strict.is_some());
        let mut definition = serializer.serialize_struct("ToolDefinition", fields)?;
        definition.serialize_field("name", &*self.name)?;
        definition.serialize_field("description", &*self.description)?;
        definition.serialize_field("parameters", &*self.parameters)?;
        match &self.strict {
            Some(strict) => definition.serialize_field("strict", strict)?,
            None => definition.skip_field("strict")?,
        }
        definition.end()
    }
}

impl ToolDefinition {
    /// Creates a definition from a name, a description and the JSON schema of the arguments.
    pub fn new(
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
        parameters: impl Into<Arc<Value>>,
    ) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, description, parameters: parameters.into(), strict: None }
    }

    /// Sets whether the provider enforces the schema. `None` leaves the choice to the endpoint's
    /// profile.
    #[must_use]
    pub fn with_strict(mut self, strict: impl Into<Option<bool>>) -> Self {
        self.strict = strict.into();
        self
    }
}

/// Whether a model may, must or must not call tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides. Nothing is sent, because this is the default of providers.
    #[default]
    Unset,
    /// The model decides. `auto` is sent.
    Auto,
    /// The model must not call a tool.
    None,
    /// The model must call at least one tool.
    Required,
    /// The model must call this tool.
    Tool(String),
}

/// Sampling and output options. Options that are not set are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Options {
    /// The sampling temperature. 0 is the least random.
    pub temperature: Option<f64>,
    /// The probability mass for nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// The maximum number of tokens in a response.
    pub max_tokens: Option<u64>,
    /// The sampling seed. Providers repeat responses on a best-effort basis.
    pub seed: Option<i64>,
    /// Stop sequences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// The penalty for tokens by their frequency so far, −2 to 2.
    pub frequency_penalty: Option<f64>,
    /// The penalty for tokens that occurred at all, −2 to 2.
    pub presence_penalty: Option<f64>,
    /// The format of the output.
    pub response_format: Option<ResponseFormat>,
    /// Whether the model may call several tools in one response.
    pub parallel_tool_calls: Option<bool>,
    /// The reasoning effort: `low`, `medium`, `high`, or a value that a provider adds.
    pub reasoning_effort: Option<String>,
    /// Whether the response contains log probabilities.
    pub logprobs: Option<bool>,
    /// The number of most likely tokens to return at each position, 0 to 20.
    pub top_logprobs: Option<u8>,
    /// An id of the end user, which providers use to detect abuse.
    pub user: Option<String>,
    /// Other fields at the root of the request, sent unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Options {
    /// Creates options of which none is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`temperature`](Self::temperature).
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets [`top_p`](Self::top_p).
    #[must_use]
    pub fn top_p(mut self, top_p: f64) -> Self {
        self.top_p = Some(top_p);
        self
    }

    /// Sets [`max_tokens`](Self::max_tokens).
    #[must_use]
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// Sets [`seed`](Self::seed).
    #[must_use]
    pub fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets [`stop`](Self::stop).
    #[must_use]
    pub fn stop(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.stop = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`frequency_penalty`](Self::frequency_penalty).
    #[must_use]
    pub fn frequency_penalty(mut self, penalty: f64) -> Self {
        self.frequency_penalty = Some(penalty);
        self
    }

    /// Sets [`presence_penalty`](Self::presence_penalty).
    #[must_use]
    pub fn presence_penalty(mut self, penalty: f64) -> Self {
        self.presence_penalty = Some(penalty);
        self
    }

    /// Sets [`response_format`](Self::response_format).
    #[must_use]
    pub fn response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Sets [`parallel_tool_calls`](Self::parallel_tool_calls).
    #[must_use]
    pub fn parallel_tool_calls(mut self, parallel: bool) -> Self {
        self.parallel_tool_calls = Some(parallel);
        self
    }

    /// Sets [`reasoning_effort`](Self::reasoning_effort).
    #[must_use]
    pub fn reasoning_effort(mut self, effort: impl Into<String>) -> Self {
        self.reasoning_effort = Some(effort.into());
        self
    }

    /// Sets [`logprobs`](Self::logprobs).
    #[must_use]
    pub fn logprobs(mut self, logprobs: bool) -> Self {
        self.logprobs = Some(logprobs);
        self
    }

    /// Sets [`top_logprobs`](Self::top_logprobs).
    #[must_use]
    pub fn top_logprobs(mut self, tokens: u8) -> Self {
        self.top_logprobs = Some(tokens);
        self
    }

    /// Sets [`user`](Self::user).
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Adds a field at the root of the request, such as `safe_mode`.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

/// The format of the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Text.
    Text,
    /// Any JSON object. The instructions have to ask for JSON as well.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// The schema's name: 1 to 64 of `A-Za-z0-9_-`.
        name: String,
        /// The JSON schema.
        schema: Value,
        /// A description of the output, for the model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Whether the provider must enforce the schema. The schema has to be in the provider's
        /// strict form then. `None` sends no `strict`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
        /// Whether the model should send the schema in the provider's strict form, if there is one
        /// that allows the same values. It may allow null for an absent property. Has no effect if
        /// `strict` is set.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        prefer_strict: bool,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_messages_become_requests() {
        let expected = Request::user("Hi.");
        let text = "Hi.".to_owned();
        assert_eq!(Request::from(&text), expected);
        assert_eq!(Request::from(Content::from(&text)), expected);
        assert_eq!(Request::from(UserMessage::from(text)), expected);
        assert_eq!(Request::from(Message::user("Hi.")), expected);
        assert_eq!(Request::from([Message::user("Hi.")]), expected);
    }

    #[test]
    fn strictness_is_set_and_cleared() {
        let tool = ToolDefinition::new("pay", "Pays.", json!({"type": "object"}));
        assert_eq!(tool.clone().with_strict(true).strict, Some(true));
        assert_eq!(tool.with_strict(None).strict, None);
    }
}
