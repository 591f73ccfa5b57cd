//! Recorded texts are not taken for calls, and recorded reasoning is taken out of them.

use callsign_types::error::Error;
use callsign_types::event::ModelEvent;
use callsign_types::request::{Request, ToolDefinition};
use callsign_types::text_format::{TextFormat, parse_events};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::Value;

use super::{Interaction, interactions};
use crate::sse::SseDecoder;
use crate::wire::assembler::{EndOfInput, ResponseAssembler};

/// Returns the events of a recorded response; `None` if it is not valid.
fn decode(it: &Interaction) -> Option<Vec<ModelEvent>> {
    let mut assembler = ResponseAssembler::new([].into());
    let mut events = Vec::new();
    let mut end = EndOfInput::Complete;
    if it.streamed {
        let mut taken = Ok(());
        let pushed = SseDecoder::default().push(it.response.as_bytes(), |name, data| {
            if taken.is_ok() {
                taken = assembler.push_event(name, data, &mut events);
            }
        });
        pushed.ok().and(taken.ok())?;
        end = EndOfInput::ConnectionClosed;
    } else {
        assembler.push_body(&it.response, &mut events).ok()?;
    }
    assembler.finish(end, false, &mut events).ok()?;
    Some(events)
}

fn tools(request: &str) -> Vec<ToolDefinition> {
    let request: Value = serde_json::from_str(request).unwrap_or_default();
    let tools = request["tools"].as_array().cloned().unwrap_or_default();
    let definitions = tools.into_iter().map(|tool| {
        let function = &tool["function"];
        let name = function["name"].as_str().unwrap_or_default();
        ToolDefinition::new(name, "", function["parameters"].clone())
    });
    definitions.collect()
}

/// Returns the events with everything that [`TextFormat::any`] finds.
fn parse(events: Vec<ModelEvent>, tools: Vec<ToolDefinition>) -> Vec<ModelEvent> {
    let request = Request::user("").tools(tools);
    let parser = parse_events(&TextFormat::any(), &request).expect("a format");
    let events = stream::iter(events.into_iter().map(Ok::<_, Error>));
    let parsed = parser.stream(Box::pin(events)).collect::<Vec<_>>().now_or_never();
    parsed.expect("nothing waits").into_iter().map(|event| event.expect("no error")).collect()
}

fn text(events: &[ModelEvent]) -> String {
    let text = |event: &ModelEvent| match event {
        ModelEvent::TextDelta(text) => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

fn calls(events: &[ModelEvent]) -> usize {
    events.iter().filter(|event| matches!(event, ModelEvent::ToolCall(_))).count()
}

#[test]
fn recorded_texts_are_not_taken_for_calls() {
    let Some(all) = interactions("recorded_texts_are_not_taken_for_calls") else { return };
    let (mut unchanged, mut with_reasoning, mut with_calls) = (0, 0, Vec::new());
    for it in all.iter().filter(|it| (200..300).contains(&it.status)) {
        let Some(events) = decode(it) else { continue };
        let (before, known) = (text(&events), calls(&events));
        let parsed = parse(events, tools(&it.request));
        let after = text(&parsed);
        if calls(&parsed) > known {
            assert_eq!(after, "", "{}", it.id);
            with_calls.push(&*it.id);
        } else if before.trim_start().starts_with("<think>") {
            assert!(!after.contains("</think>"), "{} {before} {after}", it.id);
            with_reasoning += 1;
        } else {
            assert_eq!(after, before, "{}", it.id);
            unchanged += 1;
        }
    }
    println!("{unchanged} texts are unchanged, {with_reasoning} have reasoning");
    // llama.cpp returns a call as text if the tool choice, which is not considered here, forbids it.
    assert_eq!(with_calls, ["918fda8835e9"]);
    assert!(unchanged > 2000 && with_reasoning > 10, "{unchanged}, {with_reasoning}");
}
