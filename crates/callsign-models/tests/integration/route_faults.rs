//! Faults on the routes other than chat, with and without retries.

use std::time::{Duration, Instant};

use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::routes::embeddings::request::EmbeddingRequest;
use callsign_testkit::FaultAt::{Body, Headers, Start};
use callsign_testkit::{FaultReply, FaultServer};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::retry::policy::RetryPolicy;
use tokio::time::timeout;

const VECTORS: &str = r#"{"data":[{"index":0,"embedding":[0.5,-2.0]}],"model":"m"}"#;
const INFO: &str = r#"{"model_name":"m","model_type":"embeddings","model_provider_name":"p"}"#;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Route {
    Texts,
    Images,
    Info,
}

use Route::{Images, Info, Texts};

impl Route {
    const ALL: [Self; 3] = [Texts, Images, Info];

    fn line(self) -> &'static str {
        match self {
            Texts => "POST /v1/embeddings HTTP/1.1",
            Images => "POST /v1/images/embeddings HTTP/1.1",
            Info => "GET /v1/info HTTP/1.1",
        }
    }

    fn response(self) -> FaultReply {
        FaultReply::json("").body(if self == Info { INFO } else { VECTORS })
    }

    async fn send(self, model: &ChatModel, policy: &RetryPolicy) -> Result<(), Error> {
        let request = match self {
            Texts => EmbeddingRequest::texts(["Seattle"]).extra("truncate", "end"),
            Images => EmbeddingRequest::images(["data:image/png;base64,iVBO"]),
            Info => {
                assert_eq!(model.endpoint_info_with(policy).await?.model_name, "m");
                return Ok(());
            }
        };
        let embeddings = model.embeddings().retry(policy.clone());
        let vectors = embeddings.embed(request).await?.into_vectors();
        assert_eq!(vectors, [[0.5, -2.0]]);
        Ok(())
    }
}

/// The outcome of one request.
#[derive(Debug)]
struct Outcome {
    route: Route,
    result: Result<(), Error>,
    /// The number of requests that the server received.
    requests: usize,
}

impl Outcome {
    /// Checks that it succeeded after this number of requests.
    #[track_caller]
    fn succeeded(self, requests: usize) {
        assert!(self.result.is_ok(), "{self:?}");
        assert_eq!(self.requests, requests, "{self:?}");
    }

    /// Checks that it failed after this number of requests.
    #[track_caller]
    fn failed(self, requests: usize, kind: ErrorKind) -> Error {
        assert_eq!(self.requests, requests, "{self:?}");
        let error = self.result.unwrap_err();
        assert_eq!(error.kind(), kind, "{:?}: {error:?}", self.route);
        error
    }
}

fn retry_policy() -> RetryPolicy {
    RetryPolicy::new().backoff(ms(1), ms(4)).total_time(Duration::from_secs(20))
}

fn builder(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint()).model("m").key("sesame-7")
}

fn model(server: &FaultServer) -> ChatModel {
    builder(server).build().unwrap()
}

async fn send(route: Route, server: &FaultServer, policy: RetryPolicy) -> Outcome {
    send_with(&model(server), route, server, &policy).await
}

/// Sends one request. No fault may take longer than a minute, and all requests that the server
/// receives for it must be identical.
async fn send_with(
    model: &ChatModel,
    route: Route,
    server: &FaultServer,
    policy: &RetryPolicy,
) -> Outcome {
    let sent = timeout(Duration::from_secs(60), route.send(model, policy));
    let result = sent.await.unwrap();
    let requests = server.requests();
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    for request in &requests {
        assert_eq!(request.line(), route.line());
        assert_eq!(request.header("x-ms-client-request-id"), Some(id));
        assert_eq!(request.header("authorization"), Some("Bearer sesame-7"));
        assert_eq!(request.body, requests[0].body);
    }
    if let Err(error) = &result {
        assert_eq!(error.request_id(), Some(id));
    }
    Outcome { route, result, requests: requests.len() }
}

/// Sends one request with retries to a server that does this every time.
async fn always(route: Route, fault: FaultReply) -> Outcome {
    send(route, &FaultServer::always(fault).await.unwrap(), retry_policy()).await
}

/// Sends one request with retries to a server that does this once and then responds.
async fn failing_once(route: Route, fault: FaultReply) -> Outcome {
    let server = FaultServer::start([fault, route.response()]).await.unwrap();
    send(route, &server, retry_policy()).await
}

#[tokio::test]
async fn requests_are_retried_twice_by_default() {
    let server = FaultServer::always(FaultReply::status(503)).await.unwrap();
    let model = model(&server);
    let embedded = model.embeddings().embed("a").await;
    for error in [embedded.unwrap_err(), model.endpoint_info().await.unwrap_err()] {
        assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
        assert!(error.to_string().ends_with("(tried 3 times)"), "{error}");
    }
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn retry_waits_as_long_as_retry_after() {
    for route in Route::ALL {
        for (name, value, wait) in [
            ("retry-after-ms", "30", 30),
            ("x-ms-retry-after-ms", "40", 40),
            ("Retry-After", "1", 1000),
        ] {
            let began = Instant::now();
            failing_once(route, FaultReply::status(429).header(name, value)).await.succeeded(2);
            assert!(began.elapsed() >= ms(wait), "{route:?} {name}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            failing_once(route, FaultReply::status(status)).await.succeeded(2);
        }
    }
}

#[tokio::test]
async fn attempts_are_limited_and_reported() {
    for route in Route::ALL {
        for (fault, kind) in [
            (FaultReply::status(429), ErrorKind::RateLimited),
            (FaultReply::html(503), ErrorKind::Server),
        ] {
            let error = always(route, fault).await.failed(4, kind);
            assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
        }
        let busy = FaultReply::status(429).header("retry-after", "86400");
        let error = always(route, busy).await.failed(1, ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
        let reason = "(tried once; the requested delay of 86400 s exceeds the remaining ";
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    let body = r#"{"error":{"code":"insufficient_quota","message":"You have used it up."}}"#;
    for route in Route::ALL {
        for status in [400, 401, 403, 404, 410, 413, 422] {
            let outcome = always(route, FaultReply::status(status)).await;
            assert_eq!(outcome.requests, 1, "{outcome:?}");
            assert_eq!(outcome.result.unwrap_err().status(), Some(status), "{route:?}");
        }
        let exhausted = FaultReply::status(429).header("retry-after", "1").body(body);
        always(route, exhausted).await.failed(1, ErrorKind::QuotaExhausted);
        // A wrong address is not retried.
        always(route, FaultReply::html(200)).await.failed(1, ErrorKind::Protocol);
        always(route, FaultReply::json("").body("{}")).await.failed(1, ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn lost_connection_is_retried() {
    for route in Route::ALL {
        for end in [FaultReply::reset, FaultReply::close] {
            for at in [Start, Headers] {
                let error = always(route, end(route.response(), at)).await;
                let error = error.failed(4, ErrorKind::Transport);
                assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
                failing_once(route, end(route.response(), at)).await.succeeded(2);
            }
            // A response is returned only when it is complete.
            for at in [Body(0), Body(20)] {
                failing_once(route, end(route.response(), at)).await.succeeded(2);
            }
        }
    }
}

#[tokio::test]
async fn timeout_is_retried() {
    for route in Route::ALL {
        for at in [Start, Body(20)] {
            let script = [route.response().hang(at), route.response()];
            let server = FaultServer::start(script).await.unwrap();
            let model = builder(&server).first_byte_timeout(ms(500)).idle_timeout(ms(500));
            let model = model.build().unwrap();
            send_with(&model, route, &server, &retry_policy()).await.succeeded(2);
        }
    }
}

#[tokio::test]
async fn error_in_a_successful_response_is_retried() {
    let report = r#"{"error":{"type":"server_error","message":"Overloaded.","code":503}}"#;
    for route in Route::ALL {
        failing_once(route, FaultReply::json("").body(report)).await.succeeded(2);
        always(route, FaultReply::json("").body(report)).await.failed(4, ErrorKind::Server);
    }
}

#[tokio::test]
async fn policy_selects_the_retried_errors() {
    for route in Route::ALL {
        let policy = || retry_policy().when(Error::is_not_found).max_attempts(2);
        let script = [FaultReply::status(404), route.response()];
        let server = FaultServer::start(script).await.unwrap();
        send(route, &server, policy()).await.succeeded(2);
        let server = FaultServer::always(FaultReply::status(503)).await.unwrap();
        send(route, &server, policy()).await.failed(1, ErrorKind::Server);
    }
}

#[tokio::test]
async fn retry_policy_applies_to_one_embedding_model() {
    let script = [FaultReply::status(503), Texts.response(), FaultReply::status(503)];
    let server = FaultServer::start(script).await.unwrap();
    let plain = model(&server).embeddings().retry(RetryPolicy::none());
    let retrying = plain.clone().retry(retry_policy());
    assert_eq!(retrying.embed("a").await.unwrap().into_vectors(), [[0.5, -2.0]]);
    plain.embed("a").await.unwrap_err();
    let ids: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-ms-client-request-id").unwrap().to_owned())
        .collect();
    assert_eq!((ids.len(), &ids[0]), (3, &ids[1]));
    assert_ne!(ids[1], ids[2]);
}

#[tokio::test]
async fn endpoint_info_is_cached_for_all_clones() {
    let server = FaultServer::start([FaultReply::status(503), Info.response()]).await.unwrap();
    let model = model(&server);
    let clone = model.clone();
    let received = clone.endpoint_info_with(&retry_policy()).await.unwrap();
    assert_eq!(model.endpoint_info().await.unwrap(), received);
    assert_eq!(server.requests().len(), 2);
}

/// A wait between attempts occupies neither a connection nor a permit, and ends when the request is
/// dropped.
#[tokio::test]
async fn waiting_retry_can_be_dropped_and_blocks_no_other_request() {
    for route in Route::ALL {
        let busy = FaultReply::status(429).header("retry-after", "15");
        let server = FaultServer::start([busy, route.response()]).await.unwrap();
        let model = builder(&server).max_connections(1).build().unwrap();
        let other = model.clone();
        let waits = tokio::spawn(async move { route.send(&model, &retry_policy()).await });
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        route.send(&other, &retry_policy()).await.unwrap();
        assert!(!waits.is_finished(), "it did not wait");
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        assert_eq!((server.requests().len(), server.replies_left()), (2, 0));
    }
}
