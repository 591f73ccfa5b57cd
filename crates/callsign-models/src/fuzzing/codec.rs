//! The decoding of replies.

use callsign_core::words::event::ModelEvent;
use callsign_core::words::finish::FinishReason;
use callsign_core::words::request::ToolDefinition;
use serde_json::json;

use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End, check_plain};
use crate::wire::fault::Fault;

/// What became of a reply; a fault in its words, because faults are not compared.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<ModelEvent>,
    fault: Option<String>,
}

/// Whatever a stream brings, however it is cut, and whether its pieces are compared with those
/// before them or each is read in full, the same reply comes of it; no call and no end is told of
/// one that did not end well.
///
/// # Panics
/// Where that does not hold.
pub fn stream(input: &[u8]) {
    let (whole, pieces) = super::cut(input);
    let outcome = streamed([whole], false);
    check(&outcome);
    assert_eq!(streamed(pieces, false), outcome, "cut");
    assert_eq!(streamed_as([whole], false, Assembler::forget_template), outcome, "in full");
    check(&streamed([whole], true));
}

/// Whatever a body is, there is a reply or a fault, and what is read quickly of it is what
/// `serde_json` reads; and a body on one line is the same reply as the only event of a stream that
/// then says that it is done.
///
/// # Panics
/// Where that does not hold.
pub fn body(input: &[u8]) {
    let json = String::from_utf8_lossy(input);
    check_plain(&json);
    let mut assembler = Assembler::new(tools());
    let mut events = Vec::new();
    let taken = assembler.take_body(&json, &mut events);
    let ended = taken.and_then(|()| assembler.finish(End::Said, false, &mut events));
    let outcome = outcome(events, ended);
    check(&outcome);
    if outcome.fault.is_none() && !json.contains(['\r', '\n']) {
        let stream = format!("data: {json}\n\ndata: [DONE]\n\n");
        assert_eq!(streamed([stream.as_bytes()], false), outcome, "streamed");
    }
}

fn streamed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, end_of_file_ends: bool) -> Outcome {
    streamed_as(pieces, end_of_file_ends, |_| {})
}

/// What becomes of a stream where this is done before each of its events.
fn streamed_as<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    end_of_file_ends: bool,
    before_each: impl Fn(&mut Assembler),
) -> Outcome {
    let mut decoder = SseDecoder::default();
    let mut assembler = Assembler::new(tools());
    let mut events = Vec::new();
    let mut taken = Ok(());
    for piece in pieces {
        let pushed = decoder.push(piece, |name, data| {
            if taken.is_ok() {
                before_each(&mut assembler);
                taken = assembler.take_event(name, data, &mut events);
            }
        });
        assert_eq!(pushed, Ok(()), "so few bytes are never too long");
    }
    let ended =
        taken.and_then(|()| assembler.finish(End::EndOfFile, end_of_file_ends, &mut events));
    outcome(events, ended)
}

fn outcome(events: Vec<ModelEvent>, ended: Result<(), Fault>) -> Outcome {
    Outcome { events, fault: ended.err().map(|fault| format!("{fault:?}")) }
}

/// What holds of each reply: its end comes last and once, calls stand right before it, none of
/// them without a reason to end, and neither of them beside a fault.
fn check(outcome: &Outcome) {
    let Outcome { events, fault } = outcome;
    let settled =
        |event: &ModelEvent| matches!(event, ModelEvent::ToolCall(_) | ModelEvent::Finished(_));
    let deltas = events.iter().take_while(|event| !settled(event)).count();
    let Some((last, calls)) = events[deltas..].split_last() else {
        assert!(fault.is_some(), "no end and no fault: {outcome:?}");
        return;
    };
    assert!(fault.is_none(), "an end beside a fault: {outcome:?}");
    assert!(matches!(last, ModelEvent::Finished(_)), "the end is not the last: {outcome:?}");
    for call in calls {
        let ModelEvent::ToolCall(call) = call else {
            unreachable!("something else between calls: {outcome:?}")
        };
        assert!(!call.arguments.is_empty(), "a call without arguments: {outcome:?}");
    }
    if let ModelEvent::Finished(finished) = last {
        let is_error = matches!(&finished.reason, FinishReason::Other(it) if it == "error");
        assert!(!is_error, "an error as a reason: {outcome:?}");
    }
}

pub(super) fn tools() -> std::sync::Arc<[ToolDefinition]> {
    let tool = |name: &str| ToolDefinition {
        name: name.into(),
        description: "".into(),
        parameters: std::sync::Arc::new(json!({ "type": "object" })),
        strict: None,
    };
    [tool("t"), tool("get_flight_info")].into()
}
