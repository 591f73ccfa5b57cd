use std::time::Duration;

use serde_json::{Value, json};

use super::*;

#[track_caller]
fn check(event: Event, expected: Value) {
    assert_eq!(serde_json::to_value(event).unwrap(), expected);
}

#[test]
fn events_serialize_with_type_and_data() {
    check(Event::TurnStarted { turn: 1 }, json!({"type": "turn_started", "data": {"turn": 1}}));
    check(Event::TextDelta("Hello".into()), json!({"type": "text_delta", "data": "Hello"}));
    check(
        Event::ToolCallDelta(ToolCallDelta::new(0, Some("pay".into()), "{")),
        json!({"type": "tool_call_delta", "data": {"index": 0, "name": "pay", "arguments": "{"}}),
    );
    check(
        Event::TurnEnded { finish_reason: FinishReason::Stop, usage: Some(Usage::new(3, 5)) },
        json!({"type": "turn_ended", "data": {
            "finish_reason": "stop",
            "usage": {"input_tokens": 3, "output_tokens": 5},
        }}),
    );
    check(
        Event::HandedOff { to: "clerk".into() },
        json!({"type": "handed_off", "data": {"to": "clerk"}}),
    );
}

#[test]
fn durations_serialize_as_whole_milliseconds() {
    let notice = RetryNotice::new(2, Duration::from_micros(1_500_900), "busy");
    check(
        Event::Retrying(notice),
        json!({"type": "retrying", "data": {"attempt": 2, "after_ms": 1500, "reason": "busy"}}),
    );
}

#[test]
fn tool_call_events_serialize_all_fields_that_are_present() {
    check(
        Event::ToolCall(ToolCallStarted::new(CallIndex(4), "call_4", "pay", "{}")),
        json!({"type": "tool_call", "data": {
            "index": 4, "call_id": "call_4", "name": "pay", "arguments": "{}",
        }}),
    );
    check(
        Event::ToolProgress(ToolProgress::new(CallIndex(4), "pay", "half")),
        json!({"type": "tool_progress", "data": {"index": 4, "name": "pay", "content": "half"}}),
    );
    let call = ToolCallStarted::new(CallIndex(4), "call_4", "pay", "{}");
    let mut ended = ToolCallEnded::new(call, ToolCallStatus::Failed, "It failed.");
    let mut expected = json!({
        "index": 4, "call_id": "call_4", "name": "pay", "arguments": "{}", "status": "failed",
        "content": "It failed.", "elapsed_ms": 0,
    });
    check(
        Event::ToolResult(ended.clone()),
        json!({"type": "tool_result", "data": expected.clone()}),
    );
    ended.metadata = Some(json!({"receipt": 7}));
    ended.error = Some("no route to bank".into());
    ended.elapsed = Duration::from_secs(2);
    expected["metadata"] = json!({"receipt": 7});
    expected["error"] = json!("no route to bank");
    expected["elapsed_ms"] = json!(2000);
    check(Event::ToolResult(ended), json!({"type": "tool_result", "data": expected}));
}
