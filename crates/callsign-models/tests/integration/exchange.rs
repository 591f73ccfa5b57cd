//! Previews, response headers, timeouts and limits of one exchange.

use std::time::Duration;

use callsign_models::auth::source::{Token, TokenSource};
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::request::{Options, Request};
use callsign_types::traits::model::ModelExt;

use crate::chat::{CALL, END, TEXT, builder, complete};
use crate::server::{Server, Step, chunked};

/// Returns a step that sends one chunk of a chunked body.
fn chunk(text: &str) -> Step {
    Step::Send(format!("{:x}\r\n{text}\r\n", text.len()))
}

#[tokio::test]
async fn preview_matches_the_sent_request() {
    let server = Server::start(vec![Step::Send(chunked(&[CALL]) + END)]).await;
    let model = builder(&server)
        .profile(Profile::model_inference())
        .header("x-mine", "sesame-8")
        .model("m1")
        .build()
        .expect("valid settings");
    let mut request = Request::user("hi").options(Options::new().logprobs(true).max_tokens(9));
    request.client_request_id = Some("0-1-2".into());
    let preview = model.preview(&request).expect("it can be encoded");
    assert!(!format!("{preview:?}").contains("sesame"), "{preview:?}");
    assert_eq!(preview.method, "POST");
    model.complete(request).await.expect("a response");
    let requests = server.requests().remove(0);
    let target = requests.head.split(' ').nth(1).expect("a target");
    assert_eq!(preview.url, format!("{}{target}", server.address));
    assert_eq!(preview.body, requests.body);
    let mut names: Vec<_> = preview.headers.iter().map(|(name, _)| &**name).collect();
    let added = ["host", "user-agent", "accept-encoding", "content-length"];
    let mut sent: Vec<String> = requests
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
        let sent = requests.header(name).expect("it is sent");
        assert!(value == sent || value == "[redacted]" && sent.contains("sesame"), "{name}");
    }
    assert_eq!(preview.header("x-ms-client-request-id"), Some("0-1-2"));
    assert_eq!(preview.header("extra-parameters"), Some("pass-through"));
}

#[tokio::test]
async fn informative_response_headers_are_kept() {
    let stream = chunked(&[CALL]).replace(
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nX-Request-ID: r1\r\napim-request-id: r2\r\nServer: s\r\n\
         X-RateLimit-Remaining-Tokens: 7\r\nx-ms-region: sesame-7\r\nset-cookie: c\r\n",
    );
    let server = Server::start(vec![Step::Send(stream + END)]).await;
    let reply = complete(builder(&server)).await.expect("a response");
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
async fn rate_limit_error_in_a_stream_has_retry_after() {
    let error = r#"{"error":{"code":429,"message":"m"}}"#;
    let stream = chunked(&[error]).replace("content-type", "retry-after: 3\r\ncontent-type");
    let server = Server::start(vec![Step::Send(stream + END)]).await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn first_byte_timeout_applies_until_the_first_event() {
    let brief = Duration::from_millis(20);
    let pause = Step::Wait(Duration::from_millis(200));
    let event = |text: &str| chunk(&format!("data: {text}\n\n"));
    // The head arrives at once and the first event late, with or without comments in between.
    for between in ["", ": PROCESSING\n\n"] {
        let mut steps = vec![Step::Send(chunked(&[])), pause.clone()];
        if !between.is_empty() {
            steps.extend([chunk(between), pause.clone()]);
        }
        steps.extend([event(CALL), Step::Send(END.to_owned())]);
        let server = Server::start(steps).await;
        let result = complete(builder(&server).idle_timeout(brief)).await;
        result.expect("a response");
    }
    let server =
        Server::start(vec![Step::Send(chunked(&[])), Step::Wait(Duration::from_secs(5))]).await;
    let model = builder(&server).first_byte_timeout(brief);
    let error = complete(model.idle_timeout(Duration::from_secs(4))).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().ends_with("within 0.02 s"), "{error}");
}

#[tokio::test]
async fn endless_stream_is_a_protocol_error() {
    // The chunks are comments, because the limit of one event is lower than that of the response.
    let much = format!(": {}\n", " ".repeat(1024 * 1024));
    let mut steps = vec![Step::Send(chunked(&[TEXT]))];
    steps.extend((0..70).map(|_| chunk(&much)));
    let server = Server::start(steps).await;
    let error = complete(builder(&server)).await.expect_err("it is too long");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().ends_with("exceeds 64 MiB; reading was stopped"), "{error}");
    assert_eq!(error.partial_text(), "Hi ");
}

/// Returns a token after a delay.
struct SlowTokens;

#[async_trait::async_trait]
impl TokenSource for SlowTokens {
    async fn token(&self, _scope: &str) -> Result<Token, Error> {
        tokio::time::sleep(Duration::from_millis(800)).await;
        Ok(Token::new("sesame-7"))
    }
}

#[tokio::test]
async fn token_wait_does_not_count_towards_the_first_byte_timeout() {
    let steps = vec![
        Step::Send(chunked(&[])),
        Step::Wait(Duration::from_millis(20)),
        chunk(&format!("data: {CALL}\n\n")),
        Step::Send(END.to_owned()),
    ];
    let server = Server::start(steps).await;
    let model = ChatModel::builder(format!("{}/models", server.address)).model("m");
    let model = model.profile(Profile::foundry_models()).token_source(SlowTokens);
    complete(model.first_byte_timeout(Duration::from_millis(700))).await.expect("a response");
}

#[tokio::test]
async fn slow_error_body_is_not_read_to_its_end() {
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 100000\r\n\r\n";
    let steps = [Step::Send(head.to_owned())].into_iter();
    let drip = [Step::Send("busy ".to_owned()), Step::Wait(Duration::from_secs(1))];
    let server = Server::start(steps.chain((0..3600).flat_map(|_| drip.clone())).collect()).await;
    let result = tokio::time::timeout(Duration::from_secs(60), complete(builder(&server))).await;
    let error = result.expect("reading stops").expect_err("it fails");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(503)));
    assert!(error.body().is_some_and(|body| body.starts_with("busy ")), "{error}");
}
