use std::time::Duration;

use callsign_testkit::{ScriptedModel, ScriptedReply};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, RetryNotice};
use callsign_types::request::Request;
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::ModelExt;
use futures_util::{StreamExt, stream};

use super::*;
use crate::middleware::rate_limit::RateLimit;
use crate::middleware::retry::Retry;

/// A scripted model with a name.
struct Named(&'static str, ScriptedModel);

impl Model for Named {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.1.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new(self.0)
    }
}

fn failing(kind: ErrorKind, message: &str) -> ScriptedModel {
    ScriptedModel::new([ScriptedReply::error(Error::new(kind, message))])
}

fn answering(text: &str) -> ScriptedModel {
    ScriptedModel::new([ScriptedReply::text(text)])
}

#[tokio::test]
async fn next_model_is_used_and_announced() {
    let first = failing(ErrorKind::QuotaExhausted, "The quota is used up.");
    let model = Fallback::new(Named("a", first)).then(Named("b", answering("Hi")));
    assert_eq!(model.info().name, "a, then b");
    let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
    let events: Result<Vec<_>, _> = events.into_iter().collect();
    let events = events.unwrap();
    let reason = "falling back to b: The quota is used up.";
    let notice = ModelEvent::Retrying(RetryNotice::new(2, Duration::ZERO, reason));
    assert_eq!(events[..2], [notice, ModelEvent::TextDelta("Hi".into())]);
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn each_request_starts_with_the_first_model() {
    let first = ScriptedModel::new([
        ScriptedReply::error(Error::new(ErrorKind::Server, "down")),
        ScriptedReply::text("from a"),
    ]);
    let model = Fallback::new(first).then(answering("from b"));
    assert_eq!(model.complete("hi").await.unwrap().text(), "from b");
    assert_eq!(model.complete("hi").await.unwrap().text(), "from a");
}

#[tokio::test]
async fn errors_of_the_model_lead_to_the_next_one_and_errors_of_the_request_do_not() {
    use ErrorKind::*;
    let of_the_model = [
        Transport,
        Timeout,
        Server,
        RateLimited,
        QuotaExhausted,
        NotFound,
        ModelRetired,
        Authentication,
        Protocol,
        Incomplete,
    ];
    for kind in of_the_model {
        let model = Fallback::new(failing(kind, "no")).then(answering("Hi"));
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hi", "{kind:?}");
    }
    let of_the_request = [
        Configuration,
        InvalidRequest,
        UnsupportedParameter,
        ContextLength,
        ContentFiltered,
        MaxTokens,
        Tool,
        Cancelled,
        Store,
        Conflict,
        Locked,
    ];
    for kind in of_the_request {
        let second = answering("never").ignore_rest();
        let model = Fallback::new(failing(kind, "no")).then(second.clone());
        let error = model.complete("hi").await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, "no"));
        assert!(second.requests().is_empty(), "{kind:?}");
    }
    let model = Fallback::new(failing(ContextLength, "no")).then(answering("Hi"));
    assert!(model.when(Error::is_context_length).complete("hi").await.is_ok());
}

#[tokio::test]
async fn no_fallback_after_the_first_event() {
    let broke = Error::new(ErrorKind::Transport, "broke");
    let first = ScriptedModel::new([ScriptedReply::text("Hel").and_fail(broke)]);
    let second = answering("never").ignore_rest();
    let model = Fallback::new(first).then(second.clone());
    let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
    assert_eq!(events.last().unwrap().as_ref().unwrap_err().to_string(), "broke");
    assert!(second.requests().is_empty());
}

#[tokio::test]
async fn response_that_breaks_off_unseen_is_requested_from_the_next_model() {
    let broke = Error::new(ErrorKind::Transport, "broke");
    for cut in [ScriptedReply::text("Hel").and_fail(broke), ScriptedReply::text("Hel").cut_off()] {
        let model = Fallback::new(ScriptedModel::new([cut])).then(answering("Hello"));
        assert_eq!(model.complete("hi").await.unwrap().text(), "Hello");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_after_the_first_event_are_numbered_on() {
    let broke = Error::new(ErrorKind::Transport, "broke");
    let last = [ScriptedReply::text("Hel").and_fail(broke), ScriptedReply::text("Hello")];
    let last = Retry::new(ScriptedModel::new(last));
    let model = Fallback::new(failing(ErrorKind::Server, "down")).then(last);
    let mut request = Request::user("hi");
    request.restartable = true;
    let events: Vec<_> = model.stream(request).collect().await;
    let attempts: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Ok(ModelEvent::Retrying(notice)) => Some(notice.attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [2, 3]);
}

#[tokio::test]
async fn error_names_every_failed_model() {
    let last = Error::new(ErrorKind::NotFound, "no such model").with_status(404);
    let last = ScriptedModel::new([ScriptedReply::error(last.with_request_id("r"))]);
    let model = Fallback::new(Named("a", failing(ErrorKind::Server, "down")))
        .then(Named("b", failing(ErrorKind::Timeout, "slow")))
        .then(Named("c", last));
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!(error.to_string(), "all models failed: a: down; b: slow; c: no such model");
    assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Some(404)));
    assert_eq!(error.request_id(), Some("r"));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_numbered_across_models() {
    let down = |_| ScriptedReply::error(Error::new(ErrorKind::Server, "down"));
    let twice = |script: Vec<ScriptedReply>| {
        Retry::new(ScriptedModel::new(script)).policy(RetryPolicy::new().max_attempts(2))
    };
    let first = twice((0..2).map(down).collect());
    let second = twice(vec![down(0), ScriptedReply::text("Hi")]);
    let model = Fallback::new(first).then(second);
    let attempts = model.stream(Request::user("hi")).flat_map(|event| {
        stream::iter(match event.unwrap() {
            ModelEvent::Retrying(notice) => Some((notice.attempt, notice.reason)),
            _ => None,
        })
    });
    let attempts: Vec<_> = attempts.collect().await;
    let reasons = ["down", "falling back to scripted model: down (tried 2 times)", "down"];
    let expected: Vec<_> = (2..).zip(reasons.map(str::to_owned)).collect();
    assert_eq!(attempts, expected);
}

/// A model whose provider cannot express references in tool schemas.
struct WithoutReferences(ScriptedModel);

impl Model for WithoutReferences {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        self.0.stream(request)
    }

    fn info(&self) -> ModelInfo<'_> {
        ModelInfo::new("without references").tool_check(self)
    }
}

impl ToolCheck for WithoutReferences {
    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        match tools.iter().find(|tool| tool.parameters.to_string().contains("$ref")) {
            Some(tool) => {
                let message = format!("tool `{}` has a reference", tool.name);
                Err(Error::new(ErrorKind::Configuration, message))
            }
            None => Ok(()),
        }
    }
}

#[test]
fn tools_are_checked_by_every_model_also_inside_other_middleware() {
    let schema = serde_json::json!({ "type": "object", "properties": {
        "inside": { "$ref": "#" } } });
    let tools = [ToolDefinition::new("f", "", schema)];
    let permissive = || answering("").ignore_rest();
    assert!(Fallback::new(permissive()).info().check_tools(&tools).is_ok());
    let strict = WithoutReferences(permissive());
    let inside = Arc::new(RateLimit::new(Retry::new(strict)));
    let error = Fallback::new(permissive()).then(inside).info().check_tools(&tools).unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("`f`"), "{error}");
}

/// A model that retries by itself would delay the fallback.
#[tokio::test]
async fn only_the_last_model_retries_by_itself() {
    let busy = || ScriptedReply::error(Error::new(ErrorKind::RateLimited, "busy"));
    let is_retried = |model: &ScriptedModel| model.requests()[0].is_retried;
    let models = || [ScriptedModel::new([busy()]), ScriptedModel::new([busy()])];
    let [first, last] = models();
    let model = Fallback::new(first.clone()).then(last.clone());
    model.complete("Hi").await.unwrap_err();
    assert!(is_retried(&first) && !is_retried(&last));
    // Another model does not replace retries if such errors do not lead to it.
    let [first, last] = models();
    let falls_back = |error: &Error| error.is_context_length();
    let model = Fallback::new(first.clone()).then(last).when(falls_back);
    model.complete("Hi").await.unwrap_err();
    assert!(!is_retried(&first));
    // An outer policy replaces those of all models.
    let [first, last] = models();
    let model = Fallback::new(first.clone()).then(last.clone());
    let policy = RetryPolicy::none();
    Retry::new(model).policy(policy).complete("Hi").await.unwrap_err();
    assert!(is_retried(&first) && is_retried(&last));
}
