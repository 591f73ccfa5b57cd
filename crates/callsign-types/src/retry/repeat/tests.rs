#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;
use crate::error::ErrorKind;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns an error as from a provider that asks for this delay.
fn error(kind: ErrorKind, delay: Option<u64>) -> Error {
    let error = Error::new(kind, "busy").with_request_id("r-1").with_status(503);
    match delay {
        Some(delay) => error.with_retry_after(secs(delay)),
        None => error,
    }
}

/// Sends a request that fails with these errors and then succeeds. Returns the result, the number
/// of attempts and the elapsed time.
async fn send(
    policy: &RetryPolicy,
    errors: impl IntoIterator<Item = Error>,
) -> (Result<(), Error>, u32, Duration) {
    let errors: RefCell<VecDeque<_>> = RefCell::new(errors.into_iter().collect());
    let (started, count) = (Instant::now(), Cell::new(0));
    let response = with_retries(policy, || {
        count.set(count.get() + 1);
        let next = errors.borrow_mut().pop_front();
        async { next.map_or(Ok(()), Err) }
    });
    (response.await, count.get(), started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_response_ends_the_attempts() {
    let (response, count, elapsed) = send(&RetryPolicy::new(), []).await;
    assert_eq!((response.is_ok(), count, elapsed), (true, 1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn requested_delays_apply_in_full_and_others_are_bounded() {
    let policy = RetryPolicy::new().backoff(secs(1), secs(1));
    let errors = [error(ErrorKind::RateLimited, Some(37)), error(ErrorKind::Transport, None)];
    let (response, count, elapsed) = send(&policy, errors).await;
    assert_eq!((response.is_ok(), count), (true, 3));
    // The paused clock advances only by the delays, in milliseconds.
    assert!(elapsed >= secs(37) && elapsed <= secs(38) + Duration::from_millis(4), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_policy_without_retries_returns_the_error_unchanged() {
    for delay in [None, Some(1), Some(86_400)] {
        let errors = [error(ErrorKind::RateLimited, delay)];
        let (response, count, elapsed) = send(&RetryPolicy::none(), errors).await;
        let error = response.unwrap_err();
        assert_eq!((error.to_string().as_str(), count, elapsed), ("busy", 1, Duration::ZERO));
        assert_eq!(error.retry_after(), delay.map(secs));
    }
}

#[tokio::test(start_paused = true)]
async fn no_attempt_starts_after_the_total_time() {
    let count = Cell::new(0);
    let slow = || async {
        count.set(count.get() + 1);
        sleep(secs(25)).await;
        Err::<(), _>(error(ErrorKind::Timeout, Some(10)))
    };
    let error = with_retries(&RetryPolicy::new(), slow).await.unwrap_err();
    // Two attempts and a delay take all of the 60 seconds.
    assert_eq!((error.to_string().as_str(), count.get()), ("busy (tried 2 times)", 2));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_attempts() {
    let count = Cell::new(0);
    let busy = || {
        count.set(count.get() + 1);
        async { Err::<(), _>(error(ErrorKind::Server, Some(30))) }
    };
    let policy = RetryPolicy::new();
    let response = timeout(secs(10), with_retries(&policy, busy)).await;
    assert!(response.is_err(), "there was no delay");
    sleep(secs(60)).await;
    assert_eq!(count.get(), 1);
}
