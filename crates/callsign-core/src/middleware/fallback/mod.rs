//! Fallback: failed requests are sent to another model.

mod stream;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use callsign_types::error::{Error, ErrorKind};
use callsign_types::journal::entry::OutputMode;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::traits::model::{Model, ModelInfo, ModelStream, ToolCheck};

/// A list of models. If one fails before a subscriber has received a part of its response, the
/// request goes to the next.
///
/// The run's subscribers receive a
/// [`ModelEvent::Retrying`](callsign_types::event::ModelEvent::Retrying) whose reason names the
/// next model. If all models fail, the error's message contains the error of each. Its other properties
/// are those of the last error.
///
/// Each request starts with the first model again. A model that retries by itself, such as
/// `ChatModel`, does so only if it is the last one: the others send a request once, so that the
/// fallback is not delayed. To retry before the fallback, wrap a model in a `Retry`.
///
/// ```
/// use callsign_core::middleware::fallback::Fallback;
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// use callsign_types::error::{Error, ErrorKind};
/// # use callsign_types::traits::model::ModelExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let exhausted = Error::new(ErrorKind::QuotaExhausted, "the quota is exhausted");
/// let large = ScriptedModel::new([ScriptedReply::error(exhausted)]);
/// let small = ScriptedModel::new([ScriptedReply::text("Hello!")]);
///
/// let model = Fallback::new(large).then(small);
/// assert_eq!(model.complete("Hi").await?.text(), "Hello!");
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
    /// Creates a list of one model.
    pub fn new(model: impl Model) -> Self {
        let name = model.info().name.to_owned();
        Self { models: vec![Arc::new(model)], name, falls_back: Self::is_anothers_chance }
    }

    /// Adds a model, which is used if all models before it have failed.
    #[must_use]
    pub fn then(mut self, model: impl Model) -> Self {
        self.name = format!("{}, then {}", self.name, model.info().name);
        self.models.push(Arc::new(model));
        self
    }

    /// Sets which errors lead to the next model, instead of
    /// [`is_anothers_chance`](Self::is_anothers_chance). If they include
    /// [`Error::is_context_length`], for example, a model with a larger context window can follow a
    /// cheaper one.
    #[must_use]
    pub fn when(mut self, falls_back: fn(&Error) -> bool) -> Self {
        self.falls_back = falls_back;
        self
    }

    /// Returns whether an error is caused by the model and not by the request, so that another
    /// model may succeed. The model is unreachable, slow, overloaded, retired, missing or faulty,
    /// its quota is exhausted, or it rejects the credential.
    ///
    /// Rejected requests and filtered responses are not included. Sending those to other models
    /// until one accepts them should be a decision of the application.
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
                | ErrorKind::ModelRetired
                | ErrorKind::Authentication
                | ErrorKind::Protocol
                | ErrorKind::Incomplete
        )
    }
}

impl Model for Fallback {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        stream::stream(&self.models, self.falls_back, request)
    }

    /// Describes the first model, because the response says which model generated it. The output
    /// mode is the one that all models accept.
    fn info(&self) -> ModelInfo<'_> {
        let info = ModelInfo::new(&self.name).output_mode(self.output_mode()).tool_check(self);
        let first = self.models.first().map(|model| model.info());
        first.map_or(info, |first| info.model(first.model).provider(first.provider))
    }
}

impl Fallback {
    fn output_mode(&self) -> OutputMode {
        let modes = self.models.iter().map(|model| model.info().output_mode);
        let simplest = [OutputMode::Tool, OutputMode::Json];
        let is_required = |mode: &OutputMode| modes.clone().any(|other| other == *mode);
        simplest.into_iter().find(is_required).unwrap_or(OutputMode::Schema)
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("models", &self.models).finish_non_exhaustive()
    }
}

/// Checks all models, because any of them may receive the request.
impl ToolCheck for Fallback {
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.models.iter().try_for_each(|model| model.info().check_tools(tools))
    }
}
