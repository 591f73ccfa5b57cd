//! The queue of requests that wait for a limit.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::bucket::Bucket;
use super::buckets::Buckets;

/// The waiting requests, each with the time at which it may be sent.
///
/// A request leaves the queue when its time has come, whether or not it is sent then. So a request
/// whose stream is not polled does not delay those after it.
#[derive(Debug)]
pub(super) struct RequestQueue {
    /// The buckets after all requests whose time has come.
    current: Buckets,
    /// The buckets after all waiting requests.
    planned: Buckets,
    /// The waiting requests in the order of their numbers, which is the order of their times.
    waiting: VecDeque<WaitingRequest>,
    /// The number of the next request.
    next: u64,
}

#[derive(Debug)]
struct WaitingRequest {
    number: u64,
    tokens: f64,
    start: Instant,
}

impl RequestQueue {
    pub(super) fn new(buckets: Buckets) -> Self {
        Self { planned: buckets.clone(), current: buckets, waiting: VecDeque::new(), next: 0 }
    }

    /// Returns the most tokens that a request waits for.
    pub(super) fn max_tokens(&self) -> f64 {
        self.current.tokens.as_ref().map_or(f64::INFINITY, Bucket::capacity)
    }

    /// Adds a request of this many tokens at the end, and returns its number.
    pub(super) fn push(&mut self, tokens: f64, now: Instant) -> u64 {
        let (number, start) = (self.next, self.planned.reserve(tokens, now));
        self.next += 1;
        self.waiting.push_back(WaitingRequest { number, tokens, start });
        number
    }

    /// Returns when a request may be sent; `None` if it may be sent now.
    pub(super) fn start(&mut self, number: u64, now: Instant) -> Option<Instant> {
        self.advance(now);
        let position = self.position(number)?;
        self.waiting.get(position).map(|waiting| waiting.start)
    }

    /// Returns the reservation of a request of this many tokens that will not be sent.
    pub(super) fn cancel(&mut self, number: u64, tokens: f64, now: Instant) {
        self.advance(now);
        match self.position(number) {
            Some(position) => drop(self.waiting.remove(position)),
            // Its time had come, so it was counted as sent.
            None => self.current.take(-1.0, -tokens, now),
        }
        self.replan(now);
    }

    /// Counts requests and tokens that were sent without waiting. Negative amounts are put back.
    pub(super) fn take(&mut self, requests: f64, tokens: f64, now: Instant) {
        self.advance(now);
        self.current.take(requests, tokens, now);
        self.replan(now);
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |waiting| waiting.number).ok()
    }

    /// Removes the requests whose time has come, and counts each at its time.
    fn advance(&mut self, now: Instant) {
        while let Some(first) = self.waiting.front().filter(|first| first.start <= now) {
            self.current.take(1.0, first.tokens, first.start);
            self.waiting.pop_front();
        }
    }

    /// Calculates again when the waiting requests may be sent.
    fn replan(&mut self, now: Instant) {
        self.planned = self.current.clone();
        for waiting in &mut self.waiting {
            waiting.start = self.planned.reserve(waiting.tokens, now);
        }
    }
}
