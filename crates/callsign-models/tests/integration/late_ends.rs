//! Responses whose end does not come, or comes without a finish reason.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_testkit::FaultAt::{Body, Events};
use callsign_testkit::{FaultReply, FaultServer};
use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::ModelResponse;
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::ToolCall;
use callsign_types::traits::model::ModelExt;
use callsign_types::usage::Usage;
use tokio::time::timeout;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::chat::{CALL, END, TEXT, builder, complete};
use crate::server::{Server, Step, chunked};

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;

/// Longer than any test takes, so that only the timeout under test can end a wait.
const HOUR: Duration = Duration::from_secs(3600);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Returns a model that waits only for the end of a stream.
fn patient(server: &FaultServer) -> ChatModelBuilder {
    ChatModel::builder(server.endpoint())
        .first_byte_timeout(HOUR)
        .idle_timeout(HOUR)
        .end_timeout(ms(50))
}

/// Sends one request to a server with this reply.
async fn ask(reply: FaultReply) -> Result<ModelResponse, Error> {
    let server = FaultServer::always(reply).await.unwrap();
    let model = patient(&server).build().unwrap();
    // Longer than all waits that the builder does not set.
    timeout(Duration::from_secs(60), model.complete("hi")).await.expect("no wait for an hour")
}

#[tokio::test]
async fn stream_that_falls_silent_after_its_finish_reason_is_complete() {
    for events in [&[TEXT, STOP, USAGE][..], &[TEXT, USAGE, STOP]] {
        let response = ask(FaultReply::events(events).hang(Events(3))).await.unwrap();
        assert_eq!(response.text(), "Hi ");
        assert_eq!(response.finish_reason, FinishReason::Stop);
        assert_eq!(response.usage, Some(Usage::new(1, 2)));
    }
    let response = ask(FaultReply::events([CALL, USAGE]).hang(Events(2))).await.unwrap();
    assert_eq!(response.message.tool_calls, [ToolCall::new("a", "f", "{}")]);
}

#[tokio::test]
async fn heartbeats_after_the_finish_reason_do_not_extend_the_wait() {
    for beat in [
        ": ping\n\n",
        "data: {\"type\":\"ping\"}\n\n",
        "event: ping\ndata: {}\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"}}]}\n\n",
    ] {
        let start = format!("data: {TEXT}\n\ndata: {STOP}\n\ndata: {USAGE}\n\n");
        let body = start + &beat.repeat(100_000);
        let beats = FaultReply::events([""]).body(body).drip(300, ms(20)).hang(Events(200_000));
        let response = ask(beats).await.unwrap();
        assert_eq!((response.text(), response.usage.is_some()), ("Hi ", true), "{beat}");
    }
}

#[tokio::test]
async fn connection_that_breaks_after_the_finish_reason_is_an_end() {
    let stream = || FaultReply::events([TEXT, STOP, USAGE]);
    // The data sent before a reset needs time to arrive.
    for broken in [stream().close(Events(3)), stream().drip(4096, ms(30)).reset(Events(3))] {
        let response = ask(broken).await.unwrap();
        assert_eq!((response.text(), response.usage.is_some()), ("Hi ", true));
    }
    // The usage is missing, and cannot come any more.
    let response = ask(stream().close(Events(2))).await.unwrap();
    assert_eq!((response.text(), response.usage), ("Hi ", None));
    // Inside the event after the finish reason.
    let at = format!("data: {TEXT}\n\ndata: {STOP}\n\n").len() + 30;
    let response = ask(stream().close(Body(at))).await.unwrap();
    assert_eq!((response.text(), response.usage), ("Hi ", None));
}

#[tokio::test]
async fn missing_usage_is_awaited_for_the_idle_timeout() {
    let silent = FaultReply::events([TEXT, STOP]).hang(Events(2));
    let server = FaultServer::always(silent).await.unwrap();
    let model = patient(&server).end_timeout(HOUR).idle_timeout(ms(50)).build().unwrap();
    let response = model.complete("hi").await.unwrap();
    assert_eq!((response.text(), response.usage), ("Hi ", None));

    let late = format!("data: {TEXT}\n\ndata: {STOP}\n\ndata: {USAGE}\n\n");
    let at = late.len() - USAGE.len() - 8;
    let late = FaultReply::events([""]).body(late).drip(at, ms(200)).hang(Events(3));
    let response = ask(late).await.unwrap();
    assert_eq!(response.usage, Some(Usage::new(1, 2)));
}

#[tokio::test]
async fn text_after_a_finish_reason_shows_that_the_reason_came_early() {
    let early = r#"{"choices":[{"index":0,"delta":{"content":"Hi "},"finish_reason":"stop"}]}"#;
    let broken = FaultReply::events([early, early, early]).close(Events(2));
    let error = ask(broken).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
    let whole = FaultReply::events([early, early, "[DONE]"]);
    assert_eq!(ask(whole).await.unwrap().text(), "Hi Hi ");
}

#[tokio::test]
async fn announced_calls_that_do_not_come_are_an_error() {
    let reason = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;
    let error = ask(FaultReply::events([TEXT, reason]).close(Events(2))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error:?}");
}

#[tokio::test]
async fn truncated_response_stays_truncated_if_its_end_does_not_come() {
    let length = STOP.replace("stop", "length");
    let response = ask(FaultReply::events([TEXT, &length, USAGE]).hang(Events(3))).await.unwrap();
    assert_eq!(response.finish_reason, FinishReason::Length);
}

#[tokio::test]
async fn whole_response_is_complete_when_its_json_is() {
    let json = r#"{"choices":[{"message":{"content":"Hi "},"finish_reason":"stop"}]}"#;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    for end in [Step::Close, Step::Wait(HOUR)] {
        let steps = |text: &str| vec![Step::Send(head.to_owned() + &chunk(text)), end.clone()];
        let server = Server::start(steps(json)).await;
        let builder = builder(&server).idle_timeout(HOUR).end_timeout(ms(50)).streaming(false);
        let response = timeout(Duration::from_secs(60), complete(builder)).await.unwrap();
        assert_eq!(response.unwrap().text(), "Hi ");
    }
    // A part of the value, although it ends with a brace.
    let server =
        Server::start(vec![Step::Send(head.to_owned() + &chunk(&json[..60])), Step::Close]);
    let error = complete(builder(&server.await).streaming(false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn profile_may_let_the_end_of_the_input_end_a_response() {
    let mut profile = Profile::openai_compatible();
    profile.end_of_file_ends = true;
    let call = CALL.replace("\"tool_calls\"}", "null}");
    let open = call.replace("{}\"", "{\\\"path\\\":\\\"/data/tmp\"");
    let ask = async |steps: String| {
        let server = Server::start(vec![Step::Send(steps), Step::Close]).await;
        complete(builder(&server).profile(profile.clone())).await
    };
    for end in [END, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"] {
        let response = ask(chunked(&[TEXT]) + end).await.unwrap();
        assert_eq!(response.finish_reason, FinishReason::Stop);
        let response = ask(chunked(&[TEXT, &call]) + end).await.unwrap();
        assert_eq!(response.finish_reason, FinishReason::ToolCalls);
        assert_eq!(response.message.tool_calls.len(), 1);
    }
    let text = r#"{"choices":[{"message":{"content":"Hi "},"finish_reason":null}]}"#;
    let whole = Server::fixed("200 OK", "content-type: application/json\r\n", text).await;
    let response = complete(builder(&whole).profile(profile.clone())).await.unwrap();
    assert_eq!(response.finish_reason, FinishReason::Stop);

    // Inside the arguments, inside an event, or inside the framing.
    let event = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let event = format!("{event}data: {call}\n\ndata: {{\"cho");
    let done = chunked(&[TEXT, &open, "[DONE]"]) + END;
    // Nothing shows that this call has no arguments.
    let blank = chunked(&[TEXT, &call.replace("{}", "")]) + END;
    for cut in [chunked(&[TEXT, &open]) + END, blank, done, event, chunked(&[TEXT, &call])] {
        let error = ask(cut.clone()).await.unwrap_err();
        let kinds = [ErrorKind::Incomplete, ErrorKind::Transport];
        assert!(kinds.contains(&error.kind()), "{cut}: {error:?}");
    }
}

#[tokio::test]
async fn event_stream_is_recognized_after_blank_lines_and_comments() {
    let stream = format!("data: {TEXT}\n\ndata: {STOP}\n\ndata: [DONE]\n\n");
    for start in [": PROCESSING\n\n", "\n", "\r\n\r\n: PROCESSING\n\n", "\u{FEFF}\n", " \n"] {
        for size in [1, 4096] {
            let body = format!("{start}{stream}");
            let reply = FaultReply::events([""]).body(body).drip(size, Duration::ZERO);
            let reply = reply.header("content-type", "application/json");
            assert_eq!(ask(reply).await.unwrap().text(), "Hi ", "{start:?} in pieces of {size}");
        }
    }
    // Blank lines before a whole response.
    let reply = FaultReply::json("Hi ").drip(1, Duration::ZERO);
    let body = r#"{"choices":[{"message":{"content":"Hi "},"finish_reason":"stop"}]}"#;
    let response = ask(reply.body(format!("\n  \n{body}"))).await.unwrap();
    assert_eq!(response.text(), "Hi ");
}

#[tokio::test]
async fn blank_lines_do_not_begin_a_response() {
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    for kind in ["text/event-stream", "application/json"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n");
        let head = head + "transfer-encoding: chunked\r\n\r\n" + &chunk("\n");
        let stream = chunk(&format!("data: {TEXT}\n\ndata: {STOP}\n\ndata: [DONE]\n\n"));
        let steps = vec![Step::Send(head), Step::Wait(ms(150)), Step::Send(stream + END)];
        let server = Server::start(steps).await;
        // The idle timeout applies only after the response has begun.
        let response = complete(builder(&server).idle_timeout(ms(50))).await.unwrap();
        assert_eq!(response.text(), "Hi ", "{kind}");
    }
}

/// Collects the warnings of this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Visit for Warnings {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{value:?}"));
    }
}

impl Subscriber for Warnings {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // If this is the only subscriber, the first thread that reaches an event decides for all
        // tests whether there is interest. As the default of all threads it says "sometimes".
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn response_without_its_end_is_a_warning() {
    tracing::subscriber::set_global_default(Warnings::default()).unwrap();
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    tracing::callsite::rebuild_interest_cache();
    ask(FaultReply::events([TEXT, STOP, USAGE]).hang(Events(3))).await.unwrap();
    let found = warnings.0.lock().unwrap().join(" ");
    assert!(found.contains("did not end"), "{found}");
    warnings.0.lock().unwrap().clear();
    ask(FaultReply::events([TEXT, STOP, USAGE, "[DONE]"])).await.unwrap();
    assert_eq!(*warnings.0.lock().unwrap(), [""; 0]);
}
