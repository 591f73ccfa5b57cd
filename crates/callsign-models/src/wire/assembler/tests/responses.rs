//! Everything except the assignment of fragments to tool calls.

use super::*;

#[test]
fn one_chunk_with_call_finish_reason_and_usage() {
    let chunk = json!({ "id": "r", "choices": [{ "index": 0, "delta": { "content": "",
        "tool_calls": [{ "id": "abc0dF1gh", "function": {
            "name": "get_time", "arguments": "{}", "call_id": null } }] },
        "finish_reason": "tool_calls" }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7 } });
    let response = assemble(&[chunk, "[DONE]".into()], EndOfInput::ConnectionClosed)
        .expect("complete response");
    assert_eq!(response.calls, [ToolCall::new("abc0dF1gh", "get_time", "{}")]);
    assert_eq!(response.finished().usage, Some(Usage::new(3, 4)));
    assert_eq!(response.finished().extra, Map::new());
}

#[test]
fn repeated_usage_is_replaced() {
    let usage = |n: u64| json!({ "prompt_tokens": 10, "completion_tokens": n });
    let mut chunks: Vec<Value> = (1..4)
        .map(|n| {
            let mut chunk = delta(&json!({ "content": "x" }));
            chunk["usage"] = usage(n);
            chunk
        })
        .collect();
    chunks.push(end("stop"));
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.finished().usage, Some(Usage::new(10, 3)));
}

#[test]
fn usage_in_provider_specific_fields() {
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": 2 });
    let groq = json!({ "choices": [], "x_groq": { "id": "i", "usage": usage } });
    let mut moonshot = end("stop");
    moonshot["choices"][0]["usage"] = usage;
    for chunks in [vec![end("stop"), groq], vec![moonshot]] {
        let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
        assert_eq!(response.finished().usage, Some(Usage::new(9, 2)));
    }
}

#[test]
fn usage_in_a_trailing_chunk_without_choices() {
    let trailing = json!({ "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 2,
        "prompt_tokens_details": { "cached_tokens": 8, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 1 }, "cost": 0.5 } });
    let chunks = [delta(&json!({ "content": "x" })), end("stop"), trailing.clone()];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    let usage = response.finished().usage.expect("a usage");
    assert_eq!((usage.cached_input_tokens, usage.reasoning_tokens), (8, 1));
    // The raw object keeps the unknown figures.
    assert_eq!(response.finished().extra["usage"], trailing["usage"]);
}

#[test]
fn first_azure_chunk_and_choices_without_delta() {
    let filter = json!([{ "prompt_index": 0, "content_filter_results": {} }]);
    let first = json!({ "id": "", "model": "", "object": "", "created": 0, "choices": [],
        "prompt_filter_results": filter });
    let bare = json!({ "choices": [{ "index": 0, "finish_reason": "stop",
        "content_filter_offsets": { "check_offset": 1 } }] });
    let null = json!({ "choices": [{ "index": 0, "delta": null, "finish_reason": null }] });
    let chunks = [first, delta(&json!({ "content": "x" })), null, bare];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.text, "x");
    let finished = response.finished();
    assert_eq!(finished.response_id.as_deref(), Some("r1"));
    assert_eq!(finished.model.as_deref(), Some("m"));
    assert_eq!(finished.extra["prompt_filter_results"], filter);
    assert_eq!(finished.extra["content_filter_offsets"], json!({ "check_offset": 1 }));
}

#[test]
fn content_null_absent_empty_or_array_of_parts() {
    let parts = json!([{ "type": "text", "text": "b" }, { "type": "reference", "ids": [1] },
        { "type": "thinking", "thinking": [{ "type": "text", "text": "why" }] },
        { "type": "text", "text": "c" }]);
    let response = stream(&[
        json!({ "role": "", "content": null }),
        json!({}),
        json!({ "content": "" }),
        json!({ "content": "a" }),
        json!({ "content": parts }),
    ]);
    assert_eq!((&*response.text, &*response.reasoning), ("abc", "why"));
    let kept = json!([{ "type": "reference", "ids": [1] }]);
    assert_eq!(response.finished().message_extra["content"], kept);
}

#[test]
fn reasoning_under_either_name_or_both() {
    let response = stream(&[
        json!({ "reasoning_content": "a" }),
        json!({ "reasoning": "b" }),
        json!({ "reasoning_content": "c", "reasoning": "c" }),
        json!({ "reasoning_content": null, "reasoning": { "odd": true } }),
    ]);
    assert_eq!(response.reasoning, "abc");
    assert_eq!(response.finished().message_extra["reasoning"], json!({ "odd": true }));
}

#[test]
fn refusal_null_false_or_text() {
    let response = stream(&[
        json!({ "refusal": null }),
        json!({ "refusal": false }),
        json!({ "refusal": "" }),
        json!({ "refusal": "I " }),
        json!({ "refusal": "can't." }),
    ]);
    assert_eq!(response.refusal, "I can't.");
    assert_eq!(response.finished().message_extra, Map::new());
}

#[test]
fn unknown_fields_are_kept() {
    let response = stream(&[
        json!({ "content": "x", "audio": { "id": "u", "data": "AA" }, "annotations": [1] }),
        json!({ "audio": { "id": "u", "data": "BB" }, "annotations": [2], "odd": null }),
        json!({ "tool_calls": [{ "index": 0, "id": "a", "type": "function",
            "extra_content": { "google": { "thought_signature": "s" } },
            "function": { "name": "get_time", "arguments": "{}", "call_id": "c" } }] }),
    ]);
    let kept = json!({ "audio": { "id": "u", "data": "AABB" }, "annotations": [1, 2] });
    assert_eq!(Value::from(response.finished().message_extra.clone()), kept);
    let kept = json!({ "extra_content": { "google": { "thought_signature": "s" } },
        "function": { "call_id": "c" } });
    assert_eq!(Value::from(response.calls[0].extra.clone()), kept);
}

#[test]
fn log_probabilities_of_all_chunks_are_kept() {
    let chunk = |token: &str| {
        json!({ "service_tier": "default", "choices": [{ "delta": { "content": token },
            "logprobs": { "content": [{ "token": token }], "refusal": null } }] })
    };
    let chunks = [chunk("a"), chunk("a"), end("stop")];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    let kept = json!({ "service_tier": "default",
        "logprobs": { "content": [{ "token": "a" }, { "token": "a" }], "refusal": null } });
    assert_eq!(Value::from(response.finished().extra.clone()), kept);
}

#[test]
fn only_choice_zero_is_used() {
    let chunk = json!({ "choices": [
        { "index": 1, "delta": { "content": "b" }, "finish_reason": "length" },
        { "index": 0, "delta": { "content": "a" }, "finish_reason": "stop" },
        { "index": 2, "delta": { "content": "c" }, "finish_reason": "error" },
    ] });
    let response = assemble(&[chunk], EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!((&*response.text, &response.finished().reason), ("a", &FinishReason::Stop));
}

#[test]
fn message_after_deltas_is_ignored() {
    let mut chunk = delta(&json!({ "content": "a" }));
    chunk["choices"][0]["message"] = json!({ "content": "a" });
    let complete =
        json!({ "choices": [{ "message": { "content": "a" }, "finish_reason": "stop" }] });
    let response =
        assemble(&[chunk, complete], EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.text, "a");
}

#[test]
fn message_is_used_if_the_delta_is_empty() {
    let empty = json!({ "role": "assistant", "content": "" });
    let message = json!({ "role": "assistant", "content": "Hello" });
    let whole = json!({ "choices": [
        { "message": message, "delta": empty, "finish_reason": "stop" },
    ] });
    let response = assemble(&[whole], EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.text, "Hello");

    let call = fragment(json!(0), json!("a"), json!("get_time"), json!("{}"));
    let later = json!({ "choices": [
        { "message": { "content": "Hello", "tool_calls": [call] }, "finish_reason": "tool_calls" },
    ] });
    for first in [delta(&json!({ "role": "assistant" })), delta(&json!({ "content": "Hello" }))] {
        let response = assemble(&[first, later.clone()], EndOfInput::ConnectionClosed);
        let response = response.expect("complete response");
        assert_eq!(response.text, "Hello");
        assert_eq!(response.calls.len(), 1);
    }
}

#[test]
fn increments_as_messages_add_up() {
    let increment = |text: &str| json!({ "choices": [{ "message": { "content": text } }] });
    let chunks = [increment("Hel"), increment("lo"), end("stop")];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.text, "Hello");
}

#[test]
fn unknown_finish_reasons_are_kept() {
    for (spelled, expected) in [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("eos_token", FinishReason::Stop),
        ("abort", FinishReason::Other("abort".to_owned())),
    ] {
        let response =
            assemble(&[end(spelled)], EndOfInput::ConnectionClosed).expect("complete response");
        assert_eq!(response.finished().reason, expected);
    }
}

#[test]
fn truncated_response_stays_truncated() {
    for (first, then, expected) in [
        ("length", "stop", FinishReason::Length),
        ("content_filter", "tool_calls", FinishReason::ContentFilter),
        ("stop", "length", FinishReason::Length),
    ] {
        let response = assemble(&[end(first), end(then)], EndOfInput::ConnectionClosed);
        assert_eq!(response.expect("complete response").finished().reason, expected);
    }
}

#[test]
fn text_for_no_finish_reason_is_none() {
    for spelled in ["null", "None", "undefined"] {
        let response = assemble(&[end(spelled)], EndOfInput::ConnectionClosed);
        assert!(matches!(response, Err(ResponseError::Incomplete)), "{spelled}");
    }
}

#[test]
fn done_without_finish_reason_is_missing() {
    let chunks = [delta(&json!({ "content": "x" })), "[DONE]".into(), "nonsense".into()];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.finished().reason, FinishReason::Missing);
}

#[test]
fn closed_connection_without_finish_reason_is_incomplete() {
    let call = json!({ "tool_calls": [fragment(json!(0), json!("a"), json!("get_time"),
        json!("{\"path\":\"/data/tmp"))] });
    for chunks in [vec![], vec![delta(&json!({ "content": "x" }))], vec![delta(&call)]] {
        assert!(matches!(
            assemble(&chunks, EndOfInput::ConnectionClosed),
            Err(ResponseError::Incomplete)
        ));
    }
    let mut events = Vec::new();
    assembler().finish(EndOfInput::ConnectionClosed, true, &mut events).expect("allowed");
    assert_eq!(Assembled::from_events(events).finished().reason, FinishReason::Missing);
}

#[test]
fn error_inside_a_stream_is_reported() {
    let error = json!({ "message": "Token limit reached", "code": 400 });
    for chunk in [
        json!({ "error": error }),
        json!({ "error": error, "choices": [] }),
        json!({ "error": error, "choices": [{ "delta": { "content": "" } }] }),
        json!({ "choices": [{ "error": error, "delta": {}, "finish_reason": "error" }] }),
        json!([{ "error": error }]),
    ] {
        match assemble(&[delta(&json!({ "content": "x" })), chunk], EndOfInput::ConnectionClosed) {
            Err(ResponseError::Reported(reported)) => assert_eq!(reported, error),
            other => panic!("{other:?}"),
        }
    }
    let with_code = json!({ "error": "slow down", "code": 429 });
    let reported = assemble(std::slice::from_ref(&with_code), EndOfInput::ConnectionClosed);
    assert!(matches!(reported, Err(ResponseError::Reported(error)) if error == with_code));
    let null_error =
        json!({ "error": null, "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    assert!(assemble(&[null_error], EndOfInput::ConnectionClosed).is_ok());
    for chunk in [end("error"), json!({ "message": "no", "statusCode": 500 })] {
        assert!(matches!(
            assemble(&[chunk], EndOfInput::ConnectionClosed),
            Err(ResponseError::Reported(_))
        ));
    }
    let mut assembler = assembler();
    let taken = assembler.push_event("error", "overloaded", &mut Vec::new());
    assert!(
        matches!(taken, Err(ResponseError::Reported(Value::String(text))) if text == "overloaded")
    );
}

#[test]
fn invalid_chunk_is_malformed() {
    for data in ["[]", "{\"choices\":{}}", "{\"choices\":[{\"delta\":{\"tool_calls\":1}}]}"] {
        let taken = assemble(&[data.into()], EndOfInput::ConnectionClosed);
        assert!(matches!(taken, Err(ResponseError::Malformed(..))), "{data}: {taken:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(assemble(&[format!("{{\"x\":{deep}").into()], EndOfInput::ConnectionClosed).is_err());
}

#[test]
fn body_is_assembled_like_one_chunk() {
    let body = json!({ "id": "r", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Let me see.", "reasoning_content": "Hm.",
            "tool_calls": [
                { "id": "a", "type": "function", "function": { "name": "get_time", "arguments": "" } },
                { "id": "a", "type": "function",
                  "function": { "name": "get_weather", "arguments": { "city": "Oslo" } } } ] } }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 } });
    let mut assembler = assembler();
    let mut events = Vec::new();
    assembler.push_body(&body.to_string(), &mut events).expect("valid body");
    assembler.finish(EndOfInput::Complete, false, &mut events).expect("complete response");
    let response = Assembled::from_events(events);
    assert_eq!((&*response.text, &*response.reasoning), ("Let me see.", "Hm."));
    let expected = [
        ToolCall::new("a", "get_time", "{}"),
        ToolCall::new("a", "get_weather", "{\"city\":\"Oslo\"}"),
    ];
    assert_eq!(response.calls, expected);
    assert_eq!(response.finished().extra["created"], 1);
}

#[test]
fn body_without_choices_is_an_error() {
    for (body, is_incomplete) in
        [("{}", false), ("{\"choices\":[]}", false), ("{\"choices\":[{\"me", true)]
    {
        let taken = assembler().push_body(body, &mut Vec::new());
        match taken {
            Err(ResponseError::Incomplete) => assert!(is_incomplete, "{body}"),
            Err(ResponseError::Malformed(..)) => assert!(!is_incomplete, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn whole_message_repeats_only_what_has_come_as_deltas() {
    let message =
        |message: Value| json!({ "choices": [{ "message": message, "finish_reason": "stop" }] });
    let whole = json!({ "reasoning_content": "think", "content": "Hello" });
    for (deltas, expected) in [
        (vec![json!({ "reasoning_content": "think" })], ("think", "Hello")),
        (vec![json!({ "reasoning": "think" })], ("think", "Hello")),
        (vec![json!({ "content": "Hello" })], ("think", "Hello")),
        (
            vec![json!({ "reasoning_content": "think" }), json!({ "content": "Hello" })],
            ("think", "Hello"),
        ),
    ] {
        let mut chunks: Vec<_> = deltas.iter().map(delta).collect();
        chunks.push(message(whole.clone()));
        let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
        assert_eq!((&*response.reasoning, &*response.text), expected, "{deltas:?}");
    }
    // A refusal is in the place of the text.
    let chunks = [delta(&json!({ "refusal": "No." })), message(json!({ "refusal": "No." }))];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!((&*response.refusal, &*response.text), ("No.", ""));
}
