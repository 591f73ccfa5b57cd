//! Decoding of responses.

use callsign_types::event::ModelEvent;
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::ToolDefinition;
use serde_json::json;

use crate::sse::SseDecoder;
use crate::wire::assembler::{EndOfInput, ResponseAssembler, check_fast_path};
use crate::wire::response_error::ResponseError;

/// The result of decoding. The error is kept as text, because errors cannot be compared.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<ModelEvent>,
    error: Option<String>,
}

/// Checks that the decoded stream does not depend on how it is split, and that the template fast
/// path gives the same events as full parsing.
///
/// # Panics
/// Panics if an invariant is violated.
pub fn stream(input: &[u8]) {
    let (whole, chunks) = super::split(input);
    let outcome = decode_stream([whole], false);
    check(&outcome);
    assert_eq!(decode_stream(chunks, false), outcome, "split");
    let full = decode_stream_with([whole], false, ResponseAssembler::reset_template);
    assert_eq!(full, outcome, "without the template");
    check(&decode_stream([whole], true));
}

/// Checks that a body decodes to a response or an error, and that the fast parser agrees with
/// `serde_json`. A body on one line must equal a stream with that body as its only chunk.
///
/// # Panics
/// Panics if an invariant is violated.
pub fn body(input: &[u8]) {
    let json = String::from_utf8_lossy(input);
    check_fast_path(&json);
    let mut assembler = ResponseAssembler::new(tools());
    let mut events = Vec::new();
    let taken = assembler.push_body(&json, &mut events);
    let ended = taken.and_then(|()| assembler.finish(EndOfInput::Complete, false, &mut events));
    let outcome = outcome(events, ended);
    check(&outcome);
    if outcome.error.is_none() && !json.contains(['\r', '\n']) {
        let stream = format!("data: {json}\n\ndata: [DONE]\n\n");
        assert_eq!(decode_stream([stream.as_bytes()], false), outcome, "streamed");
    }
}

fn decode_stream<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, eof_is_end: bool) -> Outcome {
    decode_stream_with(chunks, eof_is_end, |_| {})
}

/// Decodes a stream and calls `before_each` before each of its events.
fn decode_stream_with<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    eof_is_end: bool,
    before_each: impl Fn(&mut ResponseAssembler),
) -> Outcome {
    let mut decoder = SseDecoder::default();
    let mut assembler = ResponseAssembler::new(tools());
    let mut events = Vec::new();
    let mut taken = Ok(());
    for chunk in chunks {
        let pushed = decoder.push(chunk, |name, data| {
            if taken.is_ok() {
                before_each(&mut assembler);
                taken = assembler.push_event(name, data, &mut events);
            }
        });
        assert_eq!(pushed, Ok(()), "the input is below the size limit");
    }
    let ended = taken
        .and_then(|()| assembler.finish(EndOfInput::ConnectionClosed, eof_is_end, &mut events));
    outcome(events, ended)
}

fn outcome(events: Vec<ModelEvent>, ended: Result<(), ResponseError>) -> Outcome {
    Outcome { events, error: ended.err().map(|error| format!("{error:?}")) }
}

/// Checks the order of events: deltas, then tool calls, then one end. If there is an error, there
/// are no tool calls and no end.
fn check(outcome: &Outcome) {
    let Outcome { events, error } = outcome;
    let is_final =
        |event: &ModelEvent| matches!(event, ModelEvent::ToolCall(_) | ModelEvent::Finished(_));
    let deltas = events.iter().take_while(|event| !is_final(event)).count();
    let Some((last, calls)) = events[deltas..].split_last() else {
        assert!(error.is_some(), "neither an end nor an error: {outcome:?}");
        return;
    };
    assert!(error.is_none(), "both an end and an error: {outcome:?}");
    assert!(matches!(last, ModelEvent::Finished(_)), "the end is not the last event: {outcome:?}");
    for call in calls {
        let ModelEvent::ToolCall(call) = call else {
            unreachable!("another event between tool calls: {outcome:?}")
        };
        assert!(!call.arguments.is_empty(), "a tool call without arguments: {outcome:?}");
    }
    if let ModelEvent::Finished(finished) = last {
        let is_error = matches!(&finished.reason, FinishReason::Other(it) if it == "error");
        assert!(!is_error, "an error as the finish reason: {outcome:?}");
    }
}

pub(super) fn tools() -> std::sync::Arc<[ToolDefinition]> {
    let tool = |name: &str| ToolDefinition::new(name, "", json!({ "type": "object" }));
    [tool("t"), tool("get_flight_info")].into()
}
