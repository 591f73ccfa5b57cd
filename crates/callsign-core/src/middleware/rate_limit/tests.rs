use std::sync::Mutex;

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::content::Part;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::message::Message;
use callsign_types::request::{Options, ToolDefinition};
use callsign_types::traits::model::ModelExt;
use futures_util::future::{FutureExt, join_all};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::middleware::retry::Retry;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns when each of six simultaneous requests was sent, in milliseconds.
async fn sent_at(
    limit: impl Fn(RateLimit<ScriptedModel>) -> RateLimit<ScriptedModel>,
    usage: u64,
) -> Vec<u64> {
    let began = Instant::now();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let script = (0..6).map(|_| {
        let sent = sent.clone();
        ScriptedReply::from_fn(move |_| {
            sent.lock().unwrap().push(began.elapsed().as_millis() as u64);
            ScriptedReply::text("Hi").usage(usage, 0)
        })
    });
    let model = limit(RateLimit::new(ScriptedModel::new(script)));
    join_all((0..6).map(|_| model.complete("hi"))).await;
    drop(model);
    Arc::into_inner(sent).unwrap().into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_delay_without_a_limit() {
    assert_eq!(sent_at(|model| model, 1_000_000).await, [0; 6]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_spaced_evenly_after_a_burst() {
    let at = sent_at(|model| model.requests_per_minute(12), 0).await;
    // The capacity is two, and one is refilled every five seconds.
    assert_eq!(near(&at), [0, 0, 5, 10, 15, 20]);
    let at = sent_at(|model| model.requests_per_minute(12).burst(Duration::ZERO), 0).await;
    assert_eq!(near(&at), [0, 5, 10, 15, 20, 25]);
    let at = sent_at(|model| model.burst(seconds(60)).requests_per_minute(4), 0).await;
    assert_eq!(near(&at), [0, 0, 0, 0, 15, 30]);
}

/// Returns the times in seconds. Delays are rounded up to milliseconds.
fn near(millis: &[u64]) -> Vec<u64> {
    let late = millis.iter().find(|at| *at % 1000 > 20);
    assert_eq!(late, None, "{millis:?}");
    millis.iter().map(|at| at / 1000).collect()
}

#[tokio::test(start_paused = true)]
async fn tokens_are_estimated_and_corrected() {
    let estimate = estimate::tokens(&Request::user("hi"));
    assert_eq!(estimate, 261);
    // The capacity is two estimates, and each estimate is right.
    let limit = |model: RateLimit<_>| model.tokens_per_minute(261 * 12);
    assert_eq!(near(&sent_at(limit, 261).await), [0, 0, 5, 10, 15, 20]);
    // A request that used fewer tokens than estimated puts the rest back immediately.
    assert_eq!(sent_at(limit, 0).await, [0; 6]);
    // A request that used twice the estimate delays the next one.
    assert_eq!(near(&sent_at(limit, 522).await), [0, 5, 15, 25, 35, 45]);
}

#[tokio::test(start_paused = true)]
async fn request_larger_than_the_limit_is_sent() {
    let model = ScriptedModel::new([ScriptedReply::text("a"), ScriptedReply::text("b")]);
    let model = RateLimit::new(model).tokens_per_minute(60);
    let began = Instant::now();
    let request = || Request::user("hi").options(Options::new().max_tokens(595));
    model.complete(request()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    model.complete(request()).await.unwrap();
    // It waits for a full bucket, not for the whole estimate of the first request.
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn failed_request_costs_no_tokens() {
    let refused = || ScriptedReply::error(Error::new(ErrorKind::Transport, "refused"));
    let model = ScriptedModel::new([refused(), refused(), refused(), ScriptedReply::text("Hi")]);
    let model = RateLimit::new(model).tokens_per_minute(10_000);
    let began = Instant::now();
    let request = || Request::user("hi").options(Options::new().max_tokens(128_000));
    for _ in 0..3 {
        model.complete(request()).await.unwrap_err();
    }
    model.complete(request()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn request_dropped_before_its_response_costs_no_tokens() {
    let hangs = ScriptedReply::empty().and_hang();
    let model = ScriptedModel::new([hangs, ScriptedReply::text("Hi"), ScriptedReply::text("Hi")]);
    let model = RateLimit::new(model).tokens_per_minute(261 * 6).burst(seconds(10));
    let began = Instant::now();
    assert!(timeout(seconds(1), model.complete("hi")).await.is_err());
    model.complete("hi").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 1);
    // The previous request had a response without usage, so its estimate still counts.
    model.complete("hi").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn unpolled_stream_does_not_delay_others() {
    let model = RateLimit::new(ScriptedModel::new((0..4).map(|_| ScriptedReply::text("Hi"))));
    let model = model.requests_per_minute(60).burst(Duration::ZERO);
    let began = Instant::now();
    model.complete("a").await.unwrap();
    let (mut kept, mut dropped) =
        (model.stream(Request::user("b")), model.stream(Request::user("c")));
    assert!(kept.next().now_or_never().is_none());
    assert!(dropped.next().now_or_never().is_none());
    model.complete("d").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
    // The time of `kept` has passed. The reservation of `dropped` is put back.
    kept.next().await.unwrap().unwrap();
    drop(dropped);
    model.complete("e").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn waiting_requests_are_served_in_order_and_can_be_dropped() {
    let model = ScriptedModel::new((0..4).map(|_| ScriptedReply::text("Hi")));
    let limited = RateLimit::new(model.clone()).requests_per_minute(1);
    let began = Instant::now();
    let request = |name: &'static str, limit: u64| {
        let limited = limited.clone();
        async move {
            let response = timeout(seconds(limit), limited.complete(name)).await;
            response.is_ok().then(|| (name, began.elapsed().as_secs()))
        }
    };
    // "b" is dropped at the head of the queue, "c" in the middle of it.
    let requests =
        [request("a", 1), request("b", 30), request("c", 10), request("d", 600), request("e", 600)];
    let served: Vec<_> = join_all(requests).await.into_iter().flatten().collect();
    assert_eq!(served, [("a", 0), ("d", 60), ("e", 120)]);
    let sent = model.requests();
    let sent: Vec<_> = sent.iter().map(|request| request.messages.last().unwrap().text()).collect();
    assert_eq!(sent, ["a", "d", "e"]);
    limited.complete("f").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn idle_period_allows_one_burst_only() {
    let model = RateLimit::new(ScriptedModel::new((0..5).map(|_| ScriptedReply::text("Hi"))));
    let model = model.requests_per_minute(12);
    sleep(seconds(3600)).await;
    let began = Instant::now();
    for after in [0, 0, 5, 10, 15] {
        model.complete("hi").await.unwrap();
        assert_eq!(began.elapsed().as_secs(), after);
    }
}

#[tokio::test(start_paused = true)]
async fn retries_inside_are_counted_and_retries_outside_wait() {
    let down =
        || ScriptedReply::error(Error::new(ErrorKind::Server, "down").with_retry_after(ms(1)));
    let script =
        || ScriptedModel::new([down(), ScriptedReply::text("Hi"), ScriptedReply::text("Hi")]);
    let began = Instant::now();
    let inside = RateLimit::new(Retry::new(script())).requests_per_minute(6);
    inside.complete("hi").await.unwrap();
    assert!(began.elapsed() < seconds(1));
    inside.complete("hi").await.unwrap();
    assert!(began.elapsed() >= seconds(20), "{:?}", began.elapsed());

    let began = Instant::now();
    let outside = Retry::new(RateLimit::new(script()).requests_per_minute(6));
    outside.complete("hi").await.unwrap();
    assert!(began.elapsed() >= seconds(10), "{:?}", began.elapsed());
    outside.complete("hi").await.unwrap();
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn estimate_includes_every_part_of_the_request() {
    let base = estimate::tokens(&Request::default());
    let mut request = Request::default().instructions("x".repeat(400));
    assert_eq!(estimate::tokens(&request) - base, 100);
    request.messages.push(Message::user("x".repeat(40)));
    assert_eq!(estimate::tokens(&request) - base, 114);
    let image = format!("data:image/png;base64,{}", "A".repeat(1_000_000));
    request.messages.push(Message::user(vec![Part::text("abcd"), Part::image_url(image)]));
    assert_eq!(estimate::tokens(&request) - base, 114 + 1 + 800 + 4);
    let parameters = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let length = parameters.to_string().len() as u64;
    let tool = ToolDefinition::new("get", "Gets.", parameters);
    let with_tool = estimate::tokens(&Request::default().tools([tool])) - base;
    assert!(with_tool.abs_diff(length / 4) < 12, "{with_tool} for {length} bytes");
}
