//! Requests and responses of [`ChatModel`] over real sockets.

use std::error::Error as _;
use std::process::Command;
use std::time::Duration;

use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::ModelResponse;
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::ToolCall;
use callsign_types::request::{Options, Request};
use callsign_types::retry::policy::RetryPolicy;
use callsign_types::traits::model::{Model, ModelExt};
use callsign_types::usage::Usage;
use futures_util::StreamExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::server::{Server, Step, chunked};

pub(crate) const TEXT: &str =
    r#"{"id":"r","model":"m","choices":[{"index":0,"delta":{"content":"Hi "}}]}"#;
pub(crate) const CALL: &str = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
pub(crate) const END: &str = "0\r\n\r\n";

pub(crate) fn builder(server: &Server) -> ChatModelBuilder {
    once(&format!("{}/v1", server.address)).key("sesame-7")
}

pub(crate) async fn complete(builder: ChatModelBuilder) -> Result<ModelResponse, Error> {
    builder.build().expect("valid settings").complete("hi").await
}

/// Returns a builder of a model that sends each request once.
fn once(address: &str) -> ChatModelBuilder {
    ChatModel::builder(address).retry(RetryPolicy::none())
}

/// Checks the kind and the message of an error.
#[track_caller]
fn check(result: Result<ModelResponse, Error>, kind: ErrorKind, message: &str) -> Error {
    let error = result.expect_err("it fails");
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error:?}");
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"), "{error:?}");
    error
}

#[tokio::test]
async fn streamed_response_is_read() {
    let stream = chunked(&[TEXT, CALL, USAGE, "[DONE]"]) + END;
    let server = Server::start(vec![Step::Send(stream)]).await;
    let model = builder(&server).model("m1").build().expect("valid settings");
    for _ in 0..2 {
        let reply = model.complete("hi").await.expect("a response");
        assert_eq!(reply.text(), "Hi ");
        assert_eq!(reply.message.tool_calls, [ToolCall::new("a", "f", "{}")]);
        assert_eq!(reply.finish_reason, FinishReason::ToolCalls);
        assert_eq!(reply.usage, Some(Usage::new(1, 2)));
        assert_eq!(reply.response_id.as_deref(), Some("r"));
    }
    let requests = server.requests();
    assert_eq!(requests[0].head.lines().next(), Some("POST /v1/chat/completions HTTP/1.1"));
    assert_eq!(requests[0].header("authorization"), Some("Bearer sesame-7"));
    assert_eq!(requests[0].header("api-key"), None);
    assert_eq!(requests[0].header("extra-parameters"), None);
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert_ne!(
        requests[0].header("x-ms-client-request-id"),
        requests[1].header("x-ms-client-request-id")
    );
    assert_eq!(
        requests[0].body,
        json!({ "messages": [{ "role": "user", "content": "hi" }], "model": "m1", "stream": true,
            "stream_options": { "include_usage": true } })
    );
    assert_eq!(requests[1].connection, 0, "the connection was not used again");
}

#[tokio::test]
async fn whole_response_is_read_even_if_a_stream_was_requested() {
    let body = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;
    let server = Server::fixed("200 OK", "content-type: application/json\r\n", body).await;
    for streaming in [true, false] {
        let reply = complete(builder(&server).streaming(streaming)).await.expect("a response");
        assert_eq!((reply.text(), &reply.finish_reason), ("Hi.", &FinishReason::Stop));
    }
    assert_eq!(server.requests()[1].body.get("stream"), None);
}

#[tokio::test]
async fn azure_requests_have_their_headers_and_version() {
    let server = Server::fixed("200 OK", "", "{\"choices\":[{\"message\":{}}]}").await;
    let base = format!("{}/models", server.address);
    let model = ChatModel::builder(base).key("k").profile(Profile::foundry_models());
    let model = model.header("x-own", "1").build().expect("valid settings");
    let request = Request::user("hi").options(Options::new().extra("safe_mode", true));
    let reply = model.complete(request).await.expect("a response");
    assert_eq!(reply.finish_reason, FinishReason::Missing);
    model.complete("hi").await.expect("a response");
    let requests = server.requests();
    let line = "POST /models/chat/completions?api-version=2024-05-01-preview HTTP/1.1";
    assert_eq!(requests[0].head.lines().next(), Some(line));
    assert_eq!(requests[0].header("api-key"), Some("k"));
    assert_eq!(requests[0].header("authorization"), Some("Bearer k"));
    assert_eq!(requests[0].header("x-own"), Some("1"));
    assert_eq!(requests[0].header("extra-parameters"), Some("pass-through"));
    assert_eq!(requests[0].body["safe_mode"], true);
    assert_eq!(requests[1].header("extra-parameters"), None);
}

#[tokio::test]
async fn html_response_is_a_protocol_error() {
    let page = "<!DOCTYPE html><title>Portal</title>";
    let server = Server::fixed("200 OK", "content-type: text/html\r\n", page).await;
    let address = format!("{}/v1/chat/completions", server.address);
    let message = format!(
        "{address} responded with HTML instead of JSON or an event stream (status 200); \
                 check the address"
    );
    let error = check(complete(builder(&server)).await, ErrorKind::Protocol, &message);
    assert_eq!((error.status(), error.body()), (Some(200), Some(page)));
    let server = Server::fixed("200 OK", "content-type: text/plain\r\n", "").await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert!(error.to_string().contains("responded with an empty body"), "{error}");
}

#[tokio::test]
async fn error_responses_have_a_kind_and_a_message() {
    let server = Server::fixed("401 Unauthorized", "", "{\"message\":\"No sesame-7.\"}").await;
    let address = format!("{}/v1/chat/completions", server.address);
    let message = format!(
        "authentication failed: {address} responded with 401: No [redacted]; check that the key is \
         valid for this resource"
    );
    let error = check(complete(builder(&server)).await, ErrorKind::Authentication, &message);
    assert_eq!(error.request_id(), server.requests()[0].header("x-ms-client-request-id"));

    let server = Server::fixed("404 Not Found", "", "NOT FOUND").await;
    let message = format!(
        "address or model not found: {}/v1/chat/completions responded with 404: NOT FOUND; check \
         the address and the model name \"m\"",
        server.address
    );
    check(complete(builder(&server).model("m")).await, ErrorKind::NotFound, &message);
}

#[tokio::test]
async fn long_error_body_is_truncated() {
    let long = "x".repeat(300_000);
    let server = Server::fixed("500 Internal Server Error", "", &long).await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.body().map(str::len), Some(64 * 1024));
    assert!(error.to_string().len() < 500, "{error}");
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let other = Server::fixed("200 OK", "", "{}").await;
    let to = format!("location: {}\r\n", other.address);
    let server = Server::fixed("307 Temporary Redirect", &to, "").await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(other.requests().is_empty(), "the key went elsewhere");
    let hint = format!("redirects are not followed; set the endpoint to {}", other.address);
    assert!(error.to_string().ends_with(&hint), "{error}");
}

/// Some gateways send an error as an event of a stream although the status is an error's.
#[tokio::test]
async fn error_status_with_an_event_stream_has_its_message() {
    let events = ": ping\n\nevent: error\ndata: {\"error\":{\"message\":\"Unknown model: m\",\
                  \"code\":\"unknown_model\"}}\n\ndata: [DONE]\n\n";
    let server =
        Server::fixed("400 Bad Request", "content-type: text/event-stream\r\n", events).await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("unknown_model: Unknown model: m; "), "{error}");
}

#[tokio::test]
async fn refused_connection_is_a_transport_error() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let message = format!(
        "cannot connect to {address}/chat/completions: connection refused; check that the server \
         is running"
    );
    let error = check(complete(once(&address)).await, ErrorKind::Transport, &message);
    assert!(error.source().is_some());
}

#[tokio::test]
async fn unknown_host_is_a_transport_error() {
    let result = complete(once("http://nowhere.invalid/v1").model("m")).await;
    let error = result.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Transport);
    let message = "cannot connect to http://nowhere.invalid/v1/chat/completions: host not found; \
                   check its name and the network";
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn server_without_tls_is_a_transport_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    // Without root certificates, building the model already fails.
    let Ok(model) = once(&address).build() else { return };
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = model.complete("hi").await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Transport);
    let message = format!("cannot connect to {address}/chat/completions: TLS handshake failed: ");
    assert!(error.to_string().starts_with(&message), "{error}");
}

#[tokio::test]
async fn incomplete_stream_is_an_error() {
    let address = |server: &Server| format!("{}/v1/chat/completions", server.address);

    // Cut in the middle of HTTP's chunked framing.
    let server = Server::start(vec![Step::Send(chunked(&[TEXT])), Step::Close]).await;
    let message = format!(
        "connection to {} failed while reading the response: unexpected end of file",
        address(&server)
    );
    let error = check(complete(builder(&server)).await, ErrorKind::Transport, &message);
    assert_eq!(error.partial_text(), "Hi ");

    // Complete framing, but without a finish reason.
    let server = Server::start(vec![Step::Send(chunked(&[TEXT]) + END)]).await;
    let message = format!("response from {} ended before it was complete", address(&server));
    let error = check(complete(builder(&server)).await, ErrorKind::Incomplete, &message);
    assert_eq!(error.partial_text(), "Hi ");

    let mut profile = Profile::openai_compatible();
    profile.end_of_file_ends = true;
    let reply = complete(builder(&server).profile(profile)).await.expect("the profile allows it");
    assert_eq!(reply.finish_reason, FinishReason::Stop);

    // A body that ends with the connection.
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let cut = format!("{head}data: {TEXT}\n\ndata: {CALL}");
    let server = Server::start(vec![Step::Send(cut), Step::Close]).await;
    let error = complete(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    let whole = format!("{head}data: {TEXT}\n\ndata: {CALL}\n\n");
    let server = Server::start(vec![Step::Send(whole), Step::Close]).await;
    complete(builder(&server)).await.expect("a complete response");
}

#[tokio::test]
async fn incomplete_stream_yields_no_tool_call() {
    let unfinished = CALL.replace("\"tool_calls\"}", "null}");
    let server = Server::start(vec![Step::Send(chunked(&[&unfinished])), Step::Close]).await;
    let model = builder(&server).build().expect("valid settings");
    let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
    let shown = format!("{events:?}");
    assert!(shown.contains("ToolCallDelta") && !shown.contains("ToolCall("), "{shown}");
    assert!(events.last().is_some_and(Result::is_err));
    assert_eq!(events.iter().filter(|event| event.is_err()).count(), 1);
}

#[tokio::test]
async fn error_event_in_a_stream_is_returned() {
    let error = r#"{"error":{"message":"Overloaded","code":529}}"#;
    let server = Server::start(vec![Step::Send(chunked(&[TEXT, error, CALL]) + END)]).await;
    let message = format!(
        "provider error: {}/v1/chat/completions reported an error in its response (529): Overloaded",
        server.address
    );
    let error = check(complete(builder(&server)).await, ErrorKind::Server, &message);
    assert_eq!((error.status(), error.partial_text()), (Some(529), "Hi "));
}

#[tokio::test]
async fn slow_response_is_a_timeout_error() {
    let long = Step::Wait(Duration::from_secs(5));
    let brief = Duration::from_millis(50);

    let server = Server::start(vec![long.clone()]).await;
    let message = format!("no response from {}/v1/chat/completions within 0.05 s", server.address);
    let result = complete(builder(&server).first_byte_timeout(brief)).await;
    check(result, ErrorKind::Timeout, &message);

    let server = Server::start(vec![Step::Send(chunked(&[TEXT])), long]).await;
    let message =
        format!("response from {}/v1/chat/completions stalled: no data for 0.05 s", server.address);
    let error =
        check(complete(builder(&server).idle_timeout(brief)).await, ErrorKind::Timeout, &message);
    assert_eq!(error.partial_text(), "Hi ");

    // Slow, but never longer than the idle timeout.
    let pause = Step::Wait(Duration::from_millis(20));
    let mut steps = vec![Step::Send(chunked(&[]))];
    for event in [TEXT, TEXT, TEXT, TEXT, CALL] {
        let event = format!("data: {event}\n\n");
        steps.extend([Step::Send(format!("{:x}\r\n{event}\r\n", event.len())), pause.clone()]);
    }
    steps.push(Step::Send(END.to_owned()));
    let server = Server::start(steps).await;
    let reply = complete(builder(&server).idle_timeout(Duration::from_secs(1))).await;
    assert_eq!(reply.expect("a response").text(), "Hi Hi Hi Hi ");
}

#[tokio::test]
async fn stream_ends_at_done_without_waiting() {
    let steps = vec![Step::Send(chunked(&[CALL, "[DONE]"])), Step::Wait(Duration::from_secs(5))];
    let server = Server::start(steps).await;
    let result = tokio::time::timeout(Duration::from_secs(2), complete(builder(&server))).await;
    result.expect("it does not wait").expect("a response");
}

#[tokio::test]
async fn request_is_sent_when_the_stream_is_first_polled() {
    let server = Server::fixed("200 OK", "", "{}").await;
    let model = builder(&server).build().expect("valid settings");
    drop(model.stream(Request::user("hi")));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(server.requests().is_empty());
}

/// Environment variables cannot be set safely in a process with threads, so the test runs itself in
/// a child process.
#[test]
fn missing_root_certificates_are_a_configuration_error() {
    const CHILD: &str = "CALLSIGN_TEST_WITHOUT_CERTIFICATES";
    if std::env::var_os(CHILD).is_some() {
        let error = ChatModel::builder("https://example.com/v1").model("m").build();
        let error = error.expect_err("no server can be trusted");
        assert!(error.is_configuration() && error.to_string().contains("SSL_CERT_FILE"), "{error}");
        ChatModel::builder("http://127.0.0.1:1/v1").build().expect("none is needed");
        return;
    }
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "chat::missing_root_certificates_are_a_configuration_error"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", "/nowhere/certificates.pem")
        .env("SSL_CERT_DIR", "/nowhere")
        .output()
        .expect("it runs");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}
