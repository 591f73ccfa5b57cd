//! Streams that are cut anywhere, and pieces that nobody would send.

use proptest::prelude::*;

use super::*;
use crate::sse::SseDecoder;

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
