//! Asking less often.

mod bucket;
mod buckets;
mod estimate;
mod limiter;
mod queue;
mod turn;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::traits::model::{Model, ModelIdentity, ModelStream};
use callsign_core::words::error::Error;
use callsign_core::words::request::{Request, ToolDefinition};
use futures_util::{StreamExt, stream};

use self::limiter::Limiter;

/// A model that is asked only so often: requests wait for their turn, first come, first served.
///
/// Two token buckets, one of requests and one of tokens, fill evenly and hold what comes in
/// within the [burst](Self::burst), so that in a minute no more than the limit and one burst goes
/// out. What a request will cost in tokens is estimated before it is sent: its length, and the
/// most tokens that the reply may have, where the request says that. The estimate is corrected
/// once the service has said what it was, and taken back where the request failed, or was
/// dropped, before anything of a reply came. A request that is taken to cost more than the bucket
/// holds waits until it is full, and counts as that until its cost is known; so no estimate makes
/// anyone wait for longer than a full refill.
///
/// A request takes its place in the queue when its stream is first polled. One whose stream is
/// dropped leaves its place, and one whose stream is not polled any more holds up nobody: its turn
/// passes, and it is sent when it is polled again. Clones share the limit: make one for a
/// deployment, and hand out clones of it.
///
/// Put it around [`Retry`](super::retry::Retry), as below: the time in this queue then does not
/// count against the [time that the tries
/// have](super::retry::RetryPolicy::total_time). What is repeated inside counts as a request too,
/// but cannot be made to wait. The other way round each try waits for its turn, and that wait is a
/// part of the tries' time: give them more of it then than the queue may take.
///
/// ```
/// use callsign_models::around::rate_limit::RateLimit;
/// use callsign_models::around::retry::Retry;
/// use callsign_models::chat::model::ChatModel;
///
/// # fn main() -> Result<(), callsign_core::words::error::Error> {
/// let model = ChatModel::builder("http://127.0.0.1:11434/v1").model("qwen3").build()?;
/// let model = RateLimit::new(Retry::new(model));
/// let model = model.requests_per_minute(60).tokens_per_minute(90_000);
/// # let _ = model;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit<M> {
    model: M,
    limiter: Arc<Limiter>,
}

impl<M: Model> RateLimit<M> {
    /// This model, without a limit until one is set.
    pub fn new(model: M) -> Self {
        Self { model, limiter: Arc::new(Limiter::new(None, None, Duration::from_secs(10))) }
    }

    /// Sets how many requests may be sent in a minute; 0 counts as 1.
    ///
    /// The limit begins anew: clones that were made before keep the old one.
    #[must_use]
    pub fn requests_per_minute(self, most: u32) -> Self {
        let (_, tokens, burst) = self.limiter.settings();
        self.limited(Some(most.max(1).into()), tokens, burst)
    }

    /// Sets how many tokens may be sent and received in a minute; 0 counts as 1.
    ///
    /// The limit begins anew: clones that were made before keep the old one.
    #[must_use]
    pub fn tokens_per_minute(self, most: u64) -> Self {
        let (requests, _, burst) = self.limiter.settings();
        self.limited(requests, Some(most.max(1)), burst)
    }

    /// Sets how much may be used at once after a time of rest: what comes in within this time,
    /// but always one request. Default 10 seconds, within which Azure's own limits are applied.
    ///
    /// The limit begins anew: clones that were made before keep the old one.
    #[must_use]
    pub fn burst(self, time: Duration) -> Self {
        let (requests, tokens, _) = self.limiter.settings();
        self.limited(requests, tokens, time)
    }

    fn limited(mut self, requests: Option<u64>, tokens: Option<u64>, burst: Duration) -> Self {
        self.limiter = Arc::new(Limiter::new(requests, tokens, burst));
        self
    }

    /// The model that is asked.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for RateLimit<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let turn = async move {
            let counts_tokens = self.limiter.settings().1.is_some();
            let estimate = if counts_tokens { estimate::tokens(&request) } else { 0 };
            let mut turn = self.limiter.wait(estimate).await;
            self.model.stream(request).inspect(move |event| turn.see(event))
        };
        Box::pin(stream::once(turn).flatten())
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
