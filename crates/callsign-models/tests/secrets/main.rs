//! Secrets must not appear in any output: `Debug` of models, builders and errors, the messages,
//! sources and bodies of errors, spans, events and log lines.
//!
//! This is a test binary of its own, because it installs the global subscriber and logger. It must
//! capture the output of its own requests only.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod log_capture;
#[path = "../integration/server.rs"]
#[allow(dead_code, reason = "shared with the binary `integration`")]
mod server;

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use callsign_models::auth::source::{Token, TokenSource};
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::traits::model::{Model, ModelExt};
use server::{Server, Step, chunked};

/// A part of every secret. A format may change the rest of it.
const CORE: &str = "sesame";

/// Returns a new token each time, already expired, so that every request has its own.
#[derive(Default)]
struct ExpiredTokens(AtomicUsize);

#[async_trait]
impl TokenSource for ExpiredTokens {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(scope.starts_with("https://"));
        Ok(Token::new(format!("sesame+token/{number}")).expires_at(SystemTime::now()))
    }
}

type Configure = fn(ChatModelBuilder) -> ChatModelBuilder;

/// Every way to configure a secret, and the secret as a provider would repeat it.
const CONFIGURATIONS: &[(Configure, &str)] = &[
    (|builder| builder.key("sesame+key/1"), "sesame+key/1"),
    (|builder| builder.bearer("sesame+bearer/1"), "sesame+bearer/1"),
    (|builder| builder.header("api-key", "sesame+api/1"), "sesame+api/1"),
    (|builder| builder.header("Authorization", "Bearer sesame+own/1"), "sesame+own/1"),
    (|builder| builder.header("X-Tenant-Key", "Custom sesame+custom/1"), "sesame+custom/1"),
    (|builder| builder.header("Cookie", "a=b; session=sesame+cookie/1"), "sesame+cookie/1"),
    (|builder| builder, "sesame query/1"),
    (|builder| builder.token_source(ExpiredTokens::default()), "sesame+token/1"),
];

fn builder(address: &str, set: Configure) -> ChatModelBuilder {
    let builder = ChatModel::builder(format!("{address}/models?code=sesame%20query%2F1"));
    set(builder.profile(Profile::foundry_models()).model("m"))
}

/// Returns everything that an error shows.
fn shown(error: &Error) -> String {
    let mut shown = format!(
        "{error} {error:?} {error:#?} {:?} {:?} {:?}",
        error.body(),
        error.details(),
        error.partial_run()
    );
    let mut next = error.source();
    while let Some(source) = next {
        shown.push_str(&format!(" {source} {source:?}"));
        next = source.source();
    }
    shown
}

/// Responses to a secret that a provider rejects.
fn rejections(secret: &str) -> Vec<Vec<Step>> {
    let escaped = secret.replace('+', "\\u002B").replace('/', "\\/");
    // Long enough that the message is truncated in the middle of the secret.
    let far = "x".repeat(290);
    let error = |status: &str, body: String| {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
        vec![Step::Send(format!("{head}content-length: {length}\r\n\r\n{body}"))]
    };
    let inside = format!(r#"{{"error":{{"message":"{far} {secret}","code":"401"}}}}"#);
    vec![
        error("401 Unauthorized", format!(r#"{{"error":{{"message":"Bearer {secret}"}}}}"#)),
        error("401 Unauthorized", format!(r#"{{"message":"{far} {escaped}"}}"#)),
        error("403 Forbidden", format!("{far}{secret}")),
        error(
            "422 Unprocessable",
            format!(r#"{{"code":"{secret}","detail":{{"loc":["{secret}"],"input":"{secret}"}}}}"#),
        ),
        error("500 Internal Server Error", format!("<html>{secret}</html>")),
        error("200 OK", secret.to_owned()),
        error("200 OK", format!(r#"{{"choices":"{secret}"}}"#)),
        vec![Step::Send(chunked(&[&inside]))],
        vec![Step::Send(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {secret}\r\ncontent-length: 1\r\n\r\n-"
        ))],
        vec![Step::Close],
    ]
}

#[tokio::test]
async fn no_output_contains_a_secret() {
    let output = log_capture::install();
    for (set, secret) in CONFIGURATIONS {
        for rejection in rejections(secret) {
            let server = Server::start(rejection.clone()).await;
            let builder = builder(&server.address, *set);
            let mut requests = format!("{builder:?} {builder:#?}");
            let model = builder.build().expect("valid settings");
            let error = model.complete("hi").await.expect_err("it fails");
            requests += &format!("{model:?} {model:#?} {} {}", model.info().name, model.endpoint());
            requests += &shown(&error);
            assert!(!requests.contains(CORE), "{secret}, {rejection:?}: {requests}");
            // The request carried the secret, so the server could repeat it.
            assert!(!server.requests().is_empty() && server.requests()[0].head.contains(CORE));
        }
        let refused = builder("http://example.com", *set).build().expect_err("it is not safe");
        assert!(refused.is_configuration() && !shown(&refused).contains(CORE), "{refused:?}");
        let broken = builder("http://127.0.0.1:1", *set).header("x", "sesame\n").build();
        assert!(!shown(&broken.expect_err("no header")).contains(CORE));
    }
    let output = output.all();
    assert!(output.len() > 1_000, "almost nothing was captured: {output}");
    let expected = ["connection opened", "retrying the request", "connecting to 127.0.0.1"];
    for event in expected {
        assert!(output.contains(event), "{event}: {output}");
    }
    let leak = output.lines().find(|line| line.contains(CORE));
    assert_eq!(leak, None);
}

#[tokio::test]
async fn expired_token_is_replaced_for_each_request() {
    let server = Server::fixed("200 OK", "", r#"{"choices":[{"message":{}}]}"#).await;
    let source = Arc::new(ExpiredTokens::default());
    let azure = || {
        ChatModel::builder(format!("{}/models", server.address)).profile(Profile::foundry_models())
    };
    let model = azure().key("k").token_source(source.clone()).build().expect("valid settings");
    for _ in 0..2 {
        model.complete("hi").await.expect("a response");
    }
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer sesame+token/1"));
    assert_eq!(requests[1].header("authorization"), Some("Bearer sesame+token/2"));
    assert!(requests.iter().all(|requests| requests.header("api-key").is_none()));
}

/// Returns a valid token, a different one each time.
struct ValidTokens(ExpiredTokens);

#[async_trait]
impl TokenSource for ValidTokens {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let later = SystemTime::now() + Duration::from_secs(3600);
        Ok(self.0.token(scope).await?.expires_at(later))
    }
}

#[tokio::test]
async fn rejected_token_is_not_sent_again() {
    let server = Server::fixed("401 Unauthorized", "", r#"{"message":"Unauthorized."}"#).await;
    let address = format!("{}/models", server.address);
    let model = ChatModel::builder(&address).profile(Profile::foundry_models());
    let model =
        model.token_source(ValidTokens(ExpiredTokens::default())).build().expect("valid settings");
    for number in 1..=2 {
        let error = model.complete("hi").await.expect_err("it is not accepted");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let message = format!(
            "authentication failed: {address}/chat/completions responded with 401: Unauthorized; \
             the token has scope https://cognitiveservices.azure.com/.default; if the provider \
             expects another audience, set another scope with .token_scope(\"…\") or \
             AZURE_INFERENCE_TOKEN_SCOPE"
        );
        assert_eq!(error.to_string(), message);
        // The request was sent again once, with another token.
        assert_eq!(server.requests().len(), 2 * number);
    }
    let requests = server.requests();
    let sent: Vec<_> = requests.iter().map(|request| request.header("authorization")).collect();
    let expected: Vec<_> = (1..=4).map(|number| format!("Bearer sesame+token/{number}")).collect();
    assert_eq!(sent, expected.iter().map(|token| Some(&**token)).collect::<Vec<_>>());
}

/// Returns an error.
struct NoTokens;

#[async_trait]
impl TokenSource for NoTokens {
    async fn token(&self, _: &str) -> Result<Token, Error> {
        Err(Error::new(ErrorKind::Authentication, "the vault is locked"))
    }
}

#[tokio::test]
async fn nothing_is_sent_without_a_token() {
    let server = Server::fixed("200 OK", "", "{}").await;
    let model = ChatModel::builder(format!("{}/v1", server.address)).token_source(NoTokens);
    let error =
        model.build().expect("valid settings").complete("hi").await.expect_err("there is none");
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Authentication, "the vault is locked")
    );
    assert!(error.request_id().is_some());
    assert!(server.requests().is_empty());
}
