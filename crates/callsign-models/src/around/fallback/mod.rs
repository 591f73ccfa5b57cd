//! Asking another model.

mod stream;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::traits::model::{Model, ModelIdentity, ModelStream};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::request::{Request, ToolDefinition};

/// A list of models: where one fails before it began to reply, the next is asked.
///
/// The run's audience is told so, in
/// [`ModelEvent::Retrying`](callsign_core::words::event::ModelEvent::Retrying) with a reason that
/// names the model that is asked next. Where all have failed, the error's message says what each
/// of them said; everything else of it is the last one's.
///
/// Every request begins with the first model again.
///
/// ```
/// use callsign_models::around::fallback::Fallback;
/// use callsign_models::chat::model::ChatModel;
///
/// # fn main() -> Result<(), callsign_core::words::error::Error> {
/// let large = ChatModel::builder("https://trips.openai.azure.com/openai/v1").model("gpt-4o").build()?;
/// let small = ChatModel::builder("http://127.0.0.1:11434/v1").model("qwen3").build()?;
/// let model = Fallback::new(large).or(small);
/// # let _ = model;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Fallback {
    models: Vec<Arc<dyn Model>>,
    name: String,
    falls_back: fn(&Error) -> bool,
}

impl Fallback {
    /// A list of this one model.
    pub fn new(model: impl Model) -> Self {
        let name = model.name().to_owned();
        Self { models: vec![Arc::new(model)], name, falls_back: Self::is_anothers_chance }
    }

    /// Adds a model, to be asked where all before it have failed.
    #[must_use]
    pub fn or(mut self, model: impl Model) -> Self {
        self.name = format!("{}, or else {}", self.name, model.name());
        self.models.push(Arc::new(model));
        self
    }

    /// Sets after which errors the next model is asked, over
    /// [`is_anothers_chance`](Self::is_anothers_chance). With [`Error::is_context_length`] among
    /// them, for example, a model that can read more may follow one that is cheaper.
    #[must_use]
    pub fn when(mut self, falls_back: fn(&Error) -> bool) -> Self {
        self.falls_back = falls_back;
        self
    }

    /// Whether an error says something of the model and not of the request, so that another model
    /// may well answer: it cannot be reached, is slow, overloaded, used up, broken, retired or not
    /// there, or does not take the credential.
    ///
    /// A request that was refused is not among them, and neither is one that a content filter
    /// withheld: to ask elsewhere until somebody agrees has to be somebody's decision.
    #[must_use]
    pub fn is_anothers_chance(error: &Error) -> bool {
        matches!(
            error.kind(),
            ErrorKind::Transport
                | ErrorKind::Timeout
                | ErrorKind::Server
                | ErrorKind::RateLimited
                | ErrorKind::QuotaExhausted
                | ErrorKind::NotFound
                | ErrorKind::Retired
                | ErrorKind::Authentication
                | ErrorKind::Protocol
                | ErrorKind::Unfinished
        )
    }
}

impl Model for Fallback {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        stream::stream(&self.models, self.falls_back, request)
    }

    fn name(&self) -> &str {
        &self.name
    }

    /// The format that all of them take.
    fn answer_format(&self) -> AnswerFormat {
        let formats = || self.models.iter().map(Model::answer_format);
        let plainest = [AnswerFormat::Tool, AnswerFormat::Json];
        let wanted = plainest.into_iter().find(|&plain| formats().any(|format| format == plain));
        wanted.unwrap_or(AnswerFormat::Schema)
    }

    /// The first model's: spans tell from the reply which one has answered.
    fn identity(&self) -> ModelIdentity<'_> {
        self.models.first().map_or_else(ModelIdentity::default, |model| model.identity())
    }

    /// Whether all of the models can be told of the tools: nobody knows which will be asked.
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.models.iter().try_for_each(|model| model.check_tools(tools))
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("models", &self.models).finish_non_exhaustive()
    }
}
