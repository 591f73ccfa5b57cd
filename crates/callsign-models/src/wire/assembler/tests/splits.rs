//! Streams that are split or end at any byte, and arbitrary JSON.

use proptest::prelude::*;

use super::*;
use crate::sse::SseDecoder;

/// A stream of two tool calls with CRLF, comments and multi-byte characters.
fn realistic_stream() -> String {
    let mut chunks = vec![
        json!({ "id": "", "model": "", "choices": [], "prompt_filter_results": [] }),
        delta(&json!({ "role": "assistant", "content": "Ein Blick: \u{1F980} caf\u{e9}" })),
        delta(
            &json!({ "tool_calls": [fragment(json!(0), json!("a"), json!("get_weather"), json!(""))] }),
        ),
    ];
    for text in ["{\"city\":\"", "S\u{e3}o ", "Paulo\"}"] {
        let fragment = fragment(json!(0), json!("absent"), json!("absent"), json!(text));
        chunks.push(delta(&json!({ "tool_calls": [fragment] })));
    }
    chunks.push(delta(
        &json!({ "tool_calls": [fragment(json!(1), json!("b"), json!("get_time"), json!("{}"))] }),
    ));
    chunks.push(end("tool_calls"));
    chunks.push(json!({ "choices": [], "usage": { "prompt_tokens": 1, "completion_tokens": 2 } }));
    let mut stream = "\u{FEFF}: PROCESSING\r\n\r\n".to_owned();
    for chunk in chunks {
        stream.push_str(&format!("data: {chunk}\r\n\r\n"));
    }
    stream + "data: [DONE]\r\n\r\n"
}

fn decode(chunks: &[&[u8]]) -> Vec<ModelEvent> {
    let mut decoder = SseDecoder::default();
    let mut assembler = assembler();
    let mut events = Vec::new();
    for chunk in chunks {
        let pushed = decoder.push(chunk, |name, data| {
            let taken = assembler.push_event(name, data, &mut events);
            taken.expect("valid chunk");
        });
        pushed.expect("below the size limit");
    }
    assembler.finish(EndOfInput::ConnectionClosed, false, &mut events).expect("complete response");
    events
}

#[test]
fn events_do_not_depend_on_where_the_stream_is_split() {
    let stream = realistic_stream();
    let bytes = stream.as_bytes();
    let expected = decode(&[bytes]);
    let response = Assembled::from_events(expected.clone());
    assert_eq!(response.text, "Ein Blick: \u{1F980} caf\u{e9}");
    assert_eq!(
        response.calls,
        [
            ToolCall::new("a", "get_weather", "{\"city\":\"S\u{e3}o Paulo\"}"),
            ToolCall::new("b", "get_time", "{}"),
        ]
    );
    for at in 0..bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(decode(&[left, right]), expected, "split at {at}");
    }
}

#[test]
fn truncated_stream_emits_no_tool_calls() {
    let stream = realistic_stream();
    let finish = stream.find("finish_reason").expect("present");
    for at in 0..finish {
        let mut assembler = assembler();
        let mut events = Vec::new();
        let pushed = SseDecoder::default().push(&stream.as_bytes()[..at], |name, data| {
            let taken = assembler.push_event(name, data, &mut events);
            taken.expect("valid chunk");
        });
        pushed.expect("below the size limit");
        let ended = assembler.finish(EndOfInput::ConnectionClosed, false, &mut events);
        assert!(matches!(ended, Err(ResponseError::Incomplete)), "truncated at {at}");
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
        let _ = assemble(&chunks, EndOfInput::ConnectionClosed);
        let calls: Vec<_> = chunks.into_iter().map(|value| delta(&json!({ "tool_calls": [value] }))).collect();
        let _ = assemble(&calls, EndOfInput::Complete);
    }

    #[test]
    fn any_split_of_a_stream_gives_the_same_events(splits in prop::collection::vec(0..1200_usize, 0..20)) {
        let stream = realistic_stream();
        let bytes = stream.as_bytes();
        let mut splits: Vec<_> = splits.into_iter().map(|split| split.min(bytes.len())).collect();
        splits.extend([0, bytes.len()]);
        splits.sort_unstable();
        let chunks: Vec<&[u8]> = splits.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decode(&chunks), decode(&[bytes]));
    }

    /// Calls are reassembled for any fragment size, with or without an index.
    #[test]
    fn split_calls_are_reassembled(
        arguments in prop::collection::vec("[a-z{}\"\\\\ ]{0,12}", 1..5),
        size in 1..6_usize,
        with_index in any::<bool>(),
        repeat_name in any::<bool>(),
    ) {
        let mut deltas = Vec::new();
        let mut expected = Vec::new();
        for (at, text) in arguments.iter().enumerate() {
            let id = format!("id{at}");
            let json = json!({ "text": text }).to_string();
            let letters: Vec<char> = json.chars().collect();
            for (nth, part) in letters.chunks(size).enumerate() {
                let mut fragment = json!({ "function": { "arguments": part.iter().collect::<String>() } });
                if with_index {
                    fragment["index"] = json!(at);
                }
                if nth == 0 || repeat_name {
                    fragment["id"] = json!(id);
                    fragment["function"]["name"] = json!("get_time");
                }
                deltas.push(json!({ "tool_calls": [fragment] }));
            }
            expected.push(ToolCall::new(id, "get_time", json));
        }
        prop_assert_eq!(stream(&deltas).calls, expected);
    }
}
