//! The buckets of both limits.

use tokio::time::Instant;

use super::bucket::Bucket;

/// The bucket of requests and that of tokens, each where there is such a limit.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    pub(super) requests: Option<Bucket>,
    pub(super) tokens: Option<Bucket>,
}

impl Buckets {
    /// Takes out a request with its tokens as soon as that is possible, and says when that is.
    pub(super) fn reserve(&mut self, tokens: f64, from: Instant) -> Instant {
        let requests = self.requests.as_ref().map(|bucket| bucket.ready(1.0, from));
        let of_tokens = self.tokens.as_ref().map(|bucket| bucket.ready(tokens, from));
        let start = requests.max(of_tokens).unwrap_or(from);
        self.take(1.0, tokens, start);
        start
    }

    /// Takes out so many requests and tokens at this time; those below zero are put back.
    pub(super) fn take(&mut self, requests: f64, tokens: f64, when: Instant) {
        if let Some(bucket) = &mut self.requests {
            bucket.take(requests, when);
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.take(tokens, when);
        }
    }
}
