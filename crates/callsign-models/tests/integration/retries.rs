//! Retries of the model itself, without middleware.

use std::time::Duration;

use callsign_core::middleware::fallback::Fallback;
use callsign_core::middleware::retry::Retry;
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_testkit::FaultAt::Events;
use callsign_testkit::{FaultReply, FaultServer};
use callsign_types::error::ErrorKind;
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::{Model, ModelExt};
use futures_util::StreamExt;

fn builder(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint()).model("m")
}

/// Returns a policy with short delays.
fn quick(attempts: u32) -> RetryPolicy {
    RetryPolicy::new()
        .max_attempts(attempts)
        .backoff(Duration::from_millis(1), Duration::from_millis(2))
}

fn busy() -> FaultReply {
    FaultReply::status(429).header("retry-after-ms", "3")
}

#[tokio::test]
async fn model_retries_twice_by_default() {
    let server = FaultServer::start([busy(), FaultReply::status(503), FaultReply::stream("Hi.")]);
    let server = server.await.unwrap();
    let model = builder(&server).build().unwrap();
    let mut stream = model.stream(Request::user("hi"));
    let (mut text, mut notices) = (String::new(), Vec::new());
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            ModelEvent::Retrying(notice) => notices.push(notice),
            ModelEvent::TextDelta(more) => text.push_str(&more),
            _ => {}
        }
    }
    assert_eq!(text, "Hi.");
    assert_eq!(notices.iter().map(|notice| notice.attempt).collect::<Vec<_>>(), [2, 3]);
    assert!(notices[0].after >= Duration::from_millis(3), "{notices:?}");
    let requests = server.requests();
    let ids = requests.iter().map(|request| request.header("x-ms-client-request-id").unwrap());
    assert!(ids.clone().all(|id| id == requests[0].header("x-ms-client-request-id").unwrap()));
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn third_failure_is_returned() {
    let server = FaultServer::always(busy()).await.unwrap();
    let error = builder(&server).build().unwrap().complete("hi").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
    assert!(error.to_string().ends_with("(tried 3 times)"), "{error}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn retries_can_be_turned_off() {
    let server = FaultServer::always(busy()).await.unwrap();
    let model = builder(&server).retry(RetryPolicy::none()).build().unwrap();
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    model.embeddings().embed("hi").await.unwrap_err();
    model.endpoint_info().await.unwrap_err();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn permanent_errors_and_begun_responses_are_not_retried() {
    for reply in [FaultReply::status(400), FaultReply::stream("Hi there.").close(Events(1))] {
        let server = FaultServer::always(reply).await.unwrap();
        let model = builder(&server).build().unwrap();
        let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
        assert!(events.last().unwrap().is_err(), "{events:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn begun_response_that_is_not_streamed_is_retried() {
    let cut = FaultReply::stream("Hi there.").close(Events(1));
    let server = FaultServer::start([cut, FaultReply::stream("Hello.")]).await.unwrap();
    let response = builder(&server).build().unwrap().complete("hi").await.unwrap();
    assert_eq!((response.text(), server.requests().len()), ("Hello.", 2));
}

#[tokio::test]
async fn routes_use_the_policy_of_the_model() {
    let server = FaultServer::always(busy()).await.unwrap();
    let model = builder(&server).retry(quick(2)).build().unwrap();
    model.embeddings().embed("hi").await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
    model.endpoint_info().await.unwrap_err();
    assert_eq!(server.requests().len(), 4);
    model.embeddings().retry(RetryPolicy::none()).embed("hi").await.unwrap_err();
    assert_eq!(server.requests().len(), 5);
}

/// Attempts of a middleware and of the model inside do not multiply.
#[tokio::test]
async fn retry_middleware_replaces_the_policy_of_the_model() {
    let server = FaultServer::always(busy()).await.unwrap();
    let model = Retry::new(builder(&server).build().unwrap()).policy(quick(4));
    let error = model.complete("hi").await.unwrap_err();
    assert!(error.to_string().ends_with("(tried 4 times)"), "{error}");
    assert_eq!(server.requests().len(), 4);
    // Also with another middleware in between.
    let model = || builder(&server).build().unwrap();
    let both = Fallback::new(model()).then(model());
    Retry::new(both).policy(quick(2)).complete("hi").await.unwrap_err();
    assert_eq!(server.requests().len(), 4 + 2 * 2);
}
