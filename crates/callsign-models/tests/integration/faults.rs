//! Faults of the server, and their effect on a model with and without retries.

use std::time::Duration;

use callsign_core::middleware::fallback::Fallback;
use callsign_core::middleware::rate_limit::RateLimit;
use callsign_core::middleware::retry::Retry;
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_testkit::FaultAt::{Body, Events, Headers, InCharacter, Start};
use callsign_testkit::{FaultReply, FaultServer};
use callsign_types::error::{Error, ErrorKind, PartialRun};
use callsign_types::event::{ModelEvent, RetryNotice};
use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::{Model, ModelExt};
use futures_util::StreamExt;
use tokio::time::timeout;

const TEXT: &str = "Grüße aus Köln.";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The outcome of one request.
#[derive(Debug)]
struct Outcome {
    text: Result<String, Error>,
    retries: Vec<RetryNotice>,
    /// The number of requests that the server received.
    requests: usize,
}

impl Outcome {
    /// Checks that it succeeded after this number of requests.
    #[track_caller]
    fn succeeded(self, requests: usize) -> Vec<RetryNotice> {
        assert_eq!(self.text.as_deref().unwrap(), TEXT);
        assert_eq!(self.requests, requests);
        self.retries
    }

    /// Checks that it failed after this number of requests, with this partial text.
    #[track_caller]
    fn failed(self, requests: usize, kind: ErrorKind, partial_text: &str) -> Error {
        let error = self.text.unwrap_err();
        assert_eq!((error.kind(), self.requests), (kind, requests), "{error:?}");
        assert_eq!(error.partial_text(), partial_text);
        error
    }
}

/// Sends one request to a model. No fault may take longer than a minute, and all requests that the
/// server receives for it must be identical.
async fn send(server: &FaultServer, model: &impl Model) -> Outcome {
    let before = server.requests().len();
    let (mut retries, mut text) = (Vec::new(), String::new());
    let mut stream = model.stream(Request::user("hi"));
    let mut text_or_error = Err(Error::new(ErrorKind::Incomplete, "no end"));
    while let Some(event) = timeout(Duration::from_secs(60), stream.next()).await.unwrap() {
        match event {
            Ok(ModelEvent::Retrying(retrying)) => {
                assert_eq!(text, "", "retried in the middle of a response");
                retries.push(retrying);
            }
            Ok(ModelEvent::TextDelta(more)) => text.push_str(&more),
            Ok(ModelEvent::Finished(_)) => text_or_error = Ok(text.clone()),
            Ok(event) => panic!("{event:?}"),
            Err(error) => {
                let mut partial = PartialRun::default();
                partial.partial_text.clone_from(&text);
                text_or_error = Err(error.with_partial_run(partial));
            }
        }
    }
    let requests = server.requests().split_off(before);
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    for request in &requests {
        assert_eq!(request.header("x-ms-client-request-id"), Some(id));
        assert_eq!(request.body, requests[0].body);
    }
    if let Err(error) = &text_or_error {
        assert_eq!(error.request_id(), Some(id));
    }
    Outcome { text: text_or_error, retries, requests: requests.len() }
}

fn model(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint()).retry(RetryPolicy::none())
}

fn retry<M: Model>(model: M) -> Retry<M> {
    let policy = RetryPolicy::new().backoff(ms(1), ms(4)).total_time(Duration::from_secs(20));
    Retry::new(model).policy(policy)
}

/// Sends one request without retries to a server that does this every time.
async fn without_retry(fault: FaultReply) -> Outcome {
    let server = FaultServer::always(fault).await.unwrap();
    send(&server, &model(&server).build().unwrap()).await
}

/// Sends one request with retries to a server that does this every time.
async fn always(fault: FaultReply) -> Outcome {
    let server = FaultServer::always(fault).await.unwrap();
    send(&server, &retry(model(&server).build().unwrap())).await
}

/// Sends one request with retries to a server that does this once and then responds.
async fn failing_once(fault: FaultReply) -> Outcome {
    let server = FaultServer::start([fault, FaultReply::stream(TEXT)]).await.unwrap();
    send(&server, &retry(model(&server).build().unwrap())).await
}

#[tokio::test]
async fn model_without_faults_responds() {
    without_retry(FaultReply::stream(TEXT)).await.succeeded(1);
    without_retry(FaultReply::json(TEXT)).await.succeeded(1);
    assert_eq!(always(FaultReply::stream(TEXT)).await.succeeded(1), []);
}

#[tokio::test]
async fn latency_is_tolerated_and_a_hang_times_out() {
    without_retry(FaultReply::stream(TEXT).after(ms(60))).await.succeeded(1);

    let hanging = || FaultReply::stream(TEXT).hang(Start);
    let script = [hanging(), hanging(), FaultReply::stream(TEXT)];
    let server = FaultServer::start(script).await.unwrap();
    let impatient = model(&server).first_byte_timeout(ms(300)).build().unwrap();
    send(&server, &impatient).await.failed(1, ErrorKind::Timeout, "");
    let retries = send(&server, &retry(impatient)).await.succeeded(2);
    assert!(retries[0].reason.contains("within 0.3 s"), "{retries:?}");
}

#[tokio::test]
async fn retry_waits_as_long_as_retry_after() {
    for (name, value, wait) in [
        ("retry-after-ms", "30", ms(30)),
        ("x-ms-retry-after-ms", "40", ms(40)),
        ("Retry-After", "1", ms(1000)),
        ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", ms(0)),
    ] {
        let busy = || FaultReply::status(429).header(name, value);
        let error = without_retry(busy()).await.failed(1, ErrorKind::RateLimited, "");
        assert_eq!((error.status(), error.retry_after()), (Some(429), Some(wait)), "{name}");
        let retries = failing_once(busy()).await.succeeded(2);
        assert!(retries[0].after >= wait && retries[0].after < wait + ms(5), "{retries:?}");
        assert_eq!(retries[0].attempt, 2);
    }
    let error = always(FaultReply::status(429)).await.failed(4, ErrorKind::RateLimited, "");
    assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
    failing_once(FaultReply::status(408)).await.succeeded(2);
}

#[tokio::test]
async fn too_long_retry_after_is_returned_as_an_error() {
    for (value, min) in [("86400", 86_400), ("Tue, 31 Dec 2999 23:59:59 GMT", 30_000_000_000)] {
        let busy = FaultReply::status(429).header("retry-after", value);
        let outcome = always(busy).await;
        assert_eq!(outcome.retries, []);
        let error = outcome.failed(1, ErrorKind::RateLimited, "");
        assert!(error.retry_after().unwrap() >= Duration::from_secs(min), "{error:?}");
        assert!(error.to_string().contains("(tried once; the requested delay of "), "{error}");
    }
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for status in [400, 401, 403, 404, 410, 413, 422] {
        let outcome = always(FaultReply::status(status)).await;
        assert_eq!((outcome.requests, outcome.retries.len()), (1, 0), "{status}");
        assert_eq!(outcome.text.unwrap_err().status(), Some(status));
    }
    let body = r#"{"error":{"code":"insufficient_quota","message":"You have used it up."}}"#;
    let exhausted = FaultReply::status(429).header("retry-after", "1").body(body);
    always(exhausted).await.failed(1, ErrorKind::QuotaExhausted, "");
}

#[tokio::test]
async fn html_error_pages_are_server_errors() {
    for status in [500, 502, 503, 504] {
        let error = without_retry(FaultReply::html(status)).await.failed(1, ErrorKind::Server, "");
        assert_eq!(error.status(), Some(status));
        assert!(!error.to_string().contains('<'), "{error}");
        assert!(error.body().unwrap().contains("The gateway is tired."), "{error:?}");
        failing_once(FaultReply::html(status)).await.succeeded(2);
    }
    let error = always(FaultReply::html(503)).await.failed(4, ErrorKind::Server, "");
    assert_eq!(error.status(), Some(503));
}

/// Each request uses a new connection, so that only the middleware sends it again.
#[tokio::test]
async fn connection_lost_before_the_response_is_retried() {
    for at in [Start, Headers] {
        for end in [FaultReply::reset, FaultReply::close] {
            let fault = || end(FaultReply::stream(TEXT), at);
            without_retry(fault()).await.failed(1, ErrorKind::Transport, "");
            assert_eq!(failing_once(fault()).await.succeeded(2).len(), 1);
            let error = always(fault()).await.failed(4, ErrorKind::Transport, "");
            assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
        }
    }
}

#[tokio::test]
async fn response_that_breaks_before_any_text_is_retried() {
    for at in [Body(0), Body(30), InCharacter] {
        for end in [FaultReply::reset, FaultReply::close] {
            let fault = || end(FaultReply::stream(TEXT), at);
            without_retry(fault()).await.failed(1, ErrorKind::Transport, "");
            assert_eq!(failing_once(fault()).await.succeeded(2).len(), 1);
        }
    }
}

#[tokio::test]
async fn response_that_breaks_after_some_text_is_not_retried() {
    // The data sent before a reset needs time to arrive.
    let reset = || FaultReply::stream(TEXT).drip(4096, ms(30)).reset(Events(1));
    for fault in [reset, || FaultReply::stream(TEXT).close(Events(1))] {
        for outcome in [without_retry(fault()).await, failing_once(fault()).await] {
            let error = outcome.failed(1, ErrorKind::Transport, "Grüße ");
            assert!(!error.to_string().contains("tried"), "{error}");
        }
    }
}

#[tokio::test]
async fn whole_response_that_breaks_is_retried() {
    let fault = || FaultReply::json(TEXT).close(Body(40));
    let server = FaultServer::start([fault(), fault(), FaultReply::json(TEXT)]).await.unwrap();
    let whole = model(&server).streaming(false).build().unwrap();
    send(&server, &whole).await.failed(1, ErrorKind::Transport, "");
    assert_eq!(send(&server, &retry(whole)).await.succeeded(2).len(), 1);
}

#[tokio::test]
async fn slow_drip_that_splits_characters_is_read() {
    without_retry(FaultReply::stream(TEXT).drip(1, Duration::ZERO)).await.succeeded(1);
    without_retry(FaultReply::json(TEXT).drip(7, ms(1))).await.succeeded(1);
}

#[tokio::test]
async fn stalled_response_times_out_and_is_not_retried() {
    let stops = FaultReply::stream(TEXT).hang(Events(1));
    let server = FaultServer::always(stops).await.unwrap();
    let impatient = retry(model(&server).idle_timeout(ms(300)).build().unwrap());
    let error = send(&server, &impatient).await.failed(1, ErrorKind::Timeout, "Grüße ");
    assert!(error.to_string().contains("no data for 0.3 s"), "{error}");
}

#[tokio::test]
async fn wrong_content_type_is_tolerated() {
    for kind in ["text/plain", "application/json", "application/octet-stream", "text/html"] {
        without_retry(FaultReply::stream(TEXT).header("content-type", kind)).await.succeeded(1);
    }
    for kind in ["text/plain", "text/event-stream", "text/html"] {
        without_retry(FaultReply::json(TEXT).header("content-type", kind)).await.succeeded(1);
    }
    // A wrong address is not retried.
    for kind in ["text/html", "application/json", "text/event-stream"] {
        let page = FaultReply::html(200).header("content-type", kind);
        always(page).await.failed(1, ErrorKind::Protocol, "");
    }
}

#[tokio::test]
async fn unrequested_compression_is_a_protocol_error() {
    for reply in [FaultReply::stream(TEXT), FaultReply::json(TEXT)] {
        let error = always(reply.gzip()).await.failed(1, ErrorKind::Protocol, "");
        assert!(error.to_string().contains("compressed body (gzip)"), "{error}");
    }
    // Servers send these values although they are not compressions.
    for encoding in ["identity", "utf-8"] {
        without_retry(FaultReply::stream(TEXT).header("content-encoding", encoding))
            .await
            .succeeded(1);
    }
}

#[tokio::test]
async fn endless_stream_is_a_protocol_error() {
    let outcome = always(FaultReply::endless(1024 * 1024)).await;
    assert_eq!((outcome.requests, outcome.retries.len()), (1, 0));
    let error = outcome.text.unwrap_err();
    assert!(error.is_protocol(), "{error:?}");
    assert!(error.to_string().contains("; reading was stopped"), "{error}");
    let text = error.partial_text().len();
    assert!(text > 32 * 1024 * 1024 && text < 128 * 1024 * 1024, "{text}");
}

#[tokio::test]
async fn oversized_event_is_a_protocol_error() {
    let outcome = always(FaultReply::oversized_event(48 * 1024 * 1024)).await;
    let error = outcome.failed(1, ErrorKind::Protocol, "");
    assert!(error.to_string().contains("; reading was stopped"), "{error}");
}

#[tokio::test]
async fn error_event_is_retried_only_before_any_text() {
    let report = r#"{"error":{"type":"server_error","message":"Overloaded.","code":503}}"#;
    without_retry(FaultReply::events([report])).await.failed(1, ErrorKind::Server, "");
    failing_once(FaultReply::events([report])).await.succeeded(2);
    let text = r#"{"choices":[{"index":0,"delta":{"content":"Hal"}}]}"#;
    failing_once(FaultReply::events([text, report])).await.failed(1, ErrorKind::Server, "Hal");
}

#[tokio::test]
async fn stream_without_a_finish_reason_is_incomplete() {
    let text = r#"{"choices":[{"index":0,"delta":{"content":"Hal"}}]}"#;
    always(FaultReply::events([text])).await.failed(1, ErrorKind::Incomplete, "Hal");
    // Nothing was received, so the request is sent again.
    always(FaultReply::events::<&str>([])).await.failed(4, ErrorKind::Incomplete, "");
}

#[tokio::test]
async fn fallback_model_takes_over() {
    let broken = FaultServer::always(FaultReply::html(503)).await.unwrap();
    let working = FaultServer::always(FaultReply::stream(TEXT)).await.unwrap();
    let first = RateLimit::new(model(&broken).build().unwrap()).requests_per_minute(6000);
    let both = Fallback::new(retry(first)).then(retry(model(&working).build().unwrap()));
    assert_eq!(both.complete("hi").await.unwrap().text(), TEXT);
    assert_eq!((broken.requests().len(), working.requests().len()), (4, 1));
}
