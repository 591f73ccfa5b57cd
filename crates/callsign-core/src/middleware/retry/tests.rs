use std::cell::Cell;
use std::time::Duration;

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, RetryNotice};
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::retry::repeat::with_retries;
use callsign_types::traits::model::ModelExt;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout};

use super::*;

fn failing(kind: ErrorKind) -> ScriptedReply {
    ScriptedReply::error(Error::new(kind, "busy").with_request_id("r-1").with_status(503))
}

fn rate_limited(seconds: u64) -> ScriptedReply {
    let error = Error::new(ErrorKind::RateLimited, "too many").with_status(429);
    ScriptedReply::error(error.with_retry_after(Duration::from_secs(seconds)))
}

/// Returns all events of one request, and the error that ended it.
async fn events(model: &impl Model) -> (Vec<ModelEvent>, Option<Error>) {
    let mut stream = model.stream(Request::user("hi"));
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an event follows the error");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

fn retries(events: &[ModelEvent]) -> Vec<&RetryNotice> {
    let retries = events.iter().filter_map(|event| match event {
        ModelEvent::Retrying(notice) => Some(notice),
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
fn transient_errors_are_retried() {
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
        ModelRetired,
        ContentFiltered,
        MaxTokens,
        Tool,
        Cancelled,
        Protocol,
        Store,
        Conflict,
        Locked,
    ] {
        assert!(!RetryPolicy::is_retried(&Error::new(kind, "")), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn third_attempt_succeeds() {
    let script =
        [failing(ErrorKind::Server), failing(ErrorKind::Transport), ScriptedReply::text("Hi")];
    let model = ScriptedModel::new(script);
    let began = Instant::now();
    let (events, error) = events(&Retry::new(model.clone())).await;
    let took = began.elapsed();
    assert!(error.is_none(), "{error:?}");
    let retries = retries(&events);
    let notices: Vec<_> = retries.iter().map(|r| (r.attempt, r.reason.as_str())).collect();
    assert_eq!(notices, [(2, "busy"), (3, "busy")]);
    assert!(matches!(&events[2], ModelEvent::TextDelta(text) if text == "Hi"), "{events:?}");
    assert!(matches!(&events[3], ModelEvent::Finished(_)), "{events:?}");
    assert_eq!(events.len(), 4);
    // The paused clock advances only by the delays, each rounded up to a millisecond.
    let delays = retries[0].after + retries[1].after;
    assert!(took >= delays && took <= delays + Duration::from_millis(4), "{took:?}, {delays:?}");
    let ids = ids(&model);
    assert_eq!((ids.len(), ids[0].len()), (3, 36));
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn request_id_of_the_caller_is_kept() {
    let model = ScriptedModel::new([failing(ErrorKind::Server), ScriptedReply::text("Hi")]);
    let mut request = Request::user("hi");
    request.client_request_id = Some("mine".into());
    assert_eq!(Retry::new(model.clone()).complete(request).await.unwrap().text(), "Hi");
    assert_eq!(ids(&model), ["mine", "mine"]);
}

#[tokio::test(start_paused = true)]
async fn requests_have_different_ids() {
    let model = ScriptedModel::new([ScriptedReply::text("a"), ScriptedReply::text("b")]);
    let retry = Retry::new(model.clone());
    retry.complete("hi").await.unwrap();
    retry.complete("hi").await.unwrap();
    let ids = ids(&model);
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn no_retry_after_the_first_event() {
    let error = Error::new(ErrorKind::Transport, "broke");
    let model = ScriptedModel::new([ScriptedReply::text("Hel").and_fail(error)]);
    let (events, error) = events(&Retry::new(model.clone())).await;
    assert_eq!(events, [ModelEvent::TextDelta("Hel".into())]);
    assert_eq!(error.unwrap().to_string(), "broke");
    assert_eq!(model.requests().len(), 1);
}

/// Responses that were cut off after a part of them had arrived.
fn cut_responses() -> Vec<ScriptedReply> {
    vec![
        ScriptedReply::empty().cut_off(),
        ScriptedReply::text("Hel").cut_off(),
        ScriptedReply::text("Hel").and_fail(Error::new(ErrorKind::Transport, "broke")),
    ]
}

#[tokio::test(start_paused = true)]
async fn cut_response_that_no_subscriber_has_seen_is_retried() {
    for cut in cut_responses() {
        let model = ScriptedModel::new([cut, ScriptedReply::text("Hello.")]);
        let response = Retry::new(model.clone()).complete("hi").await.unwrap();
        assert_eq!((response.text(), response.message.tool_calls.len()), ("Hello.", 0));
    }
}

#[tokio::test(start_paused = true)]
async fn cut_response_that_a_subscriber_has_seen_is_not_retried() {
    for cut in cut_responses().into_iter().skip(1) {
        let model = ScriptedModel::new([cut]);
        let (events, _) = events(&Retry::new(model.clone())).await;
        assert!(retries(&events).is_empty(), "{events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn last_cut_response_is_an_error_with_its_text() {
    let broken = || ScriptedReply::text("Hel").cut_off();
    let model = ScriptedModel::new([broken(), broken()]);
    let retry = Retry::new(model).policy(RetryPolicy::new().max_attempts(2));
    let error = retry.complete("hi").await.unwrap_err();
    assert!(error.is_incomplete() && error.partial_text() == "Hel", "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn response_that_has_ended_is_not_retried() {
    // An unknown reason may mean that it is complete, and it was paid for.
    let unknown = FinishReason::Other("eos_token".to_owned());
    for reason in
        [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Missing, unknown]
    {
        let model = ScriptedModel::new([ScriptedReply::text("Hel").finish(reason)]);
        assert_eq!(Retry::new(model).complete("hi").await.unwrap().text(), "Hel");
    }
}

#[tokio::test(start_paused = true)]
async fn permanent_error_is_returned_unchanged() {
    let model = ScriptedModel::new([failing(ErrorKind::QuotaExhausted)]);
    let error = Retry::new(model).complete("hi").await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), ("busy", ErrorKind::QuotaExhausted));
}

#[tokio::test(start_paused = true)]
async fn last_error_states_the_number_of_attempts() {
    let last = Error::new(ErrorKind::Server, "still busy")
        .with_status(502)
        .with_request_id("r-4")
        .with_body("<h1>")
        .with_source("the cause");
    let script =
        (0..3).map(|_| failing(ErrorKind::RateLimited)).chain([ScriptedReply::error(last)]);
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
async fn delay_of_the_provider_is_kept() {
    let model = ScriptedModel::new([rate_limited(37), ScriptedReply::text("Hi")]);
    let began = Instant::now();
    let (events, _) = events(&Retry::new(model)).await;
    assert_eq!(retries(&events)[0].after, Duration::from_secs(37));
    assert!(began.elapsed() >= Duration::from_secs(37));
}

#[tokio::test(start_paused = true)]
async fn delay_beyond_the_total_time_fails_immediately() {
    let model = ScriptedModel::new([rate_limited(86_400)]);
    let began = Instant::now();
    let (events, error) = events(&Retry::new(model)).await;
    let error = error.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(events, []);
    let message =
        "too many (tried once; the requested delay of 86400 s exceeds the remaining 60 s)";
    assert_eq!(error.to_string(), message);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    assert!(error.is_rate_limited());
}

#[tokio::test(start_paused = true)]
async fn delays_share_the_total_time() {
    let model = ScriptedModel::new([rate_limited(40), rate_limited(40)]);
    let error = Retry::new(model.clone()).complete("hi").await.unwrap_err();
    let message =
        "too many (tried 2 times; the requested delay of 40 s exceeds the remaining 20 s)";
    assert_eq!(error.to_string(), message);
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn no_attempt_starts_after_the_total_time() {
    let slow = ScriptedReply::empty().and_wait(Duration::from_secs(61));
    let model = ScriptedModel::new([slow.and_fail(Error::new(ErrorKind::Timeout, "slow"))]);
    let error = Retry::new(model.clone()).complete("hi").await.unwrap_err();
    assert_eq!(error.to_string(), "slow");
    model.assert_done();
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_ends_the_attempts() {
    let model = ScriptedModel::new([rate_limited(30), ScriptedReply::text("never")]).ignore_rest();
    let retry = Retry::new(model.clone());
    let response = timeout(Duration::from_secs(10), retry.complete("hi")).await;
    assert!(response.is_err(), "no delay");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_stream_is_polled() {
    let model = ScriptedModel::new([]);
    drop(Retry::new(model.clone()).stream(Request::user("hi")));
    assert!(model.requests().is_empty());
}

/// Streams and single responses decide alike: same number of attempts, same final error.
#[tokio::test(start_paused = true)]
async fn single_responses_are_retried_like_streams() {
    use ErrorKind::*;
    let kinds = [
        RateLimited,
        Server,
        Timeout,
        Transport,
        QuotaExhausted,
        Authentication,
        NotFound,
        ModelRetired,
        Configuration,
        InvalidRequest,
        UnsupportedParameter,
        ContextLength,
        ContentFiltered,
        Protocol,
        Incomplete,
    ];
    let policies = [
        RetryPolicy::none(),
        RetryPolicy::new(),
        RetryPolicy::new().max_attempts(9).total_time(Duration::from_secs(100)),
        RetryPolicy::new().when(Error::is_not_found),
    ];
    // Delays of 19 seconds are longer than any random one, and no total time ends with one.
    for policy in &policies {
        for (kind, delay) in kinds.iter().flat_map(|kind| [(kind, None), (kind, Some(19))]) {
            let error = || {
                let error = Error::new(*kind, "busy").with_request_id("r-1");
                match delay {
                    Some(delay) => error.with_retry_after(Duration::from_secs(delay)),
                    None => error,
                }
            };
            let count = Cell::new(0);
            let single = with_retries(policy, || {
                count.set(count.get() + 1);
                async { Err::<(), _>(error()) }
            });
            let single = single.await.unwrap_err();
            let script = (0..10).map(|_| ScriptedReply::error(error()));
            let model = ScriptedModel::new(script).ignore_rest();
            let retry = Retry::new(model.clone()).policy(policy.clone());
            let streamed = retry.complete("hi").await.unwrap_err();
            assert_eq!(count.get(), model.requests().len(), "{kind:?} {delay:?} {policy:?}");
            assert_eq!(single.to_string(), streamed.to_string(), "{kind:?} {delay:?}");
            assert_eq!(single.kind(), streamed.kind());
            assert_eq!(single.request_id(), streamed.request_id());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_of_nested_retries_are_numbered_consecutively() {
    let script = (0..4).map(|_| failing(ErrorKind::Server)).chain([ScriptedReply::text("Hi")]);
    let model = ScriptedModel::new(script);
    let twice = || RetryPolicy::new().max_attempts(2);
    let inner = Retry::new(model.clone()).policy(twice());
    let outer = Retry::new(inner).policy(twice().max_attempts(3));
    let (events, error) = events(&outer).await;
    assert!(error.is_none(), "{error:?}");
    let attempts: Vec<_> = retries(&events).iter().map(|notice| notice.attempt).collect();
    assert_eq!(attempts, [2, 3, 4, 5]);
    let ids = ids(&model);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}
