//! Faults on the routes beside chat: what comes of them where a request is sent once, and where it
//! is asked for again.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use callsign_core::words::error::{Error, ErrorKind};
use callsign_models::around::retry::{Retry, RetryPolicy};
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::routes::embeddings::request::EmbeddingRequest;
use callsign_testkit::FaultAt::{Body, Headers, Start};
use callsign_testkit::{FaultReply, FaultServer};
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

    fn good(self) -> FaultReply {
        FaultReply::json("").body(if self == Info { INFO } else { VECTORS })
    }

    async fn ask(self, model: &Retry<ChatModel>) -> Result<(), Error> {
        let request = match self {
            Texts => EmbeddingRequest::texts(["Seattle"]).extra("truncate", "end"),
            Images => EmbeddingRequest::images(["data:image/png;base64,iVBO"]),
            Info => {
                assert_eq!(model.info().await?.model_name, "m");
                return Ok(());
            }
        };
        let vectors = model.embeddings().embed(request).await?.into_vectors();
        assert_eq!(vectors, [[0.5, -2.0]]);
        Ok(())
    }
}

/// What came of one request.
#[derive(Debug)]
struct Asked {
    route: Route,
    answer: Result<(), Error>,
    /// How many requests the server saw.
    requests: usize,
}

impl Asked {
    /// It was answered, after so many requests.
    #[track_caller]
    fn answered(self, requests: usize) {
        assert!(self.answer.is_ok(), "{self:?}");
        assert_eq!(self.requests, requests, "{self:?}");
    }

    /// It failed in this way, after so many requests.
    #[track_caller]
    fn failed(self, requests: usize, kind: ErrorKind) -> Error {
        assert_eq!(self.requests, requests, "{self:?}");
        let error = self.answer.unwrap_err();
        assert_eq!(error.kind(), kind, "{:?}: {error:?}", self.route);
        error
    }
}

fn patient() -> RetryPolicy {
    RetryPolicy::new().backoff(ms(1), ms(4)).total_time(Duration::from_secs(20))
}

fn builder(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint()).model("m").key("sesame-7")
}

fn model(server: &FaultServer) -> ChatModel {
    builder(server).build().unwrap()
}

async fn ask(route: Route, server: &FaultServer, policy: RetryPolicy) -> Asked {
    ask_of(&Retry::new(model(server)).policy(policy), route, server).await
}

/// Asks once; no fault may take this long. All requests that the server sees of it are the same.
async fn ask_of(model: &Retry<ChatModel>, route: Route, server: &FaultServer) -> Asked {
    let answer = timeout(Duration::from_secs(60), route.ask(model)).await.unwrap();
    let requests = server.requests();
    let id = requests[0].header("x-ms-client-request-id").unwrap();
    for request in &requests {
        assert_eq!(request.line(), route.line());
        assert_eq!(request.header("x-ms-client-request-id"), Some(id));
        assert_eq!(request.header("authorization"), Some("Bearer sesame-7"));
        assert_eq!(request.body, requests[0].body);
    }
    if let Err(error) = &answer {
        assert_eq!(error.request_id(), Some(id));
    }
    Asked { route, answer, requests: requests.len() }
}

/// Asks a server that does this every time.
async fn again(route: Route, fault: FaultReply) -> Asked {
    ask(route, &FaultServer::always(fault).await.unwrap(), patient()).await
}

/// Asks a server that does this and then answers.
async fn once(route: Route, fault: FaultReply) -> Asked {
    let server = FaultServer::start([fault, route.good()]).await.unwrap();
    ask(route, &server, patient()).await
}

#[tokio::test]
async fn without_a_policy_each_is_sent_once() {
    let server = FaultServer::always(FaultReply::status(503)).await.unwrap();
    let model = model(&server);
    let embedded = model.embeddings().embed("a").await;
    for error in [embedded.unwrap_err(), model.info().await.unwrap_err()] {
        assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
        assert!(!error.to_string().contains("tried"), "{error}");
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_busy_service_is_left_alone_for_as_long_as_it_asks() {
    for route in Route::ALL {
        for (name, value, wait) in [
            ("retry-after-ms", "30", 30),
            ("x-ms-retry-after-ms", "40", 40),
            ("Retry-After", "1", 1000),
        ] {
            let began = Instant::now();
            once(route, FaultReply::status(429).header(name, value)).await.answered(2);
            assert!(began.elapsed() >= ms(wait), "{route:?} {name}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            once(route, FaultReply::status(status)).await.answered(2);
        }
    }
}

#[tokio::test]
async fn the_tries_are_bounded_and_told() {
    for route in Route::ALL {
        for (fault, kind) in [
            (FaultReply::status(429), ErrorKind::RateLimited),
            (FaultReply::html(503), ErrorKind::Server),
        ] {
            let error = again(route, fault).await.failed(4, kind);
            assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
        }
        let busy = FaultReply::status(429).header("retry-after", "86400");
        let error = again(route, busy).await.failed(1, ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
        let told = "(tried once; the wait of 86400 s is beyond the ";
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn what_waiting_does_not_help_is_asked_for_once() {
    let body = r#"{"error":{"code":"insufficient_quota","message":"You have used it up."}}"#;
    for route in Route::ALL {
        for status in [400, 401, 403, 404, 410, 413, 422] {
            let asked = again(route, FaultReply::status(status)).await;
            assert_eq!(asked.requests, 1, "{asked:?}");
            assert_eq!(asked.answer.unwrap_err().status(), Some(status), "{route:?}");
        }
        let poor = FaultReply::status(429).header("retry-after", "1").body(body);
        again(route, poor).await.failed(1, ErrorKind::QuotaExhausted);
        // It is the wrong address, and stays so.
        again(route, FaultReply::html(200)).await.failed(1, ErrorKind::Protocol);
        again(route, FaultReply::json("").body("{}")).await.failed(1, ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn a_connection_that_breaks() {
    for route in Route::ALL {
        for end in [FaultReply::reset, FaultReply::close] {
            // Where nothing has come back, each try is sent on a second connection, as chat's are.
            for at in [Start, Headers] {
                let error = again(route, end(route.good(), at)).await;
                let error = error.failed(8, ErrorKind::Transport);
                assert!(error.to_string().ends_with(" (tried 4 times)"), "{error}");
                let fault = || end(route.good(), at);
                let script = [fault(), fault(), fault(), route.good()];
                let server = FaultServer::start(script).await.unwrap();
                ask(route, &server, patient()).await.answered(4);
            }
            // Nothing of an answer in one is handed on before it is whole.
            for at in [Body(0), Body(20)] {
                once(route, end(route.good(), at)).await.answered(2);
            }
        }
    }
}

#[tokio::test]
async fn a_service_that_is_silent_is_asked_again() {
    for route in Route::ALL {
        for at in [Start, Body(20)] {
            let script = [route.good().hang(at), route.good()];
            let server = FaultServer::start(script).await.unwrap();
            let model = builder(&server).first_byte_timeout(ms(500)).idle_timeout(ms(500));
            let model = Retry::new(model.build().unwrap()).policy(patient());
            ask_of(&model, route, &server).await.answered(2);
        }
    }
}

#[tokio::test]
async fn an_error_under_a_good_status() {
    let report = r#"{"error":{"type":"server_error","message":"Overloaded.","code":503}}"#;
    for route in Route::ALL {
        once(route, FaultReply::json("").body(report)).await.answered(2);
        again(route, FaultReply::json("").body(report)).await.failed(4, ErrorKind::Server);
    }
}

#[tokio::test]
async fn a_policy_may_choose_the_errors() {
    for route in Route::ALL {
        let policy = || patient().when(Error::is_not_found).tries(2);
        let script = [FaultReply::status(404), route.good()];
        let server = FaultServer::start(script).await.unwrap();
        ask(route, &server, policy()).await.answered(2);
        let server = FaultServer::always(FaultReply::status(503)).await.unwrap();
        ask(route, &server, policy()).await.failed(1, ErrorKind::Server);
    }
}

#[tokio::test]
async fn embeddings_have_a_policy_of_their_own() {
    let script = [FaultReply::status(503), Texts.good(), FaultReply::status(503)];
    let server = FaultServer::start(script).await.unwrap();
    let plain = model(&server).embeddings();
    let again = plain.clone().retry(patient());
    assert_eq!(again.embed("a").await.unwrap().into_vectors(), [[0.5, -2.0]]);
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
async fn what_was_told_of_the_model_once_is_known_to_all() {
    let server = FaultServer::start([FaultReply::status(503), Info.good()]).await.unwrap();
    let model = model(&server);
    let retry = Retry::new(model.clone()).policy(patient());
    retry.info().await.unwrap();
    assert_eq!(model.info().await.unwrap(), retry.info().await.unwrap());
    assert_eq!(server.requests().len(), 2);
}

/// A wait holds neither a connection nor a place among those that may be under way, and ends with
/// whoever waits.
#[tokio::test]
async fn a_wait_can_be_given_up_and_holds_nobody_else_up() {
    for route in Route::ALL {
        let busy = FaultReply::status(429).header("retry-after", "15");
        let server = FaultServer::start([busy, route.good()]).await.unwrap();
        let model = builder(&server).max_connections(1).build().unwrap();
        let waiting = Retry::new(model).policy(patient());
        let other = waiting.clone();
        let waits = tokio::spawn(async move { route.ask(&waiting).await });
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        route.ask(&other).await.unwrap();
        assert!(!waits.is_finished(), "it did not wait");
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        assert_eq!((server.requests().len(), server.replies_left()), (2, 0));
    }
}
