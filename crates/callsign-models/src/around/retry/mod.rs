//! Asking the same model again.

mod answer;
mod policy;
mod stream;
mod tries;

#[cfg(test)]
mod tests;

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::traits::model::{Model, ModelIdentity, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::request::{Request, ToolDefinition};

pub(crate) use self::answer::ask;
pub use self::policy::RetryPolicy;

/// A model that is asked again where it failed before it began to reply.
///
/// Before each wait it tells the run's audience so, in
/// [`ModelEvent::Retrying`](callsign_core::words::event::ModelEvent::Retrying). All tries of a
/// request have one client request id. Dropping the stream ends the tries.
///
/// | error | asked again |
/// |---|---|
/// | `RateLimited` (429) | yes, after the wait that the service asks for |
/// | `Server` (5xx, or an error of that sort in the stream) | yes, the same |
/// | `Timeout` (408, or no answer in time) | yes |
/// | `Transport` (not reached, or the connection broke) | yes |
/// | `QuotaExhausted` (429 as well) | no: waiting does not help |
/// | `Authentication`, `NotFound`, `Retired`, `Configuration` | no: they stay as they are |
/// | `InvalidRequest`, `UnsupportedParameter`, `ContextLength`, `ContentFiltered` | no: the same request fails alike |
/// | `Protocol`, `Unfinished`, and all others | no |
/// | any, after a part of the reply was handed on | no: it would be said twice |
///
/// [`RetryPolicy`] says how often and for how long, and can choose the errors otherwise. An error
/// that more than one try led to says so in its message; kind, status, request id, body and cause
/// are those of the last try.
///
/// Around a [`ChatModel`](crate::chat::model::ChatModel), the routes beside chat have the same
/// policy by [`info`](Self::info) and [`embeddings`](Self::embeddings). Nobody listens to events
/// there, so that waits are told to the log alone, at level debug.
///
/// The time that a request queues in a [`RateLimit`](super::rate_limit::RateLimit) inside counts
/// against the policy's [`total_time`](RetryPolicy::total_time); around this one it does not.
///
/// ```
/// use std::time::Duration;
///
/// use callsign_models::around::retry::{Retry, RetryPolicy};
/// use callsign_models::chat::model::ChatModel;
///
/// # fn main() -> Result<(), callsign_core::words::error::Error> {
/// let model = ChatModel::builder("http://127.0.0.1:11434/v1").model("qwen3").build()?;
/// let policy = RetryPolicy::new().tries(6).total_time(Duration::from_secs(120));
/// let model = Retry::new(model).policy(policy);
/// # let _ = model;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Retry<M> {
    model: M,
    policy: RetryPolicy,
}

impl<M: Model> Retry<M> {
    /// This model, asked again as the default policy says.
    pub fn new(model: M) -> Self {
        Self { model, policy: RetryPolicy::new() }
    }

    /// Sets how often, for how long and after which errors it is asked.
    #[must_use]
    pub fn policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How often, for how long and after which errors it is asked.
    pub(crate) fn own_policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// The model that is asked.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for Retry<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        stream::stream(&self.model, &self.policy, request)
    }

    fn name(&self) -> &str {
        self.model.name()
    }

    fn answer_format(&self) -> AnswerFormat {
        self.model.answer_format()
    }

    fn identity(&self) -> ModelIdentity<'_> {
        self.model.identity()
    }

    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.model.check_tools(tools)
    }
}
