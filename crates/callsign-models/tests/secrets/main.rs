//! Whatever is shown of a model is searched for its secrets: what it, its builder and its errors
//! say of themselves, the sources and bodies of errors, and everything that is traced or logged.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod ear;
#[path = "../http/server.rs"]
#[allow(dead_code, reason = "it is shared with other tests")]
mod server;

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use callsign_core::traits::model::{Model, ModelExt};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_models::auth::source::{Token, TokenSource};
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use server::{Do, Server, chunked};

/// Of each secret; what a format may do to the rest of it does not matter.
const CORE: &str = "sesame";

/// Gives a new token each time, already at its end, so that each request has one of its own.
#[derive(Default)]
struct Turning(AtomicUsize);

#[async_trait]
impl TokenSource for Turning {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(scope.starts_with("https://"));
        Ok(Token::new(format!("sesame+token/{number}")).expires_at(SystemTime::now()))
    }
}

type Setting = fn(ChatModelBuilder) -> ChatModelBuilder;

/// Each way to hand over a secret, and the secret as a service would repeat it.
const SETTINGS: &[(Setting, &str)] = &[
    (|builder| builder.key("sesame+key/1"), "sesame+key/1"),
    (|builder| builder.bearer("sesame+bearer/1"), "sesame+bearer/1"),
    (|builder| builder.header("api-key", "sesame+api/1"), "sesame+api/1"),
    (|builder| builder.header("Authorization", "Bearer sesame+own/1"), "sesame+own/1"),
    (|builder| builder.header("X-Tenant-Key", "Custom sesame+custom/1"), "sesame+custom/1"),
    (|builder| builder.header("Cookie", "a=b; session=sesame+cookie/1"), "sesame+cookie/1"),
    (|builder| builder, "sesame query/1"),
    (|builder| builder.token_source(Turning::default()), "sesame+token/1"),
];

fn builder(address: &str, set: Setting) -> ChatModelBuilder {
    let builder = ChatModel::builder(format!("{address}/models?code=sesame%20query%2F1"));
    set(builder.profile(Profile::foundry_models()).model("m"))
}

/// Everything that can be seen of an error.
fn shown(error: &Error) -> String {
    let mut shown = format!(
        "{error} {error:?} {error:#?} {:?} {:?} {:?}",
        error.body(),
        error.details(),
        error.progress()
    );
    let mut next = error.source();
    while let Some(source) = next {
        shown.push_str(&format!(" {source} {source:?}"));
        next = source.source();
    }
    shown
}

/// What services do with a secret that they do not like.
fn answers(secret: &str) -> Vec<Vec<Do>> {
    let escaped = secret.replace('+', "\\u002B").replace('/', "\\/");
    // So that the message is cut in the middle of the secret.
    let far = "x".repeat(290);
    let error = |status: &str, body: String| {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
        vec![Do::Send(format!("{head}content-length: {length}\r\n\r\n{body}"))]
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
        vec![Do::Send(chunked(&[&inside]))],
        vec![Do::Send(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {secret}\r\ncontent-length: 1\r\n\r\n-"
        ))],
        vec![Do::Reset],
    ]
}

#[tokio::test]
async fn nothing_that_is_shown_has_a_secret_in_it() {
    let heard = ear::listen();
    for (set, secret) in SETTINGS {
        for answer in answers(secret) {
            let server = Server::start(answer.clone()).await;
            let builder = builder(&server.address, *set);
            let mut seen = format!("{builder:?} {builder:#?}");
            let model = builder.build().expect("a good setting");
            let error = model.complete("hi").await.expect_err("it fails");
            seen += &format!("{model:?} {model:#?} {} {}", model.name(), model.endpoint());
            seen += &shown(&error);
            assert!(!seen.contains(CORE), "{secret}, {answer:?}: {seen}");
            // The model was let in with it, so it was there to be repeated.
            assert!(!server.seen().is_empty() && server.seen()[0].head.contains(CORE));
        }
        let refused = builder("http://example.com", *set).build().expect_err("it is not safe");
        assert!(refused.is_configuration() && !shown(&refused).contains(CORE), "{refused:?}");
        let broken = builder("http://127.0.0.1:1", *set).header("x", "sesame\n").build();
        assert!(!shown(&broken.expect_err("no header")).contains(CORE));
    }
    let heard = heard.all();
    assert!(heard.len() > 1_000, "next to nothing was heard: {heard}");
    for told in ["a connection is open", "the connection was dead", "connecting to 127.0.0.1"] {
        assert!(heard.contains(told), "{told}: {heard}");
    }
    let about = heard.lines().find(|line| line.contains(CORE));
    assert_eq!(about, None);
}

#[tokio::test]
async fn each_request_has_the_token_of_its_time() {
    let server = Server::answering("200 OK", "", r#"{"choices":[{"message":{}}]}"#).await;
    let source = Arc::new(Turning::default());
    let azure = || {
        ChatModel::builder(format!("{}/models", server.address)).profile(Profile::foundry_models())
    };
    let model = azure().key("k").token_source(source.clone()).build().expect("good");
    for _ in 0..2 {
        model.complete("hi").await.expect("it answers");
    }
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some("Bearer sesame+token/1"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer sesame+token/2"));
    assert!(seen.iter().all(|seen| seen.header("api-key").is_none()));
}

/// Gives a token that lasts, and another one each time that it is asked.
struct Lasting(Turning);

#[async_trait]
impl TokenSource for Lasting {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        let later = SystemTime::now() + Duration::from_secs(3600);
        Ok(self.0.token(scope).await?.expires_at(later))
    }
}

#[tokio::test]
async fn a_token_that_was_not_accepted_is_not_sent_again() {
    let server = Server::answering("401 Unauthorized", "", r#"{"message":"Unauthorized."}"#).await;
    let address = format!("{}/models", server.address);
    let model = ChatModel::builder(&address).profile(Profile::foundry_models());
    let model = model.token_source(Lasting(Turning::default())).build().expect("good");
    for number in 1..=2 {
        let error = model.complete("hi").await.expect_err("it is not accepted");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let message = format!(
            "the service did not accept the credential: {address}/chat/completions answered 401: \
             Unauthorized. The token was asked for the scope \
             https://cognitiveservices.azure.com/.default. If the service wants another audience, \
             another is set with .token_scope(\"…\"), or in AZURE_INFERENCE_TOKEN_SCOPE."
        );
        assert_eq!(error.to_string(), message);
        let expected = format!("Bearer sesame+token/{number}");
        assert_eq!(server.seen()[number - 1].header("authorization"), Some(&*expected));
    }
}

/// Has none to give.
struct Empty;

#[async_trait]
impl TokenSource for Empty {
    async fn token(&self, _: &str) -> Result<Token, Error> {
        Err(Error::new(ErrorKind::Authentication, "the vault is locked"))
    }
}

#[tokio::test]
async fn nothing_is_sent_without_a_token() {
    let server = Server::answering("200 OK", "", "{}").await;
    let model = ChatModel::builder(format!("{}/v1", server.address)).token_source(Empty);
    let error = model.build().expect("good").complete("hi").await.expect_err("there is none");
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Authentication, "the vault is locked")
    );
    assert!(error.request_id().is_some());
    assert!(server.seen().is_empty());
}
