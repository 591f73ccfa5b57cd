//! Models: the [`Model`] trait and the accumulation of response streams.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{Stream, StreamExt};

use crate::error::{Error, ErrorKind, PartialRun};
use crate::event::{Event, ModelEvent, ModelResponse, ResponseEnd};
use crate::journal::entry::OutputMode;
use crate::message::AssistantMessage;
use crate::request::{Request, ToolDefinition};

/// A stream of the events of one response.
pub type ModelStream<'a> = Pin<Box<dyn Stream<Item = Result<ModelEvent, Error>> + Send + 'a>>;

/// A model that generates responses to requests.
///
/// A provider does not have to stream: a response that arrives at once is a stream of few events.
/// Retries, fallbacks and recorders are models that wrap another model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "create one with `ChatModel::builder(\"https://…\").model(\"…\").build()?` or \
            `ChatModel::from_env()?`",
    note = "in tests, use a `ScriptedModel`"
)]
pub trait Model: Send + Sync + 'static {
    /// Returns a stream that sends the request when it is first polled. Dropping the stream
    /// cancels the request.
    ///
    /// The first error ends the stream.
    fn stream(&self, request: Request) -> ModelStream<'_>;

    /// Describes the model: its name, its provider and what it supports. A model that wraps
    /// another one returns that model's description.
    fn info(&self) -> ModelInfo<'_>;
}

/// A description of a model, for messages, spans and the choice of request features.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ModelInfo<'a> {
    /// The name used in messages and logs, such as `gpt-4o at https://…`. Contains no secret.
    pub name: &'a str,
    /// The model's name as requests state it, such as `gpt-4o`: `gen_ai.request.model`.
    pub model: Option<&'a str>,
    /// The provider, such as `azure.ai.openai`: `gen_ai.provider.name`.
    pub provider: Option<&'a str>,
    /// How structured output is requested first. If the model rejects it, a run tries the next
    /// mode. The default is [`OutputMode::Schema`].
    pub output_mode: OutputMode,
    tool_check: Option<&'a dyn ToolCheck>,
}

/// Checks whether a provider can express tool definitions.
pub trait ToolCheck: Send + Sync {
    /// Checks the definitions when an agent is built, so that a schema that the provider cannot
    /// express is an error then and not in the middle of a run.
    ///
    /// # Errors
    /// Returns a configuration error that names the tool and says what to do instead.
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error>;
}

impl<'a> ModelInfo<'a> {
    /// Creates a description of a model that takes any tool and any JSON schema.
    #[must_use]
    pub fn new(name: &'a str) -> Self {
        let output_mode = OutputMode::Schema;
        Self { name, model: None, provider: None, output_mode, tool_check: None }
    }

    /// Sets the model's name as requests state it.
    #[must_use]
    pub fn model(mut self, model: Option<&'a str>) -> Self {
        self.model = model;
        self
    }

    /// Sets the provider.
    #[must_use]
    pub fn provider(mut self, provider: Option<&'a str>) -> Self {
        self.provider = provider;
        self
    }

    /// Sets how structured output is requested first.
    #[must_use]
    pub fn output_mode(mut self, mode: OutputMode) -> Self {
        self.output_mode = mode;
        self
    }

    /// Sets the check of tool definitions.
    #[must_use]
    pub fn tool_check(mut self, check: &'a dyn ToolCheck) -> Self {
        self.tool_check = Some(check);
        self
    }

    /// Checks whether the provider can express these tool definitions.
    ///
    /// # Errors
    /// Returns a configuration error that names the tool and says what to do instead.
    pub fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.tool_check.map_or(Ok(()), |check| check.check_tools(tools))
    }
}

impl fmt::Debug for ModelInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelInfo")
            .field("name", &self.name)
            .field("model", &self.model)
            .field("provider", &self.provider)
            .field("output_mode", &self.output_mode)
            .finish_non_exhaustive()
    }
}

impl<M: Model + ?Sized> Model for Arc<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        (**self).stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        (**self).info()
    }
}

impl<M: Model + ?Sized> Model for Box<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        (**self).stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        (**self).info()
    }
}

/// Methods that every model has.
#[async_trait]
pub trait ModelExt: Model {
    /// Sends one request and waits for the complete response.
    ///
    /// A truncated response is returned as well: check [`is_cut`](ModelResponse::is_cut). A run of
    /// an agent fails instead.
    ///
    /// # Errors
    /// Returns the model's error, or an incomplete error if the stream ended without
    /// [`ModelEvent::Finished`]. The error contains the partial text.
    async fn complete(&self, request: impl Into<Request> + Send) -> Result<ModelResponse, Error> {
        let mut request = request.into();
        request.restartable = true;
        let mut stream = self.stream(request);
        let mut response = ResponseAccumulator::default();
        while let Some(event) = stream.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => return Err(response.into_failure(error)),
            };
            if let Some(end) = response.push(event) {
                return Ok(response.finish(end));
            }
        }
        Err(response.into_incomplete())
    }
}

impl<M: Model + ?Sized> ModelExt for M {}

impl fmt::Debug for dyn Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.info().name).finish()
    }
}

/// The message that the events of a response add up to.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct ResponseAccumulator {
    message: AssistantMessage,
}

impl ResponseAccumulator {
    /// Adds an event. Returns the end of the response if it is the last event.
    #[doc(hidden)]
    pub fn push(&mut self, event: ModelEvent) -> Option<ResponseEnd> {
        match event {
            ModelEvent::TextDelta(text) => append(&mut self.message.text, text),
            ModelEvent::ReasoningDelta(text) => append(&mut self.message.reasoning, text),
            ModelEvent::RefusalDelta(text) => {
                append(self.message.refusal.get_or_insert_default(), text);
            }
            ModelEvent::ToolCallDelta(_) => {}
            ModelEvent::Retrying(_) => self.message = AssistantMessage::default(),
            ModelEvent::ToolCall(call) => {
                // Most responses have one call, and `push` would reserve space for four.
                if self.message.tool_calls.is_empty() {
                    self.message.tool_calls.reserve_exact(1);
                }
                self.message.tool_calls.push(call);
            }
            ModelEvent::Finished(end) => return Some(*end),
        }
        None
    }

    /// Adds an event as [`push`](Self::push) does, and also returns it as an event of the run for
    /// subscribers, if they receive such events.
    #[doc(hidden)]
    pub fn push_and_forward(&mut self, event: ModelEvent) -> (Option<Event>, Option<ResponseEnd>) {
        let forwarded = match event {
            ModelEvent::TextDelta(text) => {
                self.message.text.push_str(&text);
                Event::TextDelta(text)
            }
            ModelEvent::ReasoningDelta(text) => {
                self.message.reasoning.push_str(&text);
                Event::ReasoningDelta(text)
            }
            ModelEvent::RefusalDelta(text) => {
                self.message.refusal.get_or_insert_default().push_str(&text);
                Event::RefusalDelta(text)
            }
            ModelEvent::ToolCallDelta(delta) => Event::ToolCallDelta(delta),
            ModelEvent::Retrying(notice) => {
                self.message = AssistantMessage::default();
                Event::Retrying(notice)
            }
            event @ (ModelEvent::ToolCall(_) | ModelEvent::Finished(_)) => {
                return (None, self.push(event));
            }
        };
        (Some(forwarded), None)
    }

    /// Returns the complete response.
    #[doc(hidden)]
    pub fn finish(self, end: ResponseEnd) -> ModelResponse {
        ModelResponse::new(self.message, end)
    }

    /// Returns the error of a stream that ended without [`ModelEvent::Finished`].
    #[doc(hidden)]
    pub fn into_incomplete(self) -> Error {
        let message =
            "the model's response is incomplete: its stream ended without a finish reason";
        self.into_failure(Error::new(ErrorKind::Incomplete, message))
    }

    /// Returns `error` with the text received so far.
    #[doc(hidden)]
    pub fn into_failure(self, error: Error) -> Error {
        let partial_text = self.message.text;
        error.with_partial_run(PartialRun { partial_text, ..PartialRun::default() })
    }
}

fn append(to: &mut String, text: String) {
    if to.is_empty() {
        *to = text;
    } else {
        to.push_str(&text);
    }
}
