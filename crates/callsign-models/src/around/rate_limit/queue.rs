//! Who is to be sent when.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::bucket::Bucket;
use super::buckets::Buckets;

/// The requests that wait, each with the time at which it may be sent.
///
/// A place in it does nothing and needs nobody to move it: its time comes or does not. So a
/// request whose stream is not polled holds up nobody behind it.
#[derive(Debug)]
pub(super) struct Queue {
    /// The buckets after all that were sent or might have been.
    now: Buckets,
    /// The buckets after all that wait.
    then: Buckets,
    /// Those that wait, in the order of their numbers and of their times.
    waiting: VecDeque<Waiting>,
    /// The number of the next one.
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    tokens: f64,
    start: Instant,
}

impl Queue {
    pub(super) fn new(buckets: Buckets) -> Self {
        Self { then: buckets.clone(), now: buckets, waiting: VecDeque::new(), next: 0 }
    }

    /// The most tokens that are ever waited for.
    pub(super) fn most_tokens(&self) -> f64 {
        self.now.tokens.as_ref().map_or(f64::INFINITY, Bucket::capacity)
    }

    /// Joins its end with a request of so many tokens, and gets a number.
    pub(super) fn join(&mut self, tokens: f64, now: Instant) -> u64 {
        let (number, start) = (self.next, self.then.reserve(tokens, now));
        self.next += 1;
        self.waiting.push_back(Waiting { number, tokens, start });
        number
    }

    /// When the request of this number may be sent; `None` where that time has come.
    pub(super) fn start(&mut self, number: u64, now: Instant) -> Option<Instant> {
        self.advance(now);
        let at = self.place(number)?;
        self.waiting.get(at).map(|waiting| waiting.start)
    }

    /// Gives back what was reserved for a request of so many tokens that is not going to be sent.
    pub(super) fn leave(&mut self, number: u64, tokens: f64, now: Instant) {
        self.advance(now);
        match self.place(number) {
            Some(at) => drop(self.waiting.remove(at)),
            // Its time had come, but nobody looked.
            None => self.now.take(-1.0, -tokens, now),
        }
        self.plan(now);
    }

    /// Counts so many requests and tokens that were sent without waiting, or were not sent.
    pub(super) fn take(&mut self, requests: f64, tokens: f64, now: Instant) {
        self.advance(now);
        self.now.take(requests, tokens, now);
        self.plan(now);
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |waiting| waiting.number).ok()
    }

    /// Lets out those whose time has come, each at its time.
    fn advance(&mut self, now: Instant) {
        while let Some(first) = self.waiting.front().filter(|first| first.start <= now) {
            self.now.take(1.0, first.tokens, first.start);
            self.waiting.pop_front();
        }
    }

    /// Plans anew when those that wait may be sent.
    fn plan(&mut self, now: Instant) {
        self.then = self.now.clone();
        for waiting in &mut self.waiting {
            waiting.start = self.then.reserve(waiting.tokens, now);
        }
    }
}
