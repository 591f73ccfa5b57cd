use std::sync::Mutex;

use callsign_core::traits::model::ModelExt;
use callsign_core::words::content::Part;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::message::Message;
use callsign_core::words::request::{Options, ToolDefinition};
use callsign_testkit::{Scripted, ScriptedModel};
use futures_util::future::{FutureExt, join_all};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::around::retry::Retry;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// When each of so many requests was sent that were all made at once.
async fn sent_at(
    limit: impl Fn(RateLimit<ScriptedModel>) -> RateLimit<ScriptedModel>,
    usage: u64,
) -> Vec<u64> {
    let began = Instant::now();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let script = (0..6).map(|_| {
        let sent = sent.clone();
        Scripted::from_fn(move |_| {
            sent.lock().unwrap().push(began.elapsed().as_millis() as u64);
            Scripted::text("Hi").usage(usage, 0)
        })
    });
    let model = limit(RateLimit::new(ScriptedModel::new(script)));
    join_all((0..6).map(|_| model.complete("hi"))).await;
    drop(model);
    Arc::into_inner(sent).unwrap().into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_waits() {
    assert_eq!(sent_at(|model| model, 1_000_000).await, [0; 6]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_spread_evenly_after_a_burst() {
    let at = sent_at(|model| model.requests_per_minute(12), 0).await;
    // Ten seconds hold two; one comes in every five.
    assert_eq!(near(&at), [0, 0, 5, 10, 15, 20]);
    let at = sent_at(|model| model.requests_per_minute(12).burst(Duration::ZERO), 0).await;
    assert_eq!(near(&at), [0, 5, 10, 15, 20, 25]);
    let at = sent_at(|model| model.burst(seconds(60)).requests_per_minute(4), 0).await;
    assert_eq!(near(&at), [0, 0, 0, 0, 15, 30]);
}

/// The times in seconds; waits are whole milliseconds, so that they may be a little late.
fn near(millis: &[u64]) -> Vec<u64> {
    let late = millis.iter().find(|at| *at % 1000 > 20);
    assert_eq!(late, None, "{millis:?}");
    millis.iter().map(|at| at / 1000).collect()
}

#[tokio::test(start_paused = true)]
async fn tokens_are_estimated_and_corrected() {
    let estimate = estimate::tokens(&Request::user("hi"));
    assert_eq!(estimate, 261);
    // The bucket holds two estimates, and each of them is right.
    let limit = |model: RateLimit<_>| model.tokens_per_minute(261 * 12);
    assert_eq!(near(&sent_at(limit, 261).await), [0, 0, 5, 10, 15, 20]);
    // What was taken for much and cost little makes place again at once.
    assert_eq!(sent_at(limit, 0).await, [0; 6]);
    // And the other way round: each of them costs double.
    assert_eq!(near(&sent_at(limit, 522).await), [0, 5, 15, 25, 35, 45]);
}

#[tokio::test(start_paused = true)]
async fn a_request_beyond_the_limit_is_sent_all_the_same() {
    let model = ScriptedModel::new([Scripted::text("a"), Scripted::text("b")]);
    let model = RateLimit::new(model).tokens_per_minute(60);
    let began = Instant::now();
    let request = || Request::user("hi").options(Options::new().max_tokens(595));
    model.complete(request()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    model.complete(request()).await.unwrap();
    // It waits for a full bucket, and not for all that the first was taken to cost.
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_came_to_nothing_costs_no_tokens() {
    let refused = || Scripted::error(Error::new(ErrorKind::Transport, "refused"));
    let model = ScriptedModel::new([refused(), refused(), refused(), Scripted::text("Hi")]);
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
async fn what_was_dropped_before_a_reply_costs_no_tokens() {
    let hangs = Scripted::empty().and_hang();
    let model = ScriptedModel::new([hangs, Scripted::text("Hi"), Scripted::text("Hi")]);
    let model = RateLimit::new(model).tokens_per_minute(261 * 6).burst(seconds(10));
    let began = Instant::now();
    assert!(timeout(seconds(1), model.complete("hi")).await.is_err());
    model.complete("hi").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 1);
    // This one had a reply, and keeps its estimate.
    model.complete("hi").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 11);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_polls_holds_up_nobody() {
    let model = RateLimit::new(ScriptedModel::new((0..4).map(|_| Scripted::text("Hi"))));
    let model = model.requests_per_minute(60).burst(Duration::ZERO);
    let began = Instant::now();
    model.complete("a").await.unwrap();
    let (mut kept, mut dropped) =
        (model.stream(Request::user("b")), model.stream(Request::user("c")));
    assert!(kept.next().now_or_never().is_none());
    assert!(dropped.next().now_or_never().is_none());
    model.complete("d").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
    // Its time has come and gone; that of the one that leaves is given back.
    kept.next().await.unwrap().unwrap();
    drop(dropped);
    model.complete("e").await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_order_and_may_leave() {
    let model = ScriptedModel::new((0..4).map(|_| Scripted::text("Hi")));
    let limited = RateLimit::new(model.clone()).requests_per_minute(1);
    let began = Instant::now();
    let ask = |who: &'static str, patience: u64| {
        let limited = limited.clone();
        async move {
            let asked = timeout(seconds(patience), limited.complete(who)).await;
            asked.is_ok().then(|| (who, began.elapsed().as_secs()))
        }
    };
    // The second leaves while it is the first of the queue, the third from within the queue.
    let asked = [ask("a", 1), ask("b", 30), ask("c", 10), ask("d", 600), ask("e", 600)];
    let served: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
    assert_eq!(served, [("a", 0), ("d", 60), ("e", 120)]);
    let said = model.requests();
    let said: Vec<_> = said.iter().map(|request| request.messages.last().unwrap().text()).collect();
    assert_eq!(said, ["a", "d", "e"]);
    limited.complete("f").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn rest_makes_a_burst_and_no_more() {
    let model = RateLimit::new(ScriptedModel::new((0..5).map(|_| Scripted::text("Hi"))));
    let model = model.requests_per_minute(12);
    sleep(seconds(3600)).await;
    let began = Instant::now();
    for after in [0, 0, 5, 10, 15] {
        model.complete("hi").await.unwrap();
        assert_eq!(began.elapsed().as_secs(), after);
    }
}

#[tokio::test(start_paused = true)]
async fn tries_inside_count_and_tries_outside_wait() {
    let down = || Scripted::error(Error::new(ErrorKind::Server, "down").with_retry_after(ms(1)));
    let script = || ScriptedModel::new([down(), Scripted::text("Hi"), Scripted::text("Hi")]);
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
fn an_estimate_counts_what_is_sent() {
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
    let tool = ToolDefinition {
        name: "get".into(),
        description: "Gets.".into(),
        parameters: Arc::new(parameters),
        strict: None,
    };
    let with_tool = estimate::tokens(&Request::default().tools([tool])) - base;
    assert!(with_tool.abs_diff(length / 4) < 12, "{with_tool} for {length} bytes");
}
