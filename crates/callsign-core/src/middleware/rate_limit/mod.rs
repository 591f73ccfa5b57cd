//! Rate limits: requests wait to keep to requests and tokens per minute.

mod bucket;
mod buckets;
mod estimate;
mod limiter;
mod queue;
mod reservation;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelInfo, ModelStream};
use futures_util::{StreamExt, stream};

use self::limiter::Limiter;

/// A model that delays requests to keep to a rate limit, first come, first served.
///
/// Two token buckets, one of requests and one of tokens, refill evenly. Their capacity is the
/// refill within the [burst](Self::burst), so within any minute at most the limit plus one burst is
/// sent.
///
/// The tokens of a request are estimated before it is sent: from its length, and from the most
/// tokens that the response may have, if the request sets that. The estimate is corrected when the
/// provider reports the usage. It is put back if the request fails, or is dropped, before the
/// response begins. An estimate beyond the bucket's capacity counts as the capacity, so no request
/// waits longer than a full refill because of its own estimate.
///
/// A request enters the queue when its stream is first polled, and leaves it when its stream is
/// dropped. A stream that is not polled does not delay others: its time passes, and it is
/// sent when it is polled again. Clones share the limit, so create one per deployment and clone it.
///
/// Put it around [`Retry`](super::retry::Retry), as below. The time in the queue then does not
/// count toward
/// [`RetryPolicy::total_time`](callsign_types::retry::policy::RetryPolicy::total_time). Retries
/// inside are counted as requests but cannot be delayed. With `Retry` around the rate limit, each
/// attempt waits in the queue, and that time counts: set a total time longer than the queue.
///
/// ```
/// use callsign_core::middleware::rate_limit::RateLimit;
/// use callsign_core::middleware::retry::Retry;
/// use callsign_testkit::{ScriptedModel, ScriptedReply};
/// # use callsign_types::traits::model::ModelExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), callsign_types::error::Error> {
/// let model = ScriptedModel::new([ScriptedReply::text("Hello!")]);
/// let model = RateLimit::new(Retry::new(model));
/// let model = model.requests_per_minute(60).tokens_per_minute(90_000);
/// assert_eq!(model.complete("Hi").await?.text(), "Hello!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit<M> {
    model: M,
    limiter: Arc<Limiter>,
}

impl<M: Model> RateLimit<M> {
    /// Wraps `model`. There is no limit until one is set.
    pub fn new(model: M) -> Self {
        Self { model, limiter: Arc::new(Limiter::new(None, None, Duration::from_secs(10))) }
    }

    /// Sets the requests per minute; 0 counts as 1.
    ///
    /// This starts a new limit. Existing clones keep the old one.
    #[must_use]
    pub fn requests_per_minute(self, requests: u32) -> Self {
        let (_, tokens, burst) = self.limiter.settings();
        self.with_limiter(Some(requests.max(1).into()), tokens, burst)
    }

    /// Sets the tokens per minute, sent and received; 0 counts as 1.
    ///
    /// This starts a new limit. Existing clones keep the old one.
    #[must_use]
    pub fn tokens_per_minute(self, tokens: u64) -> Self {
        let (requests, _, burst) = self.limiter.settings();
        self.with_limiter(requests, Some(tokens.max(1)), burst)
    }

    /// Sets how much may be sent at once after an idle period: the refill within `time`, and at
    /// least one request. Default 10 seconds, the period in which Azure evaluates its limits.
    ///
    /// This starts a new limit. Existing clones keep the old one.
    #[must_use]
    pub fn burst(self, time: Duration) -> Self {
        let (requests, tokens, _) = self.limiter.settings();
        self.with_limiter(requests, tokens, time)
    }

    fn with_limiter(mut self, requests: Option<u64>, tokens: Option<u64>, burst: Duration) -> Self {
        self.limiter = Arc::new(Limiter::new(requests, tokens, burst));
        self
    }

    /// Returns the wrapped model.
    pub fn inner(&self) -> &M {
        &self.model
    }
}

impl<M: Model> Model for RateLimit<M> {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let events = async move {
            let counts_tokens = self.limiter.settings().1.is_some();
            let estimate = if counts_tokens { estimate::tokens(&request) } else { 0 };
            let mut reservation = self.limiter.acquire(estimate).await;
            self.model.stream(request).inspect(move |event| reservation.record(event))
        };
        Box::pin(stream::once(events).flatten())
    }

    fn info(&self) -> ModelInfo<'_> {
        self.model.info()
    }
}
