//! Each quirk of a stream by its name: what comes, and what is made of it.

use std::sync::Arc;

use callsign_core::words::event::{Finished, ModelEvent, ToolCallDelta};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use callsign_core::words::usage::Usage;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::sse::SseDecoder;

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
                ModelEvent::Finished(finished) => reply.finished = Some(finished),
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

/// Pieces of calls, one list for each delta, and the calls that they make.
#[track_caller]
fn check(lists: &[Value], expected: &[(&str, &str, &str)]) {
    let deltas: Vec<_> = lists.iter().map(|list| json!({ "tool_calls": list })).collect();
    let reply = stream(&deltas);
    let calls: Vec<_> =
        reply.calls.iter().map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
    assert_eq!(calls, expected);
    // An audience hears the same arguments, in as many calls.
    for (at, call) in reply.calls.iter().enumerate() {
        let pieces = reply.deltas.iter().filter(|delta| delta.index == at);
        let heard: String = pieces.map(|delta| &*delta.arguments).collect();
        assert!(
            heard == call.arguments || (heard.trim().is_empty() && call.arguments == "{}"),
            "{heard}"
        );
    }
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

#[test]
fn calls_as_the_specification_has_them() {
    check(
        &[
            json!([piece(json!(0), json!("a"), json!("get_weather"), json!(""))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("{\"city\":"))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("\"Oslo\"}"))]),
            json!([piece(json!(1), json!("b"), json!("get_time"), json!(""))]),
            json!([piece(json!(1), json!("absent"), json!("absent"), json!("{}"))]),
        ],
        &[("a", "get_weather", "{\"city\":\"Oslo\"}"), ("b", "get_time", "{}")],
    );
}

#[test]
fn pieces_of_two_calls_that_alternate() {
    check(
        &[
            json!([piece(json!(0), json!("a"), json!("get_weather"), json!("{\"a\""))]),
            json!([piece(json!(1), json!("b"), json!("get_weather"), json!("{\"b\""))]),
            json!([
                piece(json!(0), json!(null), json!(null), json!(":1}")),
                piece(json!(1), json!(""), json!(""), json!(":2}")),
            ]),
        ],
        &[("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"b\":2}")],
    );
}

#[test]
fn index_missing_and_calls_whole() {
    let list = json!([
        piece(json!("absent"), json!("a"), json!("get_weather"), json!("{\"a\":1}")),
        piece(json!("absent"), json!("b"), json!("get_weather"), json!("{\"a\":1}")),
    ]);
    let expected = [("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"a\":1}")];
    check(&[list.clone()], &expected);
    check(&[json!([list[0]]), json!([list[1]])], &expected);
}

#[test]
fn index_and_id_missing() {
    let one = piece(json!("absent"), json!("absent"), json!("get_weather"), json!("{\"a\":1}"));
    let other = piece(json!("absent"), json!(""), json!("get_time"), json!("{}"));
    let expected = [("", "get_weather", "{\"a\":1}"), ("", "get_time", "{}")];
    check(&[json!([one, other])], &expected);
    check(&[json!([one]), json!([other])], &expected);
    // The same call twice is two calls.
    check(
        &[json!([one, one])],
        &[("", "get_weather", "{\"a\":1}"), ("", "get_weather", "{\"a\":1}")],
    );
    // In pieces.
    check(
        &[
            json!([piece(json!(null), json!(null), json!("get_weather"), json!("{\"a"))]),
            json!([piece(json!(null), json!(null), json!(null), json!("\":1}"))]),
            json!([piece(json!(null), json!(null), json!("get_weather"), json!("{\"b"))]),
            json!([piece(json!(null), json!(null), json!(null), json!("\":2}"))]),
        ],
        &[("", "get_weather", "{\"a\":1}"), ("", "get_weather", "{\"b\":2}")],
    );
}

#[test]
fn index_always_zero() {
    for ids in [["a", "b"], ["a", "a"], ["", ""]] {
        let list = [
            piece(json!(0), json!(ids[0]), json!("get_weather"), json!("{\"a\":1}")),
            piece(json!(0), json!(ids[1]), json!("get_weather"), json!("{\"a\":2}")),
        ];
        let expected = [(ids[0], "get_weather", "{\"a\":1}"), (ids[1], "get_weather", "{\"a\":2}")];
        check(&[json!(list)], &expected);
        check(&[json!([list[0]]), json!([list[1]])], &expected);
    }
}

#[test]
fn index_always_zero_and_calls_in_pieces() {
    check(
        &[
            json!([piece(json!(0), json!("a"), json!("get_weather"), json!(""))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("{\"a\":"))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("1}"))]),
            json!([piece(json!(0), json!("b"), json!("get_weather"), json!(""))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("{\"a\":2}"))]),
        ],
        &[("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"a\":2}")],
    );
}

#[test]
fn index_always_zero_and_neither_call_has_arguments() {
    check(
        &[
            json!([piece(json!(0), json!("a"), json!("get_time"), json!(""))]),
            json!([piece(json!(0), json!("b"), json!("get_time"), json!(""))]),
        ],
        &[("a", "get_time", "{}"), ("b", "get_time", "{}")],
    );
    check(
        &[
            json!([piece(json!(0), json!(null), json!("get_time"), json!(null))]),
            json!([piece(json!(0), json!(null), json!("get_weather"), json!(null))]),
        ],
        &[("", "get_time", "{}"), ("", "get_weather", "{}")],
    );
}

#[test]
fn index_with_gaps_or_as_a_text() {
    check(
        &[
            json!([piece(json!(1), json!("a"), json!("get_weather"), json!("{"))]),
            json!([piece(json!("7"), json!("b"), json!("get_time"), json!("{"))]),
            json!([piece(json!(7), json!("absent"), json!("absent"), json!("}"))]),
            json!([piece(json!(1), json!("absent"), json!("absent"), json!("}"))]),
        ],
        &[("a", "get_weather", "{}"), ("b", "get_time", "{}")],
    );
}

#[test]
fn index_only_from_the_second_piece_on() {
    check(
        &[
            json!([piece(json!("absent"), json!("a"), json!("get_weather"), json!("{"))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("}"))]),
        ],
        &[("a", "get_weather", "{}")],
    );
}

#[test]
fn id_resent_in_every_piece() {
    let piece =
        |arguments: &str| json!([piece(json!(0), json!("a"), json!("absent"), json!(arguments))]);
    let first = json!([{ "index": 0, "id": "a", "function": { "name": "get_time" } }]);
    check(&[first, piece("{\"a\""), piece(":"), piece("1}")], &[("a", "get_time", "{\"a\":1}")]);
}

#[test]
fn id_minted_for_every_piece() {
    check(
        &[
            json!([piece(json!(0), json!("a1"), json!("get_time"), json!(""))]),
            json!([piece(json!(0), json!("a2"), json!(null), json!("{\"a\""))]),
            json!([piece(json!(0), json!("a3"), json!(null), json!(":1}"))]),
        ],
        &[("a1", "get_time", "{\"a\":1}")],
    );
}

#[test]
fn id_is_a_number() {
    check(
        &[json!([piece(json!(0), json!(17), json!("get_time"), json!("{}"))])],
        &[("17", "get_time", "{}")],
    );
}

#[test]
fn id_repeated_for_two_calls_without_an_index() {
    check(
        &[
            json!([piece(json!(null), json!("a"), json!("get_time"), json!("{\"a\":1}"))]),
            json!([piece(json!(null), json!("a"), json!("get_time"), json!("{\"a\":2}"))]),
            json!([piece(json!(null), json!("a"), json!("get_weather"), json!("{\"a\":2}"))]),
        ],
        &[
            ("a", "get_time", "{\"a\":1}"),
            ("a", "get_time", "{\"a\":2}"),
            ("a", "get_weather", "{\"a\":2}"),
        ],
    );
}

#[test]
fn name_resent_whole_in_every_piece() {
    for id in [json!("a"), json!(null)] {
        let piece = |arguments: &str| {
            json!([piece(json!(0), id.clone(), json!("get_time"), json!(arguments))])
        };
        check(
            &[piece(""), piece("{\"a\""), piece(":1"), piece("}"), piece("")],
            &[(id.as_str().unwrap_or_default(), "get_time", "{\"a\":1}")],
        );
    }
}

#[test]
fn name_in_pieces() {
    let piece = |name: &str, arguments: Value| json!([{ "index": 0, "function": { "name": name, "arguments": arguments } }]);
    check(
        &[piece("get", json!(null)), piece("_ti", json!("")), piece("me", json!("{}"))],
        &[("", "get_time", "{}")],
    );
    // A name that no tool has.
    check(&[piece("no_", json!("")), piece("such", json!("{}"))], &[("", "no_such", "{}")]);
    // Each piece has what came before it, too.
    check(
        &[piece("get", json!("")), piece("get_time", json!("")), piece("get_time", json!("{}"))],
        &[("", "get_time", "{}")],
    );
}

#[test]
fn an_audience_hears_a_name_once_and_whole() {
    let pieces = [("get", ""), ("_time", ""), ("", "{}")];
    let pieces = pieces.map(|(name, arguments)| {
        json!({ "tool_calls": [{ "index": 0, "function": { "name": name, "arguments": arguments } }] })
    });
    let heard = stream(&pieces).deltas;
    let delta = |name: Option<&str>, arguments: &str| ToolCallDelta {
        index: 0,
        name: name.map(str::to_owned),
        arguments: arguments.to_owned(),
    };
    assert_eq!(heard, [delta(Some("get_time"), ""), delta(None, "{}")]);
}

#[test]
fn a_call_that_is_resent_whole_is_one_call() {
    check(
        &[
            json!([piece(json!(0), json!("a"), json!("get_time"), json!("{\"a\":"))]),
            json!([piece(json!(0), json!("absent"), json!("absent"), json!("1}"))]),
            json!([piece(json!(0), json!("a"), json!("get_time"), json!("{\"a\":1}"))]),
        ],
        &[("a", "get_time", "{\"a\":1}")],
    );
}

#[test]
fn arguments_empty_absent_or_null_mean_an_empty_object() {
    for arguments in [json!(""), json!("absent"), json!(null), json!("  ")] {
        check(
            &[json!([piece(json!(0), json!("a"), json!("get_time"), arguments)])],
            &[("a", "get_time", "{}")],
        );
    }
}

#[test]
fn arguments_as_an_object_keep_their_text() {
    let data = r#"{"choices":[{"delta":{"tool_calls":[
        {"id":"a","function":{"name":"get_time","arguments":{"z":1.50,"a":12345678901234567890123}}},
        {"id":"b","function":{"name":"get_time","arguments":{}}}]},"finish_reason":"stop"}]}"#;
    let reply = assemble(&[data.into()], End::EndOfFile).expect("it ends well");
    let arguments: Vec<_> = reply.calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, [r#"{"z":1.50,"a":12345678901234567890123}"#, "{}"]);
}

#[test]
fn arguments_with_escapes_and_braces_in_texts() {
    let text = "{\"a\":\"}\\\"{\u{1F980}\\\\\"}";
    check(
        &[
            json!([piece(json!(0), json!(null), json!("get_time"), json!(text))]),
            json!([piece(json!(0), json!(null), json!("get_time"), json!("{}"))]),
        ],
        &[("", "get_time", text), ("", "get_time", "{}")],
    );
}

#[test]
fn a_whole_call_with_its_finish_reason_and_usage_in_one_chunk() {
    let chunk = json!({ "id": "r", "choices": [{ "index": 0, "delta": { "content": "",
        "tool_calls": [{ "id": "abc0dF1gh", "function": {
            "name": "get_time", "arguments": "{}", "call_id": null } }] },
        "finish_reason": "tool_calls" }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7 } });
    let reply = assemble(&[chunk, "[DONE]".into()], End::EndOfFile).expect("it ends well");
    assert_eq!(reply.calls, [ToolCall::new("abc0dF1gh", "get_time", "{}")]);
    assert_eq!(reply.finished().usage, Some(Usage::new(3, 4)));
    assert_eq!(reply.finished().extra, Map::new());
}

#[test]
fn usage_that_is_repeated_is_replaced() {
    let usage = |n: u64| json!({ "prompt_tokens": 10, "completion_tokens": n });
    let mut chunks: Vec<Value> = (1..4)
        .map(|n| {
            let mut chunk = delta(&json!({ "content": "x" }));
            chunk["usage"] = usage(n);
            chunk
        })
        .collect();
    chunks.push(end("stop"));
    let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
    assert_eq!(reply.finished().usage, Some(Usage::new(10, 3)));
}

#[test]
fn usage_in_a_trailing_chunk_without_choices() {
    let trailing = json!({ "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 2,
        "prompt_tokens_details": { "cached_tokens": 8, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 1 }, "cost": 0.5 } });
    let chunks = [delta(&json!({ "content": "x" })), end("stop"), trailing.clone()];
    let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
    let usage = reply.finished().usage.expect("a usage");
    assert_eq!((usage.cached_input_tokens, usage.reasoning_tokens), (8, 1));
    // What is not known of it stays readable.
    assert_eq!(reply.finished().extra["usage"], trailing["usage"]);
}

#[test]
fn first_chunk_of_azure_and_choices_without_a_delta() {
    let filter = json!([{ "prompt_index": 0, "content_filter_results": {} }]);
    let first = json!({ "id": "", "model": "", "object": "", "created": 0, "choices": [],
        "prompt_filter_results": filter });
    let bare = json!({ "choices": [{ "index": 0, "finish_reason": "stop",
        "content_filter_offsets": { "check_offset": 1 } }] });
    let null = json!({ "choices": [{ "index": 0, "delta": null, "finish_reason": null }] });
    let chunks = [first, delta(&json!({ "content": "x" })), null, bare];
    let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
    assert_eq!(reply.text, "x");
    let finished = reply.finished();
    assert_eq!(finished.response_id.as_deref(), Some("r1"));
    assert_eq!(finished.model.as_deref(), Some("m"));
    assert_eq!(finished.extra["prompt_filter_results"], filter);
    assert_eq!(finished.extra["content_filter_offsets"], json!({ "check_offset": 1 }));
}

#[test]
fn content_null_absent_empty_or_a_list_of_parts() {
    let parts = json!([{ "type": "text", "text": "b" }, { "type": "reference", "ids": [1] },
        { "type": "thinking", "thinking": [{ "type": "text", "text": "why" }] },
        { "type": "text", "text": "c" }]);
    let reply = stream(&[
        json!({ "role": "", "content": null }),
        json!({}),
        json!({ "content": "" }),
        json!({ "content": "a" }),
        json!({ "content": parts }),
    ]);
    assert_eq!((&*reply.text, &*reply.reasoning), ("abc", "why"));
    let kept = json!([{ "type": "reference", "ids": [1] }]);
    assert_eq!(reply.finished().message_extra["content"], kept);
}

#[test]
fn reasoning_under_either_name_or_both() {
    let reply = stream(&[
        json!({ "reasoning_content": "a" }),
        json!({ "reasoning": "b" }),
        json!({ "reasoning_content": "c", "reasoning": "c" }),
        json!({ "reasoning_content": null, "reasoning": { "odd": true } }),
    ]);
    assert_eq!(reply.reasoning, "abc");
    assert_eq!(reply.finished().message_extra["reasoning"], json!({ "odd": true }));
}

#[test]
fn refusal_null_false_or_a_text() {
    let reply = stream(&[
        json!({ "refusal": null }),
        json!({ "refusal": false }),
        json!({ "refusal": "" }),
        json!({ "refusal": "I " }),
        json!({ "refusal": "can't." }),
    ]);
    assert_eq!(reply.refusal, "I can't.");
    assert_eq!(reply.finished().message_extra, Map::new());
}

#[test]
fn fields_that_are_not_known_are_kept() {
    let reply = stream(&[
        json!({ "content": "x", "audio": { "id": "u", "data": "AA" }, "annotations": [1] }),
        json!({ "audio": { "id": "u", "data": "BB" }, "annotations": [2], "odd": null }),
        json!({ "tool_calls": [{ "index": 0, "id": "a", "type": "function",
            "extra_content": { "google": { "thought_signature": "s" } },
            "function": { "name": "get_time", "arguments": "{}", "call_id": "c" } }] }),
    ]);
    let kept = json!({ "audio": { "id": "u", "data": "AABB" }, "annotations": [1, 2] });
    assert_eq!(Value::from(reply.finished().message_extra.clone()), kept);
    let kept = json!({ "extra_content": { "google": { "thought_signature": "s" } },
        "function": { "call_id": "c" } });
    assert_eq!(Value::from(reply.calls[0].extra.clone()), kept);
}

#[test]
fn log_probabilities_of_all_pieces_are_kept() {
    let chunk = |token: &str| {
        json!({ "service_tier": "default", "choices": [{ "delta": { "content": token },
            "logprobs": { "content": [{ "token": token }], "refusal": null } }] })
    };
    let chunks = [chunk("a"), chunk("a"), end("stop")];
    let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
    let kept = json!({ "service_tier": "default",
        "logprobs": { "content": [{ "token": "a" }, { "token": "a" }], "refusal": null } });
    assert_eq!(Value::from(reply.finished().extra.clone()), kept);
}

#[test]
fn only_the_first_choice_counts() {
    let chunk = json!({ "choices": [
        { "index": 1, "delta": { "content": "b" }, "finish_reason": "length" },
        { "index": 0, "delta": { "content": "a" }, "finish_reason": "stop" },
        { "index": 2, "delta": { "content": "c" }, "finish_reason": "error" },
    ] });
    let reply = assemble(&[chunk], End::EndOfFile).expect("it ends well");
    assert_eq!((&*reply.text, &reply.finished().reason), ("a", &FinishReason::Stop));
}

#[test]
fn a_message_beside_deltas_is_not_taken_twice() {
    let mut chunk = delta(&json!({ "content": "a" }));
    chunk["choices"][0]["message"] = json!({ "content": "a" });
    let whole = json!({ "choices": [{ "message": { "content": "a" }, "finish_reason": "stop" }] });
    let reply = assemble(&[chunk, whole], End::EndOfFile).expect("it ends well");
    assert_eq!(reply.text, "a");
}

#[test]
fn finish_reasons_are_an_open_set() {
    for (spelled, expected) in [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("eos_token", FinishReason::Other("eos_token".to_owned())),
    ] {
        let reply = assemble(&[end(spelled)], End::EndOfFile).expect("it ends well");
        assert_eq!(reply.finished().reason, expected);
    }
}

#[test]
fn done_without_a_finish_reason_is_missing_one() {
    let chunks = [delta(&json!({ "content": "x" })), "[DONE]".into(), "nonsense".into()];
    let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
    assert_eq!(reply.finished().reason, FinishReason::Missing);
}

#[test]
fn end_of_file_without_a_finish_reason_is_cut_off() {
    let call = json!({ "tool_calls": [piece(json!(0), json!("a"), json!("get_time"),
        json!("{\"path\":\"/data/tmp"))] });
    for chunks in [vec![], vec![delta(&json!({ "content": "x" }))], vec![delta(&call)]] {
        assert!(matches!(assemble(&chunks, End::EndOfFile), Err(Fault::CutOff)));
    }
    let mut events = Vec::new();
    Assembler::new(tools()).finish(End::EndOfFile, true, &mut events).expect("it is allowed");
    assert_eq!(Reply::of(events).finished().reason, FinishReason::Missing);
}

#[test]
fn an_error_inside_a_stream_is_an_error() {
    let error = json!({ "message": "Token limit reached", "code": 400 });
    for chunk in [
        json!({ "error": error }),
        json!({ "error": error, "choices": [] }),
        json!({ "error": error, "choices": [{ "delta": { "content": "" } }] }),
        json!({ "choices": [{ "error": error, "delta": {}, "finish_reason": "error" }] }),
        json!([{ "error": error }]),
    ] {
        match assemble(&[delta(&json!({ "content": "x" })), chunk], End::EndOfFile) {
            Err(Fault::Reported(reported)) => assert_eq!(reported, error),
            other => panic!("{other:?}"),
        }
    }
    let quiet = json!({ "error": null, "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    assert!(assemble(&[quiet], End::EndOfFile).is_ok());
    for chunk in [end("error"), json!({ "message": "no", "statusCode": 500 })] {
        assert!(matches!(assemble(&[chunk], End::EndOfFile), Err(Fault::Reported(_))));
    }
    let mut assembler = Assembler::new(tools());
    let taken = assembler.take_event("error", "overloaded", &mut Vec::new());
    assert!(matches!(taken, Err(Fault::Reported(Value::String(text))) if text == "overloaded"));
}

#[test]
fn what_is_no_chunk_is_a_fault() {
    for data in ["ping", "[]", "{\"choices\":{}}", "{\"choices\":[{\"delta\":{\"tool_calls\":1}}]}"]
    {
        let taken = assemble(&[data.into()], End::EndOfFile);
        assert!(matches!(taken, Err(Fault::NotUnderstood(..))), "{data}: {taken:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(assemble(&[format!("{{\"x\":{deep}").into()], End::EndOfFile).is_err());
}

#[test]
fn a_whole_reply_is_a_stream_of_one_piece() {
    let body = json!({ "id": "r", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Let me see.", "reasoning_content": "Hm.",
            "tool_calls": [
                { "id": "a", "type": "function", "function": { "name": "get_time", "arguments": "" } },
                { "id": "a", "type": "function",
                  "function": { "name": "get_weather", "arguments": { "city": "Oslo" } } } ] } }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 } });
    let mut assembler = Assembler::new(tools());
    let mut events = Vec::new();
    assembler.take_body(&body.to_string(), &mut events).expect("it is understood");
    assembler.finish(End::Said, false, &mut events).expect("it ends well");
    let reply = Reply::of(events);
    assert_eq!((&*reply.text, &*reply.reasoning), ("Let me see.", "Hm."));
    let expected = [
        ToolCall::new("a", "get_time", "{}"),
        ToolCall::new("a", "get_weather", "{\"city\":\"Oslo\"}"),
    ];
    assert_eq!(reply.calls, expected);
    assert_eq!(reply.finished().extra["created"], 1);
}

#[test]
fn a_body_without_a_choice_is_a_fault() {
    for (body, cut_off) in
        [("{}", false), ("{\"choices\":[]}", false), ("{\"choices\":[{\"me", true)]
    {
        let taken = Assembler::new(tools()).take_body(body, &mut Vec::new());
        match taken {
            Err(Fault::CutOff) => assert!(cut_off, "{body}"),
            Err(Fault::NotUnderstood(..)) => assert!(!cut_off, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

/// A stream of two calls as a service sends it, with CRLF, comments and characters of many bytes.
fn realistic() -> String {
    let mut chunks = vec![
        json!({ "id": "", "model": "", "choices": [], "prompt_filter_results": [] }),
        delta(&json!({ "role": "assistant", "content": "Ein Blick: \u{1F980} caf\u{e9}" })),
        delta(
            &json!({ "tool_calls": [piece(json!(0), json!("a"), json!("get_weather"), json!(""))] }),
        ),
    ];
    for text in ["{\"city\":\"", "S\u{e3}o ", "Paulo\"}"] {
        let piece = piece(json!(0), json!("absent"), json!("absent"), json!(text));
        chunks.push(delta(&json!({ "tool_calls": [piece] })));
    }
    chunks.push(delta(
        &json!({ "tool_calls": [piece(json!(1), json!("b"), json!("get_time"), json!("{}"))] }),
    ));
    chunks.push(end("tool_calls"));
    chunks.push(json!({ "choices": [], "usage": { "prompt_tokens": 1, "completion_tokens": 2 } }));
    let mut stream = "\u{FEFF}: PROCESSING\r\n\r\n".to_owned();
    for chunk in chunks {
        stream.push_str(&format!("data: {chunk}\r\n\r\n"));
    }
    stream + "data: [DONE]\r\n\r\n"
}

fn decode(pieces: &[&[u8]]) -> Vec<ModelEvent> {
    let mut decoder = SseDecoder::default();
    let mut assembler = Assembler::new(tools());
    let mut events = Vec::new();
    for piece in pieces {
        let pushed = decoder.push(piece, |name, data| {
            let taken = assembler.take_event(name, data, &mut events);
            taken.expect("it is understood");
        });
        pushed.expect("not too long");
    }
    assembler.finish(End::EndOfFile, false, &mut events).expect("it ends well");
    events
}

#[test]
fn a_stream_cut_at_every_byte_gives_the_same_events() {
    let stream = realistic();
    let bytes = stream.as_bytes();
    let expected = decode(&[bytes]);
    let reply = Reply::of(expected.clone());
    assert_eq!(reply.text, "Ein Blick: \u{1F980} caf\u{e9}");
    assert_eq!(
        reply.calls,
        [
            ToolCall::new("a", "get_weather", "{\"city\":\"S\u{e3}o Paulo\"}"),
            ToolCall::new("b", "get_time", "{}"),
        ]
    );
    for at in 0..bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(decode(&[left, right]), expected, "cut at {at}");
    }
}

#[test]
fn a_stream_that_ends_at_any_byte_gives_no_call_unless_it_had_finished() {
    let stream = realistic();
    let finish = stream.find("finish_reason").expect("it is there");
    for at in 0..finish {
        let mut assembler = Assembler::new(tools());
        let mut events = Vec::new();
        let pushed = SseDecoder::default().push(&stream.as_bytes()[..at], |name, data| {
            let taken = assembler.take_event(name, data, &mut events);
            taken.expect("it is understood");
        });
        pushed.expect("not too long");
        let ended = assembler.finish(End::EndOfFile, false, &mut events);
        assert!(matches!(ended, Err(Fault::CutOff)), "cut at {at}");
        assert!(!events.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_u64).prop_map(Value::from),
        prop::sample::select(vec!["", "a", "get_time", "get_", "{}", "{\"a\":1}", "{\"a", "text"])
            .prop_map(Value::from),
    ];
    let keys = vec![
        "index",
        "id",
        "function",
        "name",
        "arguments",
        "tool_calls",
        "content",
        "delta",
        "message",
        "choices",
        "finish_reason",
        "usage",
        "error",
        "text",
        "type",
        "odd",
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let keys = prop::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_never_panics(chunks in prop::collection::vec(any_value(), 0..6)) {
        let _ = assemble(&chunks, End::EndOfFile);
        let calls: Vec<_> = chunks.into_iter().map(|value| delta(&json!({ "tool_calls": [value] }))).collect();
        let _ = assemble(&calls, End::Said);
    }

    #[test]
    fn any_chunking_of_a_stream_gives_the_same(cuts in prop::collection::vec(0..1200_usize, 0..20)) {
        let stream = realistic();
        let bytes = stream.as_bytes();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decode(&pieces), decode(&[bytes]));
    }

    /// However calls are cut into pieces, and whether they are numbered or only named, they come
    /// out as they went in.
    #[test]
    fn calls_come_out_as_they_went_in(
        arguments in prop::collection::vec("[a-z{}\"\\\\ ]{0,12}", 1..5),
        size in 1..6_usize,
        numbered in any::<bool>(),
        resent in any::<bool>(),
    ) {
        let mut deltas = Vec::new();
        let mut expected = Vec::new();
        for (at, text) in arguments.iter().enumerate() {
            let id = format!("id{at}");
            let json = json!({ "text": text }).to_string();
            let letters: Vec<char> = json.chars().collect();
            for (nth, part) in letters.chunks(size).enumerate() {
                let mut piece = json!({ "function": { "arguments": part.iter().collect::<String>() } });
                if numbered {
                    piece["index"] = json!(at);
                }
                if nth == 0 || resent {
                    piece["id"] = json!(id);
                    piece["function"]["name"] = json!("get_time");
                }
                deltas.push(json!({ "tool_calls": [piece] }));
            }
            expected.push(ToolCall::new(id, "get_time", json));
        }
        prop_assert_eq!(stream(&deltas).calls, expected);
    }
}
