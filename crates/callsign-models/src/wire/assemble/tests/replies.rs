//! Everything of a reply but which piece belongs to which call.

use super::*;

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
fn usage_in_other_places() {
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": 2 });
    let groq = json!({ "choices": [], "x_groq": { "id": "i", "usage": usage } });
    let mut moonshot = end("stop");
    moonshot["choices"][0]["usage"] = usage;
    for chunks in [vec![end("stop"), groq], vec![moonshot]] {
        let reply = assemble(&chunks, End::EndOfFile).expect("it ends well");
        assert_eq!(reply.finished().usage, Some(Usage::new(9, 2)));
    }
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
    let beside = json!({ "error": "slow down", "code": 429 });
    let told = assemble(std::slice::from_ref(&beside), End::EndOfFile);
    assert!(matches!(told, Err(Fault::Reported(told)) if told == beside));
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
