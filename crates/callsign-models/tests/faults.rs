//! Each fault of the fault server, and what comes of it: through a model alone, and through one
//! that is asked again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use callsign_core::traits::model::{Model, ModelExt};
use callsign_core::words::error::{Error, ErrorKind, Progress};
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use callsign_models::around::fallback::Fallback;
use callsign_models::around::rate_limit::RateLimit;
use callsign_models::around::retry::{Retry, RetryPolicy};
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_testkit::FaultAt::{Body, Events, Headers, InCharacter, Start};
use callsign_testkit::{FaultReply, FaultServer};
use futures_util::StreamExt;
use tokio::time::timeout;

const TEXT: &str = "Grüße aus Köln.";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What came of one request.
#[derive(Debug)]
struct Asked {
    text: Result<String, Error>,
    retries: Vec<Retrying>,
    /// How many requests the server saw.
    requests: usize,
}

impl Asked {
    /// It answered, after so many requests.
    #[track_caller]
    fn answered(self, requests: usize) -> Vec<Retrying> {
        assert_eq!(self.text.as_deref().unwrap(), TEXT);
        assert_eq!(self.requests, requests);
        self.retries
    }

    /// It failed in this way, after so many requests, having said this.
    #[track_caller]
    fn failed(self, requests: usize, kind: ErrorKind, partial_text: &str) -> Error {
        let error = self.text.unwrap_err();
        assert_eq!((error.kind(), self.requests), (kind, requests), "{error:?}");
        assert_eq!(error.partial_text(), partial_text);
        error
    }
}

/// Asks a model once; no fault may take this long. All requests that the server sees of it are the same one.
async fn ask(server: &FaultServer, model: &impl Model) -> Asked {
    let before = server.requests().len();
    let (mut retries, mut text) = (Vec::new(), String::new());
    let mut stream = model.stream(Request::user("hi"));
    let mut asked = Err(Error::new(ErrorKind::Unfinished, "no end"));
    while let Some(event) = timeout(Duration::from_secs(60), stream.next()).await.unwrap() {
        match event {
            Ok(ModelEvent::Retrying(retrying)) => {
                assert_eq!(text, "", "asked again in the middle of a reply");
                retries.push(retrying);
            }
            Ok(ModelEvent::TextDelta(more)) => text.push_str(&more),
            Ok(ModelEvent::Finished(_)) => asked = Ok(text.clone()),
            Ok(event) => panic!("{event:?}"),
            Err(error) => {
                let mut progress = Progress::default();
                progress.partial_text.clone_from(&text);
                asked = Err(error.with_progress(progress));
            }
        }
    }
    let requests = server.requests().split_off(before);
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    for request in &requests {
        assert_eq!(request.header("x-ms-client-request-id"), Some(id));
        assert_eq!(request.body, requests[0].body);
    }
    if let Err(error) = &asked {
        assert_eq!(error.request_id(), Some(id));
    }
    Asked { text: asked, retries, requests: requests.len() }
}

fn model(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint())
}

fn retry<M: Model>(model: M) -> Retry<M> {
    let policy = RetryPolicy::new().backoff(ms(1), ms(4)).total_time(Duration::from_secs(20));
    Retry::new(model).policy(policy)
}

/// A model alone, before a server that does this every time.
async fn alone(fault: FaultReply) -> Asked {
    let server = FaultServer::always(fault).await.unwrap();
    ask(&server, &model(&server).build().unwrap()).await
}

/// A model that is asked again, before a server that does this every time.
async fn again(fault: FaultReply) -> Asked {
    let server = FaultServer::always(fault).await.unwrap();
    ask(&server, &retry(model(&server).build().unwrap())).await
}

/// A model that is asked again, before a server that does this and then answers.
async fn once(fault: FaultReply) -> Asked {
    let server = FaultServer::start([fault, FaultReply::stream(TEXT)]).await.unwrap();
    ask(&server, &retry(model(&server).build().unwrap())).await
}

#[tokio::test]
async fn a_service_without_faults() {
    alone(FaultReply::stream(TEXT)).await.answered(1);
    alone(FaultReply::json(TEXT)).await.answered(1);
    assert_eq!(again(FaultReply::stream(TEXT)).await.answered(1), []);
}

#[tokio::test]
async fn latency_is_waited_for_and_silence_is_not() {
    alone(FaultReply::stream(TEXT).after(ms(60))).await.answered(1);

    let silent = || FaultReply::stream(TEXT).hang(Start);
    let script = [silent(), silent(), FaultReply::stream(TEXT)];
    let server = FaultServer::start(script).await.unwrap();
    let impatient = model(&server).first_byte_timeout(ms(300)).build().unwrap();
    ask(&server, &impatient).await.failed(1, ErrorKind::Timeout, "");
    let retries = ask(&server, &retry(impatient)).await.answered(2);
    assert!(retries[0].reason.contains("has not answered for 0.3 s"), "{retries:?}");
}

#[tokio::test]
async fn a_busy_service_is_left_alone_for_as_long_as_it_asks() {
    for (name, value, wait) in [
        ("retry-after-ms", "30", ms(30)),
        ("x-ms-retry-after-ms", "40", ms(40)),
        ("Retry-After", "1", ms(1000)),
        ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", ms(0)),
    ] {
        let busy = || FaultReply::status(429).header(name, value);
        let error = alone(busy()).await.failed(1, ErrorKind::RateLimited, "");
        assert_eq!((error.status(), error.retry_after()), (Some(429), Some(wait)), "{name}");
        let retries = once(busy()).await.answered(2);
        assert!(retries[0].after >= wait && retries[0].after < wait + ms(5), "{retries:?}");
        assert_eq!(retries[0].attempt, 2);
    }
    let error = again(FaultReply::status(429)).await.failed(4, ErrorKind::RateLimited, "");
    assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
    once(FaultReply::status(408)).await.answered(2);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_not_waited_for() {
    for (value, least) in [("86400", 86_400), ("Tue, 31 Dec 2999 23:59:59 GMT", 30_000_000_000)] {
        let busy = FaultReply::status(429).header("retry-after", value);
        let asked = again(busy).await;
        assert_eq!(asked.retries, []);
        let error = asked.failed(1, ErrorKind::RateLimited, "");
        assert!(error.retry_after().unwrap() >= Duration::from_secs(least), "{error:?}");
        assert!(error.to_string().contains("(tried once; the wait of "), "{error}");
    }
}

#[tokio::test]
async fn what_waiting_does_not_help_is_asked_for_once() {
    for status in [400, 401, 403, 404, 410, 413, 422] {
        let asked = again(FaultReply::status(status)).await;
        assert_eq!((asked.requests, asked.retries.len()), (1, 0), "{status}");
        assert_eq!(asked.text.unwrap_err().status(), Some(status));
    }
    let body = r#"{"error":{"code":"insufficient_quota","message":"You have used it up."}}"#;
    let poor = FaultReply::status(429).header("retry-after", "1").body(body);
    again(poor).await.failed(1, ErrorKind::QuotaExhausted, "");
}

#[tokio::test]
async fn a_gateway_that_fails_with_a_page() {
    for status in [500, 502, 503, 504] {
        let error = alone(FaultReply::html(status)).await.failed(1, ErrorKind::Server, "");
        assert_eq!(error.status(), Some(status));
        assert!(!error.to_string().contains('<'), "{error}");
        assert!(error.body().unwrap().contains("The gateway is tired."), "{error:?}");
        once(FaultReply::html(status)).await.answered(2);
    }
    let error = again(FaultReply::html(503)).await.failed(4, ErrorKind::Server, "");
    assert_eq!(error.status(), Some(503));
}

/// Where nothing has come back, a connection may have been dead before the request: the model
/// itself sends it on another one, once. Each try is two requests then.
#[tokio::test]
async fn a_connection_that_breaks_before_the_reply() {
    for at in [Start, Headers] {
        for end in [FaultReply::reset, FaultReply::close] {
            let fault = || end(FaultReply::stream(TEXT), at);
            alone(fault()).await.failed(2, ErrorKind::Transport, "");
            assert_eq!(once(fault()).await.answered(2), []);
            let script = [fault(), fault(), fault(), FaultReply::stream(TEXT)];
            let server = FaultServer::start(script).await.unwrap();
            let asked = ask(&server, &retry(model(&server).build().unwrap())).await;
            assert_eq!(asked.answered(4).len(), 1);
            let error = again(fault()).await.failed(8, ErrorKind::Transport, "");
            assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_reply_that_breaks_before_anything_was_said() {
    for at in [Body(0), Body(30), InCharacter] {
        for end in [FaultReply::reset, FaultReply::close] {
            let fault = || end(FaultReply::stream(TEXT), at);
            alone(fault()).await.failed(1, ErrorKind::Transport, "");
            assert_eq!(once(fault()).await.answered(2).len(), 1);
        }
    }
}

#[tokio::test]
async fn a_reply_that_breaks_after_something_was_said_is_not_asked_for_again() {
    // What was sent before a reset arrives if it has the time to.
    let reset = || FaultReply::stream(TEXT).drip(4096, ms(30)).reset(Events(1));
    for fault in [reset, || FaultReply::stream(TEXT).close(Events(1))] {
        for asked in [alone(fault()).await, once(fault()).await] {
            let error = asked.failed(1, ErrorKind::Transport, "Grüße ");
            assert!(!error.to_string().contains("tried"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_whole_reply_that_breaks_is_asked_for_again() {
    let fault = || FaultReply::json(TEXT).close(Body(40));
    let server = FaultServer::start([fault(), fault(), FaultReply::json(TEXT)]).await.unwrap();
    let whole = model(&server).streaming(false).build().unwrap();
    ask(&server, &whole).await.failed(1, ErrorKind::Transport, "");
    assert_eq!(ask(&server, &retry(whole)).await.answered(2).len(), 1);
}

#[tokio::test]
async fn a_slow_drip_that_cuts_characters() {
    alone(FaultReply::stream(TEXT).drip(1, Duration::ZERO)).await.answered(1);
    alone(FaultReply::json(TEXT).drip(7, ms(1))).await.answered(1);
}

#[tokio::test]
async fn a_reply_that_stops_is_given_up_and_not_asked_for_again() {
    let stops = FaultReply::stream(TEXT).hang(Events(1));
    let server = FaultServer::always(stops).await.unwrap();
    let impatient = retry(model(&server).idle_timeout(ms(300)).build().unwrap());
    let error = ask(&server, &impatient).await.failed(1, ErrorKind::Timeout, "Grüße ");
    assert!(error.to_string().contains("nothing has come for 0.3 s"), "{error}");
}

#[tokio::test]
async fn a_wrong_content_type() {
    for kind in ["text/plain", "application/json", "application/octet-stream", "text/html"] {
        alone(FaultReply::stream(TEXT).header("content-type", kind)).await.answered(1);
    }
    for kind in ["text/plain", "text/event-stream", "text/html"] {
        alone(FaultReply::json(TEXT).header("content-type", kind)).await.answered(1);
    }
    // It is the wrong address, and stays so.
    for kind in ["text/html", "application/json", "text/event-stream"] {
        let page = FaultReply::html(200).header("content-type", kind);
        again(page).await.failed(1, ErrorKind::Protocol, "");
    }
}

#[tokio::test]
async fn a_compressed_body_that_nobody_asked_for() {
    for reply in [FaultReply::stream(TEXT), FaultReply::json(TEXT)] {
        let error = again(reply.gzip()).await.failed(1, ErrorKind::Protocol, "");
        assert!(error.to_string().contains("compressed body (gzip)"), "{error}");
    }
    // These are no compressions, though servers send them under that name.
    for encoding in ["identity", "utf-8"] {
        alone(FaultReply::stream(TEXT).header("content-encoding", encoding)).await.answered(1);
    }
}

#[tokio::test]
async fn an_endless_stream_is_given_up() {
    let asked = again(FaultReply::endless(1024 * 1024)).await;
    assert_eq!((asked.requests, asked.retries.len()), (1, 0));
    let error = asked.text.unwrap_err();
    assert!(error.is_protocol(), "{error:?}");
    assert!(error.to_string().contains("is longer than any reply is"), "{error}");
    let text = error.partial_text().len();
    assert!(text > 32 * 1024 * 1024 && text < 128 * 1024 * 1024, "{text}");
}

#[tokio::test]
async fn an_oversized_event_is_given_up() {
    let asked = again(FaultReply::oversized_event(48 * 1024 * 1024)).await;
    let error = asked.failed(1, ErrorKind::Protocol, "");
    assert!(error.to_string().contains("is longer than any reply is"), "{error}");
}

#[tokio::test]
async fn an_error_inside_a_stream() {
    let report = r#"{"error":{"type":"server_error","message":"Overloaded.","code":503}}"#;
    alone(FaultReply::events([report])).await.failed(1, ErrorKind::Server, "");
    once(FaultReply::events([report])).await.answered(2);
    let text = r#"{"choices":[{"index":0,"delta":{"content":"Hal"}}]}"#;
    once(FaultReply::events([text, report])).await.failed(1, ErrorKind::Server, "Hal");
}

#[tokio::test]
async fn a_stream_that_ends_without_an_end() {
    let text = r#"{"choices":[{"index":0,"delta":{"content":"Hal"}}]}"#;
    again(FaultReply::events([text])).await.failed(1, ErrorKind::Unfinished, "Hal");
    again(FaultReply::events::<&str>([])).await.failed(1, ErrorKind::Unfinished, "");
}

#[tokio::test]
async fn another_service_takes_over() {
    let broken = FaultServer::always(FaultReply::html(503)).await.unwrap();
    let sound = FaultServer::always(FaultReply::stream(TEXT)).await.unwrap();
    let first = RateLimit::new(model(&broken).build().unwrap()).requests_per_minute(6000);
    let both = Fallback::new(retry(first)).or(retry(model(&sound).build().unwrap()));
    assert_eq!(both.complete("hi").await.unwrap().text(), TEXT);
    assert_eq!((broken.requests().len(), sound.requests().len()), (4, 1));
}
