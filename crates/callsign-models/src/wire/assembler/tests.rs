//! Tests of response assembly.

mod choices;
mod interruptions;
mod notices;
mod responses;
mod splits;
mod surrogates;
mod tool_calls;

use std::sync::Arc;

use callsign_types::event::{ModelEvent, ResponseEnd, ToolCallDelta};
use callsign_types::finish_reason::FinishReason;
use callsign_types::message::ToolCall;
use callsign_types::request::ToolDefinition;
use callsign_types::usage::Usage;
use serde_json::{Value, json};

use super::*;

/// The events of a response, combined.
#[derive(Debug, Default, PartialEq)]
struct Assembled {
    text: String,
    reasoning: String,
    refusal: String,
    deltas: Vec<ToolCallDelta>,
    calls: Vec<ToolCall>,
    finished: Option<ResponseEnd>,
}

impl Assembled {
    fn from_events(events: Vec<ModelEvent>) -> Self {
        let mut response = Self::default();
        for event in events {
            assert_eq!(response.finished, None, "an event after the end");
            match event {
                ModelEvent::TextDelta(text) => response.text.push_str(&text),
                ModelEvent::ReasoningDelta(text) => response.reasoning.push_str(&text),
                ModelEvent::RefusalDelta(text) => response.refusal.push_str(&text),
                ModelEvent::ToolCallDelta(delta) => response.deltas.push(delta),
                ModelEvent::ToolCall(call) => response.calls.push(call),
                ModelEvent::Finished(finished) => response.finished = Some(*finished),
                other => panic!("unexpected event {other:?}"),
            }
        }
        response
    }

    fn finished(&self) -> &ResponseEnd {
        self.finished.as_ref().expect("an end")
    }
}

fn tools() -> Arc<[ToolDefinition]> {
    let tool = |name: &str| ToolDefinition::new(name, "", json!({ "type": "object" }));
    ["get_weather", "get_time"].into_iter().map(tool).collect()
}

/// Returns an assembler for a response to a request with [`tools`].
fn assembler() -> ResponseAssembler {
    ResponseAssembler::new(tools())
}

fn assemble(chunks: &[Value], end: EndOfInput) -> Result<Assembled, ResponseError> {
    let mut assembler = assembler();
    let mut events = Vec::new();
    for chunk in chunks {
        let data = chunk.as_str().map_or_else(|| chunk.to_string(), str::to_owned);
        assembler.push_event("message", &data, &mut events)?;
    }
    assembler.finish(end, false, &mut events)?;
    Ok(Assembled::from_events(events))
}

/// Assembles a complete stream of these deltas.
fn stream(deltas: &[Value]) -> Assembled {
    let mut chunks: Vec<Value> = deltas.iter().map(delta).collect();
    chunks.push(end("tool_calls"));
    chunks.push("[DONE]".into());
    assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response")
}

fn delta(delta: &Value) -> Value {
    json!({ "id": "r1", "model": "m", "choices": [{ "index": 0, "delta": delta }] })
}

fn end(reason: &str) -> Value {
    json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] })
}

/// A tool call fragment. The value `"absent"` omits a field.
fn fragment(index: Value, id: Value, name: Value, arguments: Value) -> Value {
    let mut function = json!({});
    for (field, value) in [("name", name), ("arguments", arguments)] {
        if value != "absent" {
            function[field] = value;
        }
    }
    let mut fragment = json!({ "function": function });
    for (field, value) in [("index", index), ("id", id)] {
        if value != "absent" {
            fragment[field] = value;
        }
    }
    fragment
}
