//! Retries: failed requests are sent to the same model again.

#[cfg(test)]
mod tests;

use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::retry::stream::with_retries;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};

/// A model that sends a request again if it failed before a subscriber has received a part of the
/// response.
///
/// Before each delay, the run's subscribers receive a
/// [`ModelEvent::Retrying`](callsign_types::event::ModelEvent::Retrying). All attempts of a request
/// carry the same client request id. Dropping the stream ends the attempts.
///
/// | error | retried |
/// |---|---|
/// | `RateLimited` (429) | yes, after the delay that the provider asks for |
/// | `Server` (5xx, or such an error in the stream) | yes, likewise |
/// | `Timeout` (408, or no response in time) | yes |
/// | `Transport` (no connection, or a broken one) | yes |
/// | `QuotaExhausted` (also 429) | no: waiting does not help |
/// | `Authentication`, `NotFound`, `ModelRetired`, `Configuration` | no: they do not pass |
/// | `InvalidRequest`, `UnsupportedParameter`, `ContextLength`, `ContentFiltered` | no: the same request fails again |
/// | `Incomplete`: the response was cut off | yes |
/// | `Protocol`, and all others | no |
/// | any, after a part of the response was passed on to a subscriber | no: it would be received twice |
///
/// A run that is not streamed and has no event callbacks has no subscriber, and neither has
/// [`complete`](callsign_types::traits::model::ModelExt::complete): what arrived before the failure
/// is discarded.
///
/// [`RetryPolicy`] sets how often and for how long, and can choose other errors. After more than
/// one attempt, the error's message states the number of attempts. Its kind, status, request id,
/// body and source are those of the last attempt.
///
/// A model that retries by itself, such as `ChatModel`, sends each attempt once: this policy replaces
/// the model's own, so that the attempts do not multiply.
///
/// The time that a request waits in a [`RateLimit`](super::rate_limit::RateLimit) inside counts
/// toward the policy's [`total_time`](RetryPolicy::total_time). The time in a `RateLimit` around
/// this model does not.
///
/// ```
/// use std::time::Duration;
///
/// use callsign_core::middleware::retry::Retry;
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// use callsign_types::error::{Error, ErrorKind};
/// use callsign_types::retry::policy::RetryPolicy;
/// # use callsign_types::traits::model::ModelExt;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Error> {
/// let failure = Error::new(ErrorKind::Server, "the model is overloaded");
/// let model = ScriptedModel::new([ScriptedReply::error(failure), ScriptedReply::text("Hello!")]);
///
/// let policy = RetryPolicy::new().max_attempts(6).total_time(Duration::from_secs(120));
/// let model = Retry::new(model).policy(policy);
/// assert_eq!(model.complete("Hi").await?.text(), "Hello!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Retry<M> {
    model: M,
    policy: RetryPolicy,
}

impl<M: Model> Retry<M> {
    /// Wraps `model` with the default [`RetryPolicy`].
    pub fn new(model: M) -> Self {
        Self { model, policy: RetryPolicy::new() }
    }

    /// Sets how often, for how long and after which errors a request is retried.
    #[must_use]
    pub fn policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Returns the wrapped model.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for Retry<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        with_retries(&self.policy, request, |request| self.model.stream(request))
    }

    fn info(&self) -> ModelInfo<'_> {
        self.model.info()
    }
}
