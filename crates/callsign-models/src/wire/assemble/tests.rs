//! What comes over the wire, and what is made of it.

mod calls;
mod cuts;
mod replies;

use std::sync::Arc;

use callsign_core::words::event::{Finished, ModelEvent, ToolCallDelta};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use callsign_core::words::usage::Usage;
use serde_json::{Value, json};

use super::*;

/// The whole of a reply.
#[derive(Debug, Default, PartialEq)]
struct Reply {
    text: String,
    reasoning: String,
    refusal: String,
    deltas: Vec<ToolCallDelta>,
    calls: Vec<ToolCall>,
    finished: Option<Finished>,
}

impl Reply {
    fn of(events: Vec<ModelEvent>) -> Self {
        let mut reply = Self::default();
        for event in events {
            assert_eq!(reply.finished, None, "something came after the end");
            match event {
                ModelEvent::TextDelta(text) => reply.text.push_str(&text),
                ModelEvent::ReasoningDelta(text) => reply.reasoning.push_str(&text),
                ModelEvent::RefusalDelta(text) => reply.refusal.push_str(&text),
                ModelEvent::ToolCallDelta(delta) => reply.deltas.push(delta),
                ModelEvent::ToolCall(call) => reply.calls.push(call),
                ModelEvent::Finished(finished) => reply.finished = Some(*finished),
                other => panic!("{other:?} is new"),
            }
        }
        reply
    }

    fn finished(&self) -> &Finished {
        self.finished.as_ref().expect("it has finished")
    }
}

fn tools() -> Arc<[ToolDefinition]> {
    let tool = |name: &str| ToolDefinition {
        name: name.into(),
        description: "".into(),
        parameters: Arc::new(json!({ "type": "object" })),
        strict: None,
    };
    ["get_weather", "get_time"].into_iter().map(tool).collect()
}

fn assemble(chunks: &[Value], end: End) -> Result<Reply, Fault> {
    let mut assembler = Assembler::new(tools());
    let mut events = Vec::new();
    for chunk in chunks {
        let data = chunk.as_str().map_or_else(|| chunk.to_string(), str::to_owned);
        assembler.take_event("message", &data, &mut events)?;
    }
    assembler.finish(end, false, &mut events)?;
    Ok(Reply::of(events))
}

/// A stream of these deltas that ends as it should.
fn stream(deltas: &[Value]) -> Reply {
    let mut chunks: Vec<Value> = deltas.iter().map(delta).collect();
    chunks.push(end("tool_calls"));
    chunks.push("[DONE]".into());
    assemble(&chunks, End::EndOfFile).expect("it ends well")
}

fn delta(delta: &Value) -> Value {
    json!({ "id": "r1", "model": "m", "choices": [{ "index": 0, "delta": delta }] })
}

fn end(reason: &str) -> Value {
    json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] })
}

/// A piece whose name and arguments are given; null leaves a field out.
fn piece(index: Value, id: Value, name: Value, arguments: Value) -> Value {
    let mut function = json!({});
    for (field, value) in [("name", name), ("arguments", arguments)] {
        if value != "absent" {
            function[field] = value;
        }
    }
    let mut piece = json!({ "function": function });
    for (field, value) in [("index", index), ("id", id)] {
        if value != "absent" {
            piece[field] = value;
        }
    }
    piece
}
