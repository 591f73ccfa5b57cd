#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_core::words::error::ErrorKind;
use callsign_testkit::{Scripted, ScriptedModel};
use tokio::time::{Instant, timeout};

use super::*;
use crate::around::retry::Retry;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An error as a service sends it, which asks to wait for so long.
fn error(kind: ErrorKind, wait: Option<u64>) -> Error {
    let error = Error::new(kind, "busy").with_request_id("r-1").with_status(503);
    match wait {
        Some(wait) => error.with_retry_after(secs(wait)),
        None => error,
    }
}

/// What came of a request that fails like this before it is answered, how often it was asked for
/// and how long that took.
async fn asked(
    policy: &RetryPolicy,
    errors: impl IntoIterator<Item = Error>,
) -> (Result<(), Error>, u32, Duration) {
    let errors: RefCell<VecDeque<_>> = RefCell::new(errors.into_iter().collect());
    let (began, count) = (Instant::now(), Cell::new(0));
    let answer = ask(policy, || {
        count.set(count.get() + 1);
        let next = errors.borrow_mut().pop_front();
        async { next.map_or(Ok(()), Err) }
    });
    (answer.await, count.get(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_final() {
    let (answer, count, took) = asked(&RetryPolicy::new(), []).await;
    assert_eq!((answer.is_ok(), count, took), (true, 1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn waits_that_are_asked_for_are_kept_and_others_bounded() {
    let policy = RetryPolicy::new().backoff(secs(1), secs(1));
    let errors = [error(ErrorKind::RateLimited, Some(37)), error(ErrorKind::Transport, None)];
    let (answer, count, took) = asked(&policy, errors).await;
    assert_eq!((answer.is_ok(), count), (true, 3));
    // The clock stands still but for the waits, and counts milliseconds.
    assert!(took >= secs(37) && took <= secs(38) + Duration::from_millis(4), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn once_is_once_and_says_nothing_of_tries() {
    for wait in [None, Some(1), Some(86_400)] {
        let errors = [error(ErrorKind::RateLimited, wait)];
        let (answer, count, took) = asked(&RetryPolicy::once(), errors).await;
        let error = answer.unwrap_err();
        assert_eq!((error.to_string().as_str(), count, took), ("busy", 1, Duration::ZERO));
        assert_eq!(error.retry_after(), wait.map(secs));
    }
}

#[tokio::test(start_paused = true)]
async fn no_try_begins_after_the_time() {
    let count = Cell::new(0);
    let slow = || async {
        count.set(count.get() + 1);
        sleep(secs(25)).await;
        Err::<(), _>(error(ErrorKind::Timeout, Some(10)))
    };
    let error = ask(&RetryPolicy::new(), slow).await.unwrap_err();
    // Two tries and a wait take all of the 60 seconds.
    assert_eq!((error.to_string().as_str(), count.get()), ("busy (tried 2 times)", 2));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_tries() {
    let count = Cell::new(0);
    let busy = || {
        count.set(count.get() + 1);
        async { Err::<(), _>(error(ErrorKind::Server, Some(30))) }
    };
    assert!(timeout(secs(10), ask(&RetryPolicy::new(), busy)).await.is_err(), "it did not wait");
    sleep(secs(60)).await;
    assert_eq!(count.get(), 1);
}

/// Whatever fails, an answer that comes in one is tried as often as one that is streamed, and says
/// the same of it in the end.
#[tokio::test(start_paused = true)]
async fn it_is_decided_as_for_streams() {
    use ErrorKind::*;
    let kinds = [
        RateLimited,
        Server,
        Timeout,
        Transport,
        QuotaExhausted,
        Authentication,
        NotFound,
        Retired,
        Configuration,
        InvalidRequest,
        UnsupportedParameter,
        ContextLength,
        ContentFiltered,
        Protocol,
        Unfinished,
    ];
    let policies = [
        RetryPolicy::once(),
        RetryPolicy::new(),
        RetryPolicy::new().tries(9).total_time(secs(100)),
        RetryPolicy::new().when(Error::is_not_found),
    ];
    // Waits of 19 seconds are longer than any that is drawn, and no budget ends with one.
    for policy in &policies {
        for (kind, wait) in kinds.iter().flat_map(|kind| [(kind, None), (kind, Some(19))]) {
            let errors = || (0..10).map(|_| error(*kind, wait));
            let (answer, count, _) = asked(policy, errors()).await;
            let model = ScriptedModel::new(errors().map(Scripted::error)).ignore_rest();
            let retry = Retry::new(model.clone()).policy(policy.clone());
            let streamed = retry.complete("hi").await.unwrap_err();
            let answered = answer.unwrap_err();
            let counts = (count as usize, model.requests().len());
            assert_eq!(counts.0, counts.1, "{kind:?} {wait:?} {policy:?}");
            assert_eq!(answered.to_string(), streamed.to_string(), "{kind:?} {wait:?}");
            assert_eq!(answered.kind(), streamed.kind());
            assert_eq!(answered.request_id(), streamed.request_id());
        }
    }
}
