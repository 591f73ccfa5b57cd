//! The events of whole responses.

use futures_util::{StreamExt, stream};

use super::tools;
use crate::error::{Error, ErrorKind};
use crate::event::{ModelEvent, ResponseEnd, ToolCallDelta};
use crate::finish_reason::FinishReason;
use crate::message::ToolCall;
use crate::request::{Request, ToolChoice};
use crate::text_format::{TextFormat, parse_events};

const CALL: &str = r#"<tool_call>{"name": "pay", "arguments": {}}</tool_call>"#;

fn request() -> Request {
    Request::user("Pay.").tools(tools().iter().cloned())
}

fn text(text: &str) -> Result<ModelEvent, Error> {
    Ok(ModelEvent::TextDelta(text.to_owned()))
}

fn end(reason: FinishReason) -> Result<ModelEvent, Error> {
    Ok(ModelEvent::Finished(Box::new(ResponseEnd::new(reason))))
}

fn call() -> ModelEvent {
    ModelEvent::ToolCall(ToolCall::new("", "pay", "{}"))
}

fn delta() -> ModelEvent {
    ModelEvent::ToolCallDelta(ToolCallDelta::new(0, Some("pay".to_owned()), "{}"))
}

/// Returns the events of a response, and the error that ended it.
async fn events(
    format: &TextFormat,
    response: Vec<Result<ModelEvent, Error>>,
) -> (Vec<ModelEvent>, Option<Error>) {
    let parser = parse_events(format, &request()).unwrap();
    let mut stream = parser.stream(Box::pin(stream::iter(response)));
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

#[tokio::test]
async fn written_call_ends_the_response_with_tool_calls() {
    let response = vec![text("Paying. "), text(CALL), end(FinishReason::Stop)];
    let (events, error) = events(&TextFormat::any(), response).await;
    let expected =
        [text("Paying. ").unwrap(), delta(), call(), end(FinishReason::ToolCalls).unwrap()];
    assert_eq!((events.as_slice(), error.is_none()), (expected.as_slice(), true));
}

#[tokio::test]
async fn unfinished_call_of_a_cut_response_is_text() {
    let cut = &CALL[..CALL.len() - "</tool_call>".len()];
    for reason in [FinishReason::Length, FinishReason::Missing, FinishReason::from("abort")] {
        let response = vec![text(cut), end(reason.clone())];
        let (events, _) = events(&TextFormat::any(), response).await;
        assert_eq!(events, [text(cut).unwrap(), end(reason).unwrap()]);
    }
}

/// A server without an end signal ends every response with `Stop`, also one that broke off.
#[tokio::test]
async fn call_of_tags_without_its_end_is_text() {
    for cut in ["<tool_call>pay", "<tool_call>pay\n<arg_key>city</arg_key><arg_value>P</arg_value>"]
    {
        let response = vec![text(cut), end(FinishReason::Stop)];
        let (events, _) = events(&TextFormat::any(), response).await;
        assert_eq!(events, [text(cut).unwrap(), end(FinishReason::Stop).unwrap()]);
    }
}

#[tokio::test]
async fn text_that_was_held_back_is_kept_by_an_error() {
    let error = Error::new(ErrorKind::Transport, "broken");
    let (events, error) = events(&TextFormat::any(), vec![text("<tool_c"), Err(error)]).await;
    assert_eq!(events, [text("<tool_c").unwrap()]);
    assert!(error.is_some());
    let (events, error) = self::events(&TextFormat::any(), vec![text("<tool_c")]).await;
    assert_eq!((events.len(), error.is_none()), (1, true));
}

#[tokio::test]
async fn written_calls_are_text_if_the_provider_sends_calls() {
    for response in [
        vec![text(CALL), Ok(call()), end(FinishReason::ToolCalls)],
        vec![Ok(delta()), text(CALL), Ok(call()), end(FinishReason::ToolCalls)],
    ] {
        let (events, _) = events(&TextFormat::any(), response).await;
        let calls = events.iter().filter(|event| matches!(event, ModelEvent::ToolCall(_)));
        assert_eq!(calls.count(), 1, "{events:?}");
        assert!(events.contains(&text(CALL).unwrap()), "{events:?}");
    }
}

#[tokio::test]
async fn reasoning_of_the_provider_replaces_expected_reasoning() {
    let reasoning = ModelEvent::ReasoningDelta("Hm.".to_owned());
    let response = vec![Ok(reasoning.clone()), text("It is 4."), end(FinishReason::Stop)];
    let (events, _) = events(&TextFormat::deepseek(), response).await;
    assert_eq!(events, [reasoning, text("It is 4.").unwrap(), end(FinishReason::Stop).unwrap()]);
}

#[test]
fn request_without_callable_tools_is_not_parsed() {
    let format = TextFormat::llama();
    assert!(parse_events(&format, &Request::user("Hi.")).is_none());
    assert!(parse_events(&format, &request().tool_choice(ToolChoice::None)).is_none());
    assert!(parse_events(&TextFormat::new(), &request()).is_none());
    assert!(parse_events(&TextFormat::qwen(), &Request::user("Hi.")).is_some());
}
