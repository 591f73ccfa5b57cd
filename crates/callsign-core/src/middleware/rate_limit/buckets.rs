//! The token buckets of both limits.

use tokio::time::Instant;

use super::bucket::Bucket;

/// The bucket of requests and the bucket of tokens; `None` without such a limit.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    pub(super) requests: Option<Bucket>,
    pub(super) tokens: Option<Bucket>,
}

impl Buckets {
    /// Takes a request with its tokens as early as possible, and returns the time of that.
    pub(super) fn reserve(&mut self, tokens: f64, from: Instant) -> Instant {
        let for_request = self.requests.as_ref().map(|bucket| bucket.ready_at(1.0, from));
        let for_tokens = self.tokens.as_ref().map(|bucket| bucket.ready_at(tokens, from));
        let start = for_request.max(for_tokens).unwrap_or(from);
        self.take(1.0, tokens, start);
        start
    }

    /// Takes requests and tokens at this time. Negative amounts are put back.
    pub(super) fn take(&mut self, requests: f64, tokens: f64, when: Instant) {
        if let Some(bucket) = &mut self.requests {
            bucket.take(requests, when);
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.take(tokens, when);
        }
    }
}
