//! The model over real sockets, against a server that says what it is told to.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod exchange;
mod routes;
mod server;

use std::error::Error as _;
use std::process::Command;
use std::time::Duration;

use callsign_core::traits::model::{Model, ModelExt};
use callsign_core::words::error::{Error, ErrorKind};
use callsign_core::words::event::ModelReply;
use callsign_core::words::finish::FinishReason;
use callsign_core::words::message::ToolCall;
use callsign_core::words::request::{Options, Request};
use callsign_core::words::usage::Usage;
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use futures_util::StreamExt;
use serde_json::json;
use server::{Do, Server, chunked};
use tokio::io::AsyncWriteExt;

const TEXT: &str = r#"{"id":"r","model":"m","choices":[{"index":0,"delta":{"content":"Hi "}}]}"#;
const CALL: &str = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
const END: &str = "0\r\n\r\n";

fn builder(server: &Server) -> ChatModelBuilder {
    ChatModel::builder(format!("{}/v1", server.address)).key("sesame-7")
}

async fn ask(builder: ChatModelBuilder) -> Result<ModelReply, Error> {
    builder.build().expect("a good setting").complete("hi").await
}

/// What is asked of this server fails in this way.
#[track_caller]
fn check(asked: Result<ModelReply, Error>, kind: ErrorKind, message: &str) -> Error {
    let error = asked.expect_err("it fails");
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error:?}");
    assert!(!format!("{error:?} {:?}", error.body()).contains("sesame"), "{error:?}");
    error
}

#[tokio::test]
async fn a_streamed_reply() {
    let stream = chunked(&[TEXT, CALL, USAGE, "[DONE]"]) + END;
    let server = Server::start(vec![Do::Send(stream)]).await;
    let model = builder(&server).model("m1").build().expect("good");
    for _ in 0..2 {
        let reply = model.complete("hi").await.expect("it answers");
        assert_eq!(reply.text(), "Hi ");
        assert_eq!(reply.message.tool_calls, [ToolCall::new("a", "f", "{}")]);
        assert_eq!(reply.finish_reason, FinishReason::ToolCalls);
        assert_eq!(reply.usage, Some(Usage::new(1, 2)));
        assert_eq!(reply.response_id.as_deref(), Some("r"));
    }
    let seen = server.seen();
    assert_eq!(seen[0].head.lines().next(), Some("POST /v1/chat/completions HTTP/1.1"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer sesame-7"));
    assert_eq!(seen[0].header("api-key"), None);
    assert_eq!(seen[0].header("extra-parameters"), None);
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_ne!(seen[0].header("x-ms-client-request-id"), seen[1].header("x-ms-client-request-id"));
    assert_eq!(
        seen[0].body,
        json!({ "messages": [{ "role": "user", "content": "hi" }], "model": "m1", "stream": true,
            "stream_options": { "include_usage": true } })
    );
    assert_eq!(seen[1].connection, 0, "the connection was not used again");
}

#[tokio::test]
async fn a_whole_reply_whether_it_was_asked_for_or_not() {
    let body = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;
    let server = Server::answering("200 OK", "content-type: application/json\r\n", body).await;
    for streaming in [true, false] {
        let reply = ask(builder(&server).streaming(streaming)).await.expect("it answers");
        assert_eq!((reply.text(), &reply.finish_reason), ("Hi.", &FinishReason::Stop));
    }
    assert_eq!(server.seen()[1].body.get("stream"), None);
}

#[tokio::test]
async fn azure_gets_its_headers_and_version() {
    let server = Server::answering("200 OK", "", "{\"choices\":[{\"message\":{}}]}").await;
    let base = format!("{}/models", server.address);
    let model = ChatModel::builder(base).key("k").profile(Profile::foundry_models());
    let model = model.header("x-own", "1").build().expect("good");
    let request = Request::user("hi").options(Options::new().extra("safe_mode", true));
    let reply = model.complete(request).await.expect("it answers");
    assert_eq!(reply.finish_reason, FinishReason::Missing);
    model.complete("hi").await.expect("it answers");
    let seen = server.seen();
    let line = "POST /models/chat/completions?api-version=2024-05-01-preview HTTP/1.1";
    assert_eq!(seen[0].head.lines().next(), Some(line));
    assert_eq!(seen[0].header("api-key"), Some("k"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer k"));
    assert_eq!(seen[0].header("x-own"), Some("1"));
    assert_eq!(seen[0].header("extra-parameters"), Some("pass-through"));
    assert_eq!(seen[0].body["safe_mode"], true);
    assert_eq!(seen[1].header("extra-parameters"), None);
}

#[tokio::test]
async fn html_where_a_reply_should_be() {
    let page = "<!DOCTYPE html><title>Portal</title>";
    let server = Server::answering("200 OK", "content-type: text/html\r\n", page).await;
    let address = format!("{}/v1/chat/completions", server.address);
    let message =
        format!("the endpoint answered with HTML (status 200): is {address} the right address?");
    let error = check(ask(builder(&server)).await, ErrorKind::Protocol, &message);
    assert_eq!((error.status(), error.body()), (Some(200), Some(page)));
    let server = Server::answering("200 OK", "content-type: text/plain\r\n", "").await;
    let error = ask(builder(&server)).await.expect_err("it fails");
    assert!(error.to_string().starts_with("the endpoint answered with nothing"), "{error}");
}

#[tokio::test]
async fn errors_that_the_service_answers_with() {
    let server = Server::answering("401 Unauthorized", "", "{\"message\":\"No sesame-7.\"}").await;
    let address = format!("{}/v1/chat/completions", server.address);
    let message = format!(
        "the service did not accept the credential: {address} answered 401: No [redacted]. Check \
         the key, and that it is one of this resource's."
    );
    let error = check(ask(builder(&server)).await, ErrorKind::Authentication, &message);
    assert_eq!(error.request_id(), server.seen()[0].header("x-ms-client-request-id"));

    let server = Server::answering("404 Not Found", "", "NOT FOUND").await;
    let message = format!(
        "the address or the model is not there: {}/v1/chat/completions answered 404: NOT FOUND. \
         Check the address and the model (\"m\").",
        server.address
    );
    check(ask(builder(&server).model("m")).await, ErrorKind::NotFound, &message);
}

#[tokio::test]
async fn the_body_of_an_error_is_read_only_so_far() {
    let long = "x".repeat(300_000);
    let server = Server::answering("500 Internal Server Error", "", &long).await;
    let error = ask(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.body().map(str::len), Some(64 * 1024));
    assert!(error.to_string().len() < 500, "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::answering("200 OK", "", "{}").await;
    let to = format!("location: {}\r\n", other.address);
    let server = Server::answering("307 Temporary Redirect", &to, "").await;
    let error = ask(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(other.seen().is_empty(), "the key went elsewhere");
}

#[tokio::test]
async fn a_connection_that_is_refused() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let message = format!(
        "can't connect to {address}/chat/completions: connection refused. Is the server running?"
    );
    let error = check(ask(ChatModel::builder(&address)).await, ErrorKind::Transport, &message);
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_host_that_is_not_there() {
    let asked = ask(ChatModel::builder("http://nowhere.invalid/v1").model("m")).await;
    let error = asked.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Transport);
    let message = "can't connect to http://nowhere.invalid/v1/chat/completions: there is no such \
                   host. Is its name right, and is there a network?";
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    // A machine without certificates says so here already.
    let Ok(model) = ChatModel::builder(&address).build() else { return };
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("it is asked");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = model.complete("hi").await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Transport);
    let message = format!("can't connect to {address}/chat/completions: no secure connection: ");
    assert!(error.to_string().starts_with(&message), "{error}");
}

#[tokio::test]
async fn a_stream_that_is_cut_off() {
    let address = |server: &Server| format!("{}/v1/chat/completions", server.address);

    // In the middle of HTTP's own framing.
    let server = Server::start(vec![Do::Send(chunked(&[TEXT])), Do::Reset]).await;
    let message = format!(
        "the reply of {} was cut off: the connection broke: unexpected end of file",
        address(&server)
    );
    let error = check(ask(builder(&server)).await, ErrorKind::Transport, &message);
    assert_eq!(error.partial_text(), "Hi ");

    // In good order, but without a finish reason.
    let server = Server::start(vec![Do::Send(chunked(&[TEXT]) + END)]).await;
    let message = format!("the reply of {} was cut off before it was finished", address(&server));
    let error = check(ask(builder(&server)).await, ErrorKind::Unfinished, &message);
    assert_eq!(error.partial_text(), "Hi ");

    let mut profile = Profile::openai_compatible();
    profile.end_of_file_ends = true;
    let reply = ask(builder(&server).profile(profile)).await.expect("the profile allows it");
    assert_eq!(reply.finish_reason, FinishReason::Missing);

    // A body that ends where the connection does.
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let cut = format!("{head}data: {TEXT}\n\ndata: {CALL}");
    let server = Server::start(vec![Do::Send(cut), Do::Reset]).await;
    let error = ask(builder(&server)).await.expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Unfinished);
    let whole = format!("{head}data: {TEXT}\n\ndata: {CALL}\n\n");
    let server = Server::start(vec![Do::Send(whole), Do::Reset]).await;
    ask(builder(&server)).await.expect("it had finished");
}

#[tokio::test]
async fn no_call_is_told_of_a_stream_that_was_cut_off() {
    let server = Server::start(vec![Do::Send(chunked(&[CALL])), Do::Reset]).await;
    let model = builder(&server).build().expect("good");
    let events: Vec<_> = model.stream(Request::user("hi")).collect().await;
    let told = format!("{events:?}");
    assert!(told.contains("ToolCallDelta") && !told.contains("ToolCall("), "{told}");
    assert!(events.last().is_some_and(Result::is_err));
    assert_eq!(events.iter().filter(|event| event.is_err()).count(), 1);
}

#[tokio::test]
async fn an_error_inside_a_stream() {
    let error = r#"{"error":{"message":"Overloaded","code":529}}"#;
    let server = Server::start(vec![Do::Send(chunked(&[TEXT, error, CALL]) + END)]).await;
    let message = format!(
        "the service failed: {}/v1/chat/completions reported an error in its reply (529): Overloaded.",
        server.address
    );
    let error = check(ask(builder(&server)).await, ErrorKind::Server, &message);
    assert_eq!((error.status(), error.partial_text()), (Some(529), "Hi "));
}

#[tokio::test]
async fn a_service_that_is_slow() {
    let long = Do::Wait(Duration::from_secs(5));
    let brief = Duration::from_millis(50);

    let server = Server::start(vec![long.clone()]).await;
    let message = format!("{}/v1/chat/completions has not answered for 0.05 s", server.address);
    let asked = ask(builder(&server).first_byte_timeout(brief)).await;
    check(asked, ErrorKind::Timeout, &message);

    let server = Server::start(vec![Do::Send(chunked(&[TEXT])), long]).await;
    let message = format!(
        "the reply of {}/v1/chat/completions stopped: nothing has come for 0.05 s",
        server.address
    );
    let error =
        check(ask(builder(&server).idle_timeout(brief)).await, ErrorKind::Timeout, &message);
    assert_eq!(error.partial_text(), "Hi ");

    // Slow, but never for too long.
    let pause = Do::Wait(Duration::from_millis(20));
    let mut steps = vec![Do::Send(chunked(&[]))];
    for event in [TEXT, TEXT, TEXT, TEXT, CALL] {
        let event = format!("data: {event}\n\n");
        steps.extend([Do::Send(format!("{:x}\r\n{event}\r\n", event.len())), pause.clone()]);
    }
    steps.push(Do::Send(END.to_owned()));
    let server = Server::start(steps).await;
    let reply = ask(builder(&server).idle_timeout(Duration::from_secs(1))).await;
    assert_eq!(reply.expect("it answers").text(), "Hi Hi Hi Hi ");
}

#[tokio::test]
async fn a_stream_that_says_it_is_done_is_not_waited_for() {
    let steps = vec![Do::Send(chunked(&[CALL, "[DONE]"])), Do::Wait(Duration::from_secs(5))];
    let server = Server::start(steps).await;
    let asked = tokio::time::timeout(Duration::from_secs(2), ask(builder(&server))).await;
    asked.expect("it does not wait").expect("it answers");
}

#[tokio::test]
async fn nothing_is_sent_before_the_stream_is_polled() {
    let server = Server::answering("200 OK", "", "{}").await;
    let model = builder(&server).build().expect("good");
    drop(model.stream(Request::user("hi")));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(server.seen().is_empty());
}

/// A variable of the environment cannot be set within a process that has threads, so the test
/// runs itself again.
#[test]
fn a_machine_without_certificates() {
    const CHILD: &str = "CALLSIGN_TEST_WITHOUT_CERTIFICATES";
    if std::env::var_os(CHILD).is_some() {
        let error = ChatModel::builder("https://example.com/v1").model("m").build();
        let error = error.expect_err("no server can be trusted");
        assert!(error.is_configuration() && error.to_string().contains("SSL_CERT_FILE"), "{error}");
        ChatModel::builder("http://127.0.0.1:1/v1").build().expect("none is needed");
        return;
    }
    let child = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", "a_machine_without_certificates"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", "/nowhere/certificates.pem")
        .env("SSL_CERT_DIR", "/nowhere")
        .output()
        .expect("it runs");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}
