//! A model: something that answers a request with a stream of events.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{Stream, StreamExt};

use crate::journal::entry::AnswerFormat;
use crate::words::error::{Error, ErrorKind, Progress};
use crate::words::event::{Event, Finished, ModelEvent, ModelReply};
use crate::words::message::AssistantMessage;
use crate::words::request::{Request, ToolDefinition};

/// The events of one reply, as they come.
pub type ModelStream<'a> = Pin<Box<dyn Stream<Item = Result<ModelEvent, Error>> + Send + 'a>>;

/// Something that answers requests.
///
/// Whether the service behind it streams is its own affair; a reply that comes in one piece is a
/// stream of few events. Retries, fallbacks and recordings are models around a model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "a model by its name is `ChatModel::builder(\"https://…\").model(\"…\").build()?`, one \
            that the environment names is `ChatModel::from_env()?`",
    note = "tests ask a `ScriptedModel`"
)]
pub trait Model: Send + Sync + 'static {
    /// Sends the request once the stream is first polled; dropping the stream gives it up.
    ///
    /// The first error ends the stream.
    fn stream(&self, request: Request) -> ModelStream<'_>;

    /// What to call it in messages and logs, such as `gpt-4o at https://…`; never a secret.
    fn name(&self) -> &str;

    /// Which model it is and who serves it, for spans. A model around another hands on what that
    /// one says.
    fn identity(&self) -> ModelIdentity<'_> {
        ModelIdentity::default()
    }

    /// Whether these tools can be described to the service behind it. It is asked when an agent is
    /// built, so that what cannot be said is an error then and not in the middle of a run.
    ///
    /// A model around another asks that one.
    ///
    /// # Errors
    /// A configuration error that names the tool and says what to do instead.
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        let _ = tools;
        Ok(())
    }

    /// How it is best asked for an answer that has to keep to a JSON schema. Where it refuses
    /// that, a run asks in the next format by itself.
    ///
    /// A model around another hands on what that one says.
    fn answer_format(&self) -> AnswerFormat {
        AnswerFormat::Schema
    }
}

/// Which model is asked, in the words of OpenTelemetry's conventions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelIdentity<'a> {
    /// The model's name as requests say it, such as `gpt-4o`: `gen_ai.request.model`.
    pub model: Option<&'a str>,
    /// Who serves it, such as `azure.ai.openai`: `gen_ai.provider.name`.
    pub provider: Option<&'a str>,
}

impl<'a> ModelIdentity<'a> {
    /// A model of this name, served by this provider, as far as they are known.
    #[must_use]
    pub fn new(model: Option<&'a str>, provider: Option<&'a str>) -> Self {
        Self { model, provider }
    }
}

impl<M: Model + ?Sized> Model for Arc<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        (**self).stream(request)
    }

    fn name(&self) -> &str {
        (**self).name()
    }

    fn identity(&self) -> ModelIdentity<'_> {
        (**self).identity()
    }

    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        (**self).check_tools(tools)
    }

    fn answer_format(&self) -> AnswerFormat {
        (**self).answer_format()
    }
}

/// What every model can do besides.
#[async_trait]
pub trait ModelExt: Model {
    /// Sends one request and waits for the whole reply.
    ///
    /// It is handed on as it came, also where it was cut at a token limit or withheld: ask
    /// [`is_cut`](ModelReply::is_cut). A run of an agent fails there.
    ///
    /// # Errors
    /// As the model fails; the text that had come by then is in the error.
    async fn complete(&self, request: impl Into<Request> + Send) -> Result<ModelReply, Error> {
        let request = request.into();
        let mut stream = self.stream(request);
        let mut fold = Fold::default();
        while let Some(event) = stream.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => return Err(fold.attach(error)),
            };
            if let Some(finished) = fold.take(event) {
                return Ok(fold.finish(finished));
            }
        }
        Err(fold.cut_off())
    }
}

impl<M: Model + ?Sized> ModelExt for M {}

impl fmt::Debug for dyn Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.name()).finish()
    }
}

/// Events, folded into the message that they make.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    message: AssistantMessage,
}

impl Fold {
    /// Takes one event; the end of the reply is handed back.
    pub(crate) fn take(&mut self, event: ModelEvent) -> Option<Finished> {
        match event {
            ModelEvent::TextDelta(text) => append(&mut self.message.text, text),
            ModelEvent::ReasoningDelta(text) => append(&mut self.message.reasoning, text),
            ModelEvent::RefusalDelta(text) => {
                append(self.message.refusal.get_or_insert_default(), text);
            }
            ModelEvent::ToolCallDelta(_) | ModelEvent::Retrying(_) => {}
            ModelEvent::ToolCall(call) => {
                // Most replies have one, and a list sets aside room for four.
                if self.message.tool_calls.is_empty() {
                    self.message.tool_calls.reserve_exact(1);
                }
                self.message.tool_calls.push(call);
            }
            ModelEvent::Finished(finished) => return Some(*finished),
        }
        None
    }

    /// As [`take`](Self::take), and hands the event on to an audience, if it is one for it.
    pub(crate) fn take_heard(&mut self, event: ModelEvent) -> (Option<Event>, Option<Finished>) {
        let heard = match event {
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
            ModelEvent::Retrying(retrying) => Event::Retrying(retrying),
            event @ (ModelEvent::ToolCall(_) | ModelEvent::Finished(_)) => {
                return (None, self.take(event));
            }
        };
        (Some(heard), None)
    }

    pub(crate) fn finish(self, finished: Finished) -> ModelReply {
        ModelReply::new(self.message, finished)
    }

    /// The error of a stream that ended without its end.
    pub(crate) fn cut_off(self) -> Error {
        let message = "the model's reply was cut off: its stream ended without a finish reason";
        self.attach(Error::new(ErrorKind::Unfinished, message))
    }

    /// The error, with the text that had come by then.
    pub(crate) fn attach(self, error: Error) -> Error {
        let partial_text = self.message.text;
        error.with_progress(Progress { partial_text, ..Progress::default() })
    }
}

fn append(to: &mut String, text: String) {
    if to.is_empty() {
        *to = text;
    } else {
        to.push_str(&text);
    }
}
