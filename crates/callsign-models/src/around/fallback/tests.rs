use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::{ModelEvent, Retrying};
use callsign_core::words::request::Request;
use callsign_testkit::{Scripted, ScriptedModel};
use futures_util::{StreamExt, stream};

use super::*;
use crate::around::rate_limit::RateLimit;
use crate::around::retry::{Retry, RetryPolicy};
use crate::chat::model::ChatModel;
use crate::endpoint::profile::Profile;

/// A scripted model under a name of its own.
struct Named(&'static str, ScriptedModel);

impl Model for Named {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.1.stream(request)
    }

    fn name(&self) -> &str {
        self.0
    }
}

fn failing(kind: ErrorKind, message: &str) -> ScriptedModel {
    ScriptedModel::new([Scripted::error(Error::new(kind, message))])
}

fn answering(text: &str) -> ScriptedModel {
    ScriptedModel::new([Scripted::text(text)])
}

#[tokio::test]
async fn the_next_model_answers_and_it_is_told() {
    let first = failing(ErrorKind::QuotaExhausted, "The quota is used up.");
    let model = Fallback::new(Named("a", first)).or(Named("b", answering("Hi")));
    assert_eq!(model.name(), "a, or else b");
    let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
    let events: Result<Vec<_>, _> = events.into_iter().collect();
    let events = events.unwrap();
    let reason = "The quota is used up. Asking b now.";
    let retrying = ModelEvent::Retrying(Retrying::new(2, Duration::ZERO, reason));
    assert_eq!(events[..2], [retrying, ModelEvent::TextDelta("Hi".into())]);
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn each_request_begins_with_the_first_model() {
    let first = ScriptedModel::new([
        Scripted::error(Error::new(ErrorKind::Server, "down")),
        Scripted::text("from a"),
    ]);
    let model = Fallback::new(first).or(answering("from b"));
    assert_eq!(model.complete("hi").await.unwrap().text(), "from b");
    assert_eq!(model.complete("hi").await.unwrap().text(), "from a");
}

#[tokio::test]
async fn after_which_errors_the_next_model_is_asked() {
    use ErrorKind::*;
    let anothers = [
        Transport,
        Timeout,
        Server,
        RateLimited,
        QuotaExhausted,
        NotFound,
        Retired,
        Authentication,
        Protocol,
        Unfinished,
    ];
    for kind in anothers {
        let model = Fallback::new(failing(kind, "no")).or(answering("Hi"));
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hi", "{kind:?}");
    }
    let the_requests = [
        Configuration,
        InvalidRequest,
        UnsupportedParameter,
        ContextLength,
        ContentFiltered,
        Length,
        Tool,
        Cancelled,
        Store,
        Conflict,
        Held,
    ];
    for kind in the_requests {
        let second = answering("never").ignore_rest();
        let model = Fallback::new(failing(kind, "no")).or(second.clone());
        let error = model.complete("hi").await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, "no"));
        assert!(second.requests().is_empty(), "{kind:?}");
    }
    let model = Fallback::new(failing(ContextLength, "no")).or(answering("Hi"));
    assert!(model.when(Error::is_context_length).complete("hi").await.is_ok());
}

#[tokio::test]
async fn no_other_model_is_asked_after_the_first_event() {
    let broke = Error::new(ErrorKind::Transport, "broke");
    let first = ScriptedModel::new([Scripted::text("Hel").and_fail(broke)]);
    let second = answering("never").ignore_rest();
    let error = Fallback::new(first).or(second.clone()).complete("hi").await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.partial_text()), ("broke", "Hel"));
    assert!(second.requests().is_empty());
}

#[tokio::test]
async fn where_all_fail_all_are_told_of() {
    let last = Error::new(ErrorKind::NotFound, "no such model").with_status(404);
    let last = ScriptedModel::new([Scripted::error(last.with_request_id("r"))]);
    let model = Fallback::new(Named("a", failing(ErrorKind::Server, "down")))
        .or(Named("b", failing(ErrorKind::Timeout, "slow")))
        .or(Named("c", last));
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!(error.to_string(), "no model answered: a: down; b: slow; c: no such model");
    assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Some(404)));
    assert_eq!(error.request_id(), Some("r"));
}

#[tokio::test(start_paused = true)]
async fn each_model_has_its_tries_and_they_are_counted_through() {
    let down = |_| Scripted::error(Error::new(ErrorKind::Server, "down"));
    let twice = |script: Vec<Scripted>| {
        Retry::new(ScriptedModel::new(script)).policy(RetryPolicy::new().tries(2))
    };
    let first = twice((0..2).map(down).collect());
    let second = twice(vec![down(0), Scripted::text("Hi")]);
    let model = Fallback::new(first).or(second);
    let attempts = model.stream(Request::user("hi")).flat_map(|event| {
        stream::iter(match event.unwrap() {
            ModelEvent::Retrying(retrying) => Some((retrying.attempt, retrying.reason)),
            _ => None,
        })
    });
    let attempts: Vec<_> = attempts.collect().await;
    let reasons = ["down", "down (tried 2 times) Asking scripted model now.", "down"];
    let expected: Vec<_> = (2..).zip(reasons.map(str::to_owned)).collect();
    assert_eq!(attempts, expected);
}

#[test]
fn tools_have_to_be_said_to_all_of_the_models() {
    let without_references = || {
        let mut profile = Profile::openai_compatible();
        profile.inlined_schemas = true;
        let model = ChatModel::builder("http://127.0.0.1:9/v1").model("m").profile(profile);
        model.build().unwrap()
    };
    let schema = serde_json::json!({ "type": "object", "properties": {
        "inside": { "$ref": "#" } } });
    let tools = [ToolDefinition::new("f", "", schema)];
    assert!(Fallback::new(answering("").ignore_rest()).check_tools(&tools).is_ok());
    let inside = Arc::new(RateLimit::new(Retry::new(without_references())));
    let error =
        Fallback::new(answering("").ignore_rest()).or(inside).check_tools(&tools).unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`f`"), "{error}");
}
