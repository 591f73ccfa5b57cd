//! What is asked of a model.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::content::Content;
use super::message::Message;
use super::messages::Messages;

/// One request to a model: what was said so far, and what it may call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// Standing instructions, sent before the messages as a system message.
    pub instructions: Option<Arc<str>>,
    /// The conversation so far.
    pub messages: Messages,
    /// The tools that the model may call.
    pub tools: Arc<[ToolDefinition]>,
    /// Whether it may, must or must not call them. Not sent where there are no tools.
    pub tool_choice: ToolChoice,
    /// How the model should work.
    pub options: Arc<Options>,
    /// The id under which the client knows the request, the same however often it is sent. A
    /// model mints one where there is none.
    pub client_request_id: Option<Arc<str>>,
}

impl Request {
    /// A request with these messages.
    pub fn new(messages: impl Into<Messages>) -> Self {
        Self { messages: messages.into(), ..Self::default() }
    }

    /// A request that says this one thing.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(vec![Message::user(content)])
    }

    /// Sets the standing instructions.
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

    /// Sets how the model should work.
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

impl From<&str> for Request {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for Request {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

/// A tool as a model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolDefinition {
    /// The name: 1 to 64 of `A-Za-z0-9_-`.
    pub name: Arc<str>,
    /// What it does, for the model to read.
    pub description: Arc<str>,
    /// The JSON schema of its arguments, an object's.
    pub parameters: Arc<Value>,
    /// Whether the service is to hold the model to the schema: `Some(true)` demands it, where the
    /// endpoint can do that, `None` leaves it to the endpoint's profile.
    pub strict: Option<bool>,
}

/// The name, the description, the parameters, and `strict` where it says so: to print it, or to
/// hand it to another program. Requests to services are written by their models.
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
    /// A tool of this name and description, whose arguments keep to this JSON schema.
    pub fn new(
        name: impl Into<Arc<str>>,
        description: impl Into<Arc<str>>,
        parameters: impl Into<Arc<Value>>,
    ) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, description, parameters: parameters.into(), strict: None }
    }
}

/// Whether a model may, must or must not call tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// As the model likes; not sent, because it is what services do by themselves.
    #[default]
    Unset,
    /// As the model likes, said out loud.
    Auto,
    /// It must answer without a call.
    None,
    /// It must call at least one tool.
    Required,
    /// It must call this tool.
    Tool(String),
}

/// How a model should work. Whatever is unset is not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Options {
    /// How freely the model chooses among likely words, from 0.
    pub temperature: Option<f64>,
    /// The share of probability mass that it chooses from, 0 to 1.
    pub top_p: Option<f64>,
    /// The most tokens that a reply may have.
    pub max_tokens: Option<u64>,
    /// A seed, for replies that can be repeated as far as the service manages.
    pub seed: Option<i64>,
    /// Texts at which the model stops.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// How much words that were used already are avoided, −2 to 2.
    pub frequency_penalty: Option<f64>,
    /// How much subjects that were raised already are avoided, −2 to 2.
    pub presence_penalty: Option<f64>,
    /// The form of the answer.
    pub response_format: Option<ResponseFormat>,
    /// Whether the model may call several tools in one reply.
    pub parallel_tool_calls: Option<bool>,
    /// How much the model should reason: `low`, `medium`, `high`, and what services add.
    pub reasoning_effort: Option<String>,
    /// Whether to tell how likely each token was.
    pub logprobs: Option<bool>,
    /// How many likely tokens to tell at each place, 0 to 20.
    pub top_logprobs: Option<u8>,
    /// The caller's own user, for the service's watch over abuse.
    pub user: Option<String>,
    /// Any other field of the request's root, sent as it is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Options {
    /// Options of which none is set.
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

    /// Adds a field to the request's root, such as `safe_mode`.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Text.
    Text,
    /// Some JSON object; the instructions have to ask for JSON as well.
    JsonObject,
    /// JSON that keeps to a schema.
    JsonSchema {
        /// The schema's name: 1 to 64 of `A-Za-z0-9_-`.
        name: String,
        /// The JSON schema.
        schema: Value,
        /// What the answer is, for the model to read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Whether the service must enforce the schema.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
    },
}
