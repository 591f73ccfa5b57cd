//! What goes out and what is kept of what comes back, beside the reply's words.

use std::time::Duration;

use callsign_core::traits::model::ModelExt;
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::request::{Options, Request};
use callsign_models::auth::source::{Token, TokenSource};
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;

use crate::server::{Do, Server, chunked};
use crate::{CALL, END, TEXT, ask, builder};

/// A part of a body that is sent in chunks.
fn chunk(text: &str) -> Do {
    Do::Send(format!("{:x}\r\n{text}\r\n", text.len()))
}

#[tokio::test]
async fn a_preview_is_what_is_sent() {
    let server = Server::start(vec![Do::Send(chunked(&[CALL]) + END)]).await;
    let model = builder(&server)
        .profile(Profile::model_inference())
        .header("x-mine", "sesame-8")
        .model("m1")
        .build()
        .expect("good");
    let mut request = Request::user("hi").options(Options::new().logprobs(true).max_tokens(9));
    request.client_request_id = Some("0-1-2".into());
    let preview = model.preview(&request).expect("it can be written");
    assert!(!format!("{preview:?}").contains("sesame"), "{preview:?}");
    assert_eq!(preview.method, "POST");
    model.complete(request).await.expect("it answers");
    let seen = server.seen().remove(0);
    let target = seen.head.split(' ').nth(1).expect("a target");
    assert_eq!(preview.url, format!("{}{target}", server.address));
    assert_eq!(preview.body, seen.body);
    let mut names: Vec<_> = preview.headers.iter().map(|(name, _)| &**name).collect();
    let added = ["host", "user-agent", "accept-encoding", "content-length"];
    let mut sent: Vec<String> = seen
        .head
        .lines()
        .skip(1)
        .filter_map(|line| {
            let name = line.split(':').next()?.to_lowercase();
            (!added.contains(&&*name)).then_some(name)
        })
        .collect();
    names.sort_unstable();
    sent.sort_unstable();
    assert_eq!(names, sent);
    for (name, value) in &preview.headers {
        let sent = seen.header(name).expect("it is sent");
        assert!(value == sent || value == "[redacted]" && sent.contains("sesame"), "{name}");
    }
    assert_eq!(preview.header("x-ms-client-request-id"), Some("0-1-2"));
    assert_eq!(preview.header("extra-parameters"), Some("pass-through"));
}

#[tokio::test]
async fn what_the_service_says_beside_the_reply_is_kept() {
    let stream = chunked(&[CALL]).replace(
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nX-Request-ID: r1\r\napim-request-id: r2\r\nServer: s\r\n\
         X-RateLimit-Remaining-Tokens: 7\r\nx-ms-region: sesame-7\r\nset-cookie: c\r\n",
    );
    let server = Server::start(vec![Do::Send(stream + END)]).await;
    let reply = ask(builder(&server)).await.expect("it answers");
    let kept: Vec<_> = reply.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("x-request-id", "r1"),
        ("apim-request-id", "r2"),
        ("x-ratelimit-remaining-tokens", "7"),
        ("x-ms-region", "[redacted]"),
    ];
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn a_rate_limit_inside_a_stream_has_its_wait() {
    let error = r#"{"error":{"code":429,"message":"m"}}"#;
    let stream = chunked(&[error]).replace("content-type", "retry-after: 3\r\ncontent-type");
    let server = Server::start(vec![Do::Send(stream + END)]).await;
    let error = ask(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn a_stream_that_has_not_begun_has_the_time_to_the_first_byte() {
    let brief = Duration::from_millis(20);
    let pause = Do::Wait(Duration::from_millis(200));
    let event = |text: &str| chunk(&format!("data: {text}\n\n"));
    // The head comes at once and the first event late, whether comments come between or not.
    for between in ["", ": PROCESSING\n\n"] {
        let mut steps = vec![Do::Send(chunked(&[])), pause.clone()];
        if !between.is_empty() {
            steps.extend([chunk(between), pause.clone()]);
        }
        steps.extend([event(CALL), Do::Send(END.to_owned())]);
        let server = Server::start(steps).await;
        let asked = ask(builder(&server).idle_timeout(brief)).await;
        asked.expect("it answers");
    }
    let server =
        Server::start(vec![Do::Send(chunked(&[])), Do::Wait(Duration::from_secs(5))]).await;
    let patience = builder(&server).first_byte_timeout(brief);
    let error = ask(patience.idle_timeout(Duration::from_secs(4))).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().ends_with("has not answered for 0.02 s"), "{error}");
}

#[tokio::test]
async fn a_stream_without_end_is_given_up() {
    // Comments, because no event of the 64 MiB has to be read for them.
    let much = format!(": {}\n", " ".repeat(1024 * 1024));
    let mut steps = vec![Do::Send(chunked(&[TEXT]))];
    steps.extend((0..70).map(|_| chunk(&much)));
    let server = Server::start(steps).await;
    let error = ask(builder(&server)).await.expect_err("it is too long");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().ends_with("it was given up at 64 MiB"), "{error}");
    assert_eq!(error.partial_text(), "Hi ");
}

/// Takes its time.
struct SlowTokens;

#[async_trait::async_trait]
impl TokenSource for SlowTokens {
    async fn token(&self, _scope: &str) -> Result<Token, Error> {
        tokio::time::sleep(Duration::from_millis(800)).await;
        Ok(Token::new("sesame-7"))
    }
}

#[tokio::test]
async fn the_wait_for_a_token_is_no_silence_of_the_services() {
    let steps = vec![
        Do::Send(chunked(&[])),
        Do::Wait(Duration::from_millis(20)),
        chunk(&format!("data: {CALL}\n\n")),
        Do::Send(END.to_owned()),
    ];
    let server = Server::start(steps).await;
    let model = ChatModel::builder(format!("{}/models", server.address)).model("m");
    let model = model.profile(Profile::foundry_models()).token_source(SlowTokens);
    ask(model.first_byte_timeout(Duration::from_millis(700))).await.expect("it answers");
}

#[tokio::test]
async fn the_body_of_an_error_is_not_waited_for_without_end() {
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 100000\r\n\r\n";
    let steps = [Do::Send(head.to_owned())].into_iter();
    let drip = [Do::Send("busy ".to_owned()), Do::Wait(Duration::from_secs(1))];
    let server = Server::start(steps.chain((0..3600).flat_map(|_| drip.clone())).collect()).await;
    let asked = tokio::time::timeout(Duration::from_secs(60), ask(builder(&server))).await;
    let error = asked.expect("it is given up").expect_err("it fails");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    assert!(error.body().is_some_and(|body| body.starts_with("busy ")), "{error}");
}
