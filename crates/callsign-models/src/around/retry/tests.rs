use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use callsign_testkit::{Scripted, ScriptedModel};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout};

use super::policy::{RetryPolicy, Verdict};
use super::*;

fn failing(kind: ErrorKind) -> Scripted {
    Scripted::error(Error::new(kind, "busy").with_request_id("r-1").with_status(503))
}

fn asked_to_wait(seconds: u64) -> Scripted {
    let error = Error::new(ErrorKind::RateLimited, "too many").with_status(429);
    Scripted::error(error.with_retry_after(Duration::from_secs(seconds)))
}

/// All events of the reply to one request, and the error that ended it.
async fn events(model: &impl Model) -> (Vec<ModelEvent>, Option<Error>) {
    let mut stream = model.stream(Request::user("hi"));
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "there is something after the error");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

fn retries(events: &[ModelEvent]) -> Vec<&Retrying> {
    let retries = events.iter().filter_map(|event| match event {
        ModelEvent::Retrying(retrying) => Some(retrying),
        _ => None,
    });
    retries.collect()
}

fn ids(model: &ScriptedModel) -> Vec<String> {
    let requests = model.requests();
    let ids = requests.iter().map(|request| request.client_request_id.as_deref().unwrap());
    ids.map(str::to_owned).collect()
}

#[test]
fn what_is_asked_again() {
    use ErrorKind::*;
    for kind in [RateLimited, Server, Timeout, Transport] {
        assert!(RetryPolicy::is_retried(&Error::new(kind, "")), "{kind:?}");
    }
    for kind in [
        Configuration,
        Authentication,
        NotFound,
        InvalidRequest,
        UnsupportedParameter,
        ContextLength,
        QuotaExhausted,
        Retired,
        ContentFiltered,
        Length,
        Tool,
        Cancelled,
        Protocol,
        Unfinished,
        Store,
        Conflict,
        Held,
    ] {
        assert!(!RetryPolicy::is_retried(&Error::new(kind, "")), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_third_try_answers() {
    let script = [failing(ErrorKind::Server), failing(ErrorKind::Transport), Scripted::text("Hi")];
    let model = ScriptedModel::new(script);
    let began = Instant::now();
    let (events, error) = events(&Retry::new(model.clone())).await;
    let took = began.elapsed();
    assert!(error.is_none(), "{error:?}");
    let retries = retries(&events);
    let told: Vec<_> = retries.iter().map(|r| (r.attempt, r.reason.as_str())).collect();
    assert_eq!(told, [(2, "busy"), (3, "busy")]);
    assert!(matches!(&events[2], ModelEvent::TextDelta(text) if text == "Hi"), "{events:?}");
    assert!(matches!(&events[3], ModelEvent::Finished(_)), "{events:?}");
    assert_eq!(events.len(), 4);
    // The clock stands still but for the waits, and counts milliseconds.
    let waits = retries[0].after + retries[1].after;
    assert!(took >= waits && took <= waits + Duration::from_millis(4), "{took:?}, {waits:?}");
    let ids = ids(&model);
    assert_eq!((ids.len(), ids[0].len()), (3, 36));
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_request_id_is_kept() {
    let model = ScriptedModel::new([failing(ErrorKind::Server), Scripted::text("Hi")]);
    let mut request = Request::user("hi");
    request.client_request_id = Some("mine".into());
    assert_eq!(Retry::new(model.clone()).complete(request).await.unwrap().text(), "Hi");
    assert_eq!(ids(&model), ["mine", "mine"]);
}

#[tokio::test(start_paused = true)]
async fn two_requests_have_two_ids() {
    let model = ScriptedModel::new([Scripted::text("a"), Scripted::text("b")]);
    let retry = Retry::new(model.clone());
    retry.complete("hi").await.unwrap();
    retry.complete("hi").await.unwrap();
    let ids = ids(&model);
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_repeated_after_the_first_event() {
    let error = Error::new(ErrorKind::Transport, "broke");
    let model = ScriptedModel::new([Scripted::text("Hel").and_fail(error)]);
    let (events, error) = events(&Retry::new(model.clone())).await;
    assert_eq!(events, [ModelEvent::TextDelta("Hel".into())]);
    assert_eq!(error.unwrap().to_string(), "broke");
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_cut_off_is_not_asked_for_again() {
    let model = ScriptedModel::new([Scripted::empty().cut_off()]);
    let error = Retry::new(model.clone()).complete("hi").await.unwrap_err();
    assert!(error.is_unfinished(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_that_stays_is_handed_on_as_it_is() {
    let model = ScriptedModel::new([failing(ErrorKind::QuotaExhausted)]);
    let error = Retry::new(model).complete("hi").await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), ("busy", ErrorKind::QuotaExhausted));
}

#[tokio::test(start_paused = true)]
async fn the_last_error_says_how_often_was_tried() {
    let last = Error::new(ErrorKind::Server, "still busy")
        .with_status(502)
        .with_request_id("r-4")
        .with_body("<h1>")
        .with_source("the cause");
    let script = (0..3).map(|_| failing(ErrorKind::RateLimited)).chain([Scripted::error(last)]);
    let model = ScriptedModel::new(script);
    let (events, error) = events(&Retry::new(model.clone())).await;
    let error = error.unwrap();
    assert_eq!(error.to_string(), "still busy (tried 4 times)");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(502)));
    assert_eq!((error.request_id(), error.body()), (Some("r-4"), Some("<h1>")));
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(retries(&events).len(), 3);
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_service_asks_for_is_kept() {
    let model = ScriptedModel::new([asked_to_wait(37), Scripted::text("Hi")]);
    let began = Instant::now();
    let (events, _) = events(&Retry::new(model)).await;
    assert_eq!(retries(&events)[0].after, Duration::from_secs(37));
    assert!(began.elapsed() >= Duration::from_secs(37));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_budget_fails_at_once() {
    let model = ScriptedModel::new([asked_to_wait(86_400)]);
    let began = Instant::now();
    let (events, error) = events(&Retry::new(model)).await;
    let error = error.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(events, []);
    let message = "too many (tried once; the wait of 86400 s is beyond the 60 s left)";
    assert_eq!(error.to_string(), message);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    assert!(error.is_rate_limited());
}

#[tokio::test(start_paused = true)]
async fn what_waits_have_taken_is_not_left_for_others() {
    let model = ScriptedModel::new([asked_to_wait(40), asked_to_wait(40)]);
    let error = Retry::new(model.clone()).complete("hi").await.unwrap_err();
    let message = "too many (tried 2 times; the wait of 40 s is beyond the 20 s left)";
    assert_eq!(error.to_string(), message);
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn no_try_begins_after_the_time() {
    let slow = Scripted::empty().and_wait(Duration::from_secs(61));
    let model = ScriptedModel::new([slow.and_fail(Error::new(ErrorKind::Timeout, "slow"))]);
    let error = Retry::new(model.clone()).complete("hi").await.unwrap_err();
    assert_eq!(error.to_string(), "slow");
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_ends_the_tries() {
    let model = ScriptedModel::new([asked_to_wait(30), Scripted::text("never")]).ignore_rest();
    let retry = Retry::new(model.clone());
    let asked = timeout(Duration::from_secs(10), retry.complete("hi")).await;
    assert!(asked.is_err(), "it did not wait");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_stream_is_polled() {
    let model = ScriptedModel::new([]);
    drop(Retry::new(model.clone()).stream(Request::user("hi")));
    assert!(model.requests().is_empty());
}

#[test]
fn waits_are_drawn_below_a_bound_that_doubles() {
    let policy = RetryPolicy::new().tries(100).backoff(ms(100), ms(2000));
    let bounds: Vec<_> = (1..8).map(|tried| policy.bound(tried)).collect();
    assert_eq!(bounds, [100, 200, 400, 800, 1600, 2000, 2000].map(ms));
    assert_eq!(policy.bound(u32::MAX), ms(2000));
    let error = Error::new(ErrorKind::Server, "");
    let mut waits: Vec<_> = (0..1000)
        .map(|_| match policy.judge(&error, 3, Duration::ZERO) {
            Verdict::Again(wait) => wait,
            verdict => panic!("{verdict:?}"),
        })
        .collect();
    waits.sort();
    assert!(waits[999] <= ms(400));
    // Full jitter: from nothing to the bound, evenly. Each of these fails once in 10^18 times.
    assert!(waits[0] < ms(20) && waits[999] > ms(380), "{:?} to {:?}", waits[0], waits[999]);
    assert!(waits[500] > ms(130) && waits[500] < ms(270), "{:?}", waits[500]);
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_wait_that_is_drawn_fits_into_the_time() {
    let policy = RetryPolicy::new().total_time(ms(1000)).backoff(ms(5000), ms(5000));
    let error = Error::new(ErrorKind::Server, "");
    for _ in 0..100 {
        let verdict = policy.judge(&error, 1, ms(900));
        assert!(matches!(verdict, Verdict::Again(wait) if wait <= ms(100)), "{verdict:?}");
    }
    assert_eq!(policy.judge(&error, 1, ms(1000)), Verdict::UsedUp);
    assert_eq!(policy.clone().tries(0).judge(&error, 1, ms(0)), Verdict::UsedUp);
    assert_eq!(policy.when(|_| false).judge(&error, 1, ms(0)), Verdict::Final);
}

#[tokio::test(start_paused = true)]
async fn tries_are_counted_through_when_nested() {
    let script = (0..4).map(|_| failing(ErrorKind::Server)).chain([Scripted::text("Hi")]);
    let model = ScriptedModel::new(script);
    let twice = || RetryPolicy::new().tries(2);
    let inner = Retry::new(model.clone()).policy(twice());
    let outer = Retry::new(inner).policy(twice().tries(3));
    let (events, error) = events(&outer).await;
    assert!(error.is_none(), "{error:?}");
    let attempts: Vec<_> = retries(&events).iter().map(|retrying| retrying.attempt).collect();
    assert_eq!(attempts, [2, 3, 4, 5]);
    let ids = ids(&model);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}
