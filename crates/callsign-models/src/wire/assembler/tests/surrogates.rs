//! Characters whose two UTF-16 halves arrive in different pieces.

use proptest::prelude::*;

use super::*;

/// Returns a chunk with this field of the delta as raw JSON.
fn raw(field: &str, json: &str) -> Value {
    format!(r#"{{"choices":[{{"index":0,"delta":{{"{field}":"{json}"}}}}]}}"#).into()
}

fn raw_arguments(index: u64, json: &str) -> Value {
    format!(
        r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{index},"function":{{"arguments":"{json}"}}}}]}}}}]}}"#
    )
    .into()
}

fn start(index: u64) -> Value {
    let call = fragment(json!(index), json!(format!("c{index}")), json!("get_time"), json!(""));
    delta(&json!({ "tool_calls": [call] }))
}

#[track_caller]
fn assembled(chunks: &[Value]) -> Assembled {
    let chunks = [chunks, &[end("stop"), "[DONE]".into()]].concat();
    assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response")
}

#[test]
fn halves_in_two_pieces_are_joined() {
    for field in ["content", "reasoning_content", "reasoning", "refusal"] {
        let response = assembled(&[
            raw(field, "plain "),
            raw(field, r"a\ud83e"),
            raw(field, r"\uDD80b"),
            raw(field, " plain"),
        ]);
        let text = response.text + &response.reasoning + &response.refusal;
        assert_eq!(text, "plain a\u{1F980}b plain", "{field}");
    }
}

#[test]
fn halves_of_arguments_are_joined_for_each_call() {
    let response = assembled(&[
        start(0),
        start(1),
        raw_arguments(0, r#"{\"a\":\"\ud83e"#),
        raw_arguments(1, r#"{\"b\":\"\ud83d"#),
        raw("content", r"\ud83d"),
        raw_arguments(0, r#"\udd80\"}"#),
        raw_arguments(1, r#"\ude00\"}"#),
        raw("content", r"\ude00"),
    ]);
    let arguments: Vec<_> = response.calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, ["{\"a\":\"\u{1F980}\"}", "{\"b\":\"\u{1F600}\"}"]);
    assert_eq!(response.text, "\u{1F600}");
    for (at, call) in response.calls.iter().enumerate() {
        let deltas = response.deltas.iter().filter(|delta| delta.index == at);
        assert_eq!(deltas.map(|delta| &*delta.arguments).collect::<String>(), call.arguments);
    }
}

#[test]
fn lone_half_is_replaced() {
    for (pieces, expected) in [
        (&[r"a\ud83e"][..], "a\u{FFFD}"),
        (&[r"a\ud83e", "b"], "a\u{FFFD}b"),
        (&[r"\udd80b", "c"], "\u{FFFD}bc"),
        (&[r"a\ud83eb\udd80c"], "a\u{FFFD}b\u{FFFD}c"),
        (&[r"\ud83e", r"\ud83e", r"\udd80"], "\u{FFFD}\u{1F980}"),
        (&[r"\ud83e", "", r"\udd80"], "\u{1F980}"),
        (&[r"\ud83e", r"\ud83e\udd80"], "\u{FFFD}\u{1F980}"),
        (&[r"\\ud83e", r"\\udd80"], r"\ud83e\udd80"),
        (&[r"\ud83e \udbfe\udc00", r"\udd80"], "\u{FFFD} \u{10F800}\u{FFFD}"),
    ] {
        let chunks: Vec<_> = pieces.iter().map(|piece| raw("content", piece)).collect();
        let response = assembled(&chunks);
        assert_eq!(response.text, expected, "{pieces:?}");
        let chunks: Vec<_> = pieces.iter().map(|piece| raw_arguments(0, piece)).collect();
        let response = assembled(&[&[start(0)], &*chunks].concat());
        assert_eq!(response.calls[0].arguments, expected, "{pieces:?}");
        let deltas: String = response.deltas.iter().map(|delta| &*delta.arguments).collect();
        assert_eq!(deltas, expected, "{pieces:?}");
    }
}

#[test]
fn lone_halves_in_other_fields_are_replaced() {
    let chunk: Value = r#"{"id":"\ud800","choices":[{"delta":{"content":"x","odd":"\ud800",
        "\udc00":1,"tool_calls":[{"id":"a","function":{"name":"get_time",
        "arguments":{"a":"\ud800"}}}]}}]}"#
        .into();
    let response = assembled(&[chunk]);
    assert_eq!(response.text, "x");
    let finished = response.finished();
    assert_eq!(finished.response_id.as_deref(), Some("\u{FFFD}"));
    assert_eq!(finished.message_extra["odd"], "\u{FFFD}");
    let arguments: Value = serde_json::from_str(&response.calls[0].arguments).expect("JSON");
    assert_eq!(arguments, json!({ "a": "\u{FFFD}" }));
}

#[test]
fn lone_half_in_a_whole_response_is_replaced() {
    let json = r#"{"choices":[{"message":{"content":"a\ud800"},"finish_reason":"stop"}]}"#;
    let (mut assembler, mut events) = (assembler(), Vec::new());
    assembler.push_body(json, &mut events).expect("valid body");
    assembler.finish(EndOfInput::Complete, false, &mut events).expect("complete response");
    assert_eq!(Assembled::from_events(events).text, "a\u{FFFD}");
}

proptest! {
    /// A text that is cut between any two UTF-16 units, and sent as escapes or as it is, arrives.
    #[test]
    fn text_cut_between_any_units_arrives(
        text in "[a\u{e9}\u{1F980}\u{10F800}\"\\\\]{0,12}",
        size in 1..4_usize,
        escape in any::<bool>(),
    ) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let pieces = units.chunks(size).map(|units| {
            let chars = char::decode_utf16(units.iter().copied());
            chars.map(|unit| match unit {
                Ok('"') => "\\\"".to_owned(),
                Ok('\\') => "\\\\".to_owned(),
                Ok(unit) if !escape || unit.is_ascii() => unit.to_string(),
                Ok(unit) => {
                    let mut pair = [0; 2];
                    unit.encode_utf16(&mut pair).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                }
                Err(half) => format!("\\u{:04x}", half.unpaired_surrogate()),
            }).collect::<String>()
        }).collect::<Vec<_>>();
        let chunks: Vec<_> = pieces.iter().map(|piece| raw("content", piece)).collect();
        prop_assert_eq!(&assembled(&chunks).text, &text);
        let chunks: Vec<_> = pieces.iter().map(|piece| raw_arguments(0, piece)).collect();
        let response = assembled(&[&[start(0)], &*chunks].concat());
        let arguments = &response.calls[0].arguments;
        prop_assert!(*arguments == text || (text.is_empty() && arguments == "{}"), "{}", arguments);
    }
}

#[test]
fn halves_in_other_choices_are_joined() {
    let in_choice = |chunk: &Value, index: u64| -> Value {
        let start = format!(r#""choices":[{{"index":{index},"#);
        let json = chunk.as_str().expect("raw JSON").replace(r#""index":0,"delta""#, r#""delta""#);
        json.replace(r#""choices":[{"#, &start).into()
    };
    let reason =
        |index: u64| json!({ "choices": [{ "index": index, "finish_reason": "tool_calls" }] });
    let mut call = start(0);
    call["choices"][0]["index"] = json!(1);
    let chunks = [
        reason(0),
        call,
        in_choice(&raw_arguments(0, r#"{\"a\":\"\ud83e"#), 1),
        in_choice(&raw_arguments(0, r#"\udd80\"}"#), 1),
        reason(1),
    ];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.calls[0].arguments, "{\"a\":\"\u{1F980}\"}");

    let mut call = start(0);
    call["choices"][0]["finish_reason"] = json!("tool_calls");
    for (pieces, expected) in
        [([r"a\ud83e", r"\udd80b"], "a\u{1F980}b"), ([r"a", r"b\ud83e"], "ab\u{FFFD}")]
    {
        let mut chunks = vec![call.clone()];
        chunks.extend(pieces.iter().map(|piece| in_choice(&raw("content", piece), 1)));
        chunks.push(reason(1));
        chunks.push("[DONE]".into());
        let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
        assert_eq!(response.text, expected);
    }
}
