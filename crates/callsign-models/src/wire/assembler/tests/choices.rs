//! Responses that are split over several choices, and texts in unusual places.

use super::*;

/// Assembles a response that is not streamed.
fn body(body: &Value) -> Result<Assembled, ResponseError> {
    let mut assembler = assembler();
    let mut events = Vec::new();
    assembler.push_body(&body.to_string(), &mut events)?;
    assembler.finish(EndOfInput::Complete, false, &mut events)?;
    Ok(Assembled::from_events(events))
}

fn call() -> Value {
    fragment(json!("absent"), json!("a"), json!("get_time"), json!("{\"city\":\"Oslo\"}"))
}

fn expected_call() -> [ToolCall; 1] {
    [ToolCall::new("a", "get_time", "{\"city\":\"Oslo\"}")]
}

/// Returns two choices, with these indexes if there are any.
fn two_choices(indexes: Option<[u64; 2]>, first: Value, second: Value) -> Value {
    let mut choices = json!([first, second]);
    for (at, index) in indexes.into_iter().flatten().enumerate() {
        choices[at]["index"] = json!(index);
    }
    json!({ "choices": choices })
}

#[test]
fn text_and_calls_in_two_choices_are_one_response() {
    let text = json!({ "message": { "content": "Let me see." }, "finish_reason": "tool_calls" });
    for reason in ["tool_calls", "stop"] {
        let calls = json!({ "message": { "tool_calls": [call()] }, "finish_reason": reason });
        for indexes in [None, Some([0, 1]), Some([0, 0])] {
            let response = body(&two_choices(indexes, text.clone(), calls.clone())).unwrap();
            assert_eq!(response.text, "Let me see.", "{indexes:?}");
            assert_eq!(response.calls, expected_call(), "{indexes:?}");
            assert!(!response.finished().reason.is_cut(), "{indexes:?}");
        }
    }
    let calls = json!({ "message": { "tool_calls": [call()] }, "finish_reason": "tool_calls" });
    for indexes in [None, Some([0, 1])] {
        let response = body(&two_choices(indexes, calls.clone(), text.clone())).unwrap();
        assert_eq!((&*response.text, response.calls.len()), ("Let me see.", 1), "{indexes:?}");
    }
}

#[test]
fn streamed_choices_are_put_together_if_the_reason_announces_calls() {
    let chunk = |index: u64, delta: Value, reason: Value| json!({ "choices": [{ "index": index, "delta": delta, "finish_reason": reason }] });
    let part = |id: Value, name: Value, arguments: &str| json!({ "tool_calls": [fragment(json!(0), id, name, json!(arguments))] });
    let chunks = [
        chunk(0, json!({ "content": "Let me see." }), json!(null)),
        chunk(1, part(json!("a"), json!("get_time"), "{\"city\":"), json!(null)),
        chunk(0, json!({}), json!("tool_calls")),
        chunk(1, part(json!(null), json!(null), "\"Oslo\"}"), json!(null)),
        chunk(1, json!({}), json!("tool_calls")),
    ];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).unwrap();
    assert_eq!((&*response.text, &*response.calls), ("Let me see.", &expected_call()[..]));

    // The other choice was not complete when the connection was closed.
    let cut = assemble(&chunks[..4], EndOfInput::ConnectionClosed);
    assert!(matches!(cut, Err(ResponseError::Incomplete)), "{cut:?}");
    let done = [&chunks[..4], &["[DONE]".into()]].concat();
    assert_eq!(assemble(&done, EndOfInput::ConnectionClosed).unwrap().calls, expected_call());
    let mut length = chunks.clone();
    length[4] = chunk(1, json!({}), json!("length"));
    let response = assemble(&length, EndOfInput::ConnectionClosed).unwrap();
    assert_eq!(response.finished().reason, FinishReason::Length);
}

#[test]
fn alternative_choices_are_not_put_together() {
    let text = json!({ "message": { "content": "No." }, "finish_reason": "stop" });
    let calls = json!({ "message": { "tool_calls": [call()] }, "finish_reason": "tool_calls" });
    let response = body(&two_choices(Some([0, 1]), text.clone(), calls.clone())).unwrap();
    assert_eq!((&*response.text, response.calls.len()), ("No.", 0));
    let response = body(&two_choices(Some([0, 1]), calls.clone(), calls)).unwrap();
    assert_eq!(response.calls, expected_call());
}

#[test]
fn choices_counted_from_one_are_read() {
    let choice = json!({ "index": 1, "message": { "content": "Hi.", "tool_calls": [call()] },
        "finish_reason": "tool_calls" });
    let response = body(&json!({ "choices": [choice] })).unwrap();
    assert_eq!((&*response.text, &*response.calls), ("Hi.", &expected_call()[..]));
    assert_eq!(response.finished().reason, FinishReason::ToolCalls);
}

#[test]
fn text_of_a_choice_is_read() {
    let whole = json!({ "choices": [{ "index": 0, "text": "Hello", "finish_reason": "stop" }] });
    assert_eq!(body(&whole).unwrap().text, "Hello");
    let part = |text: &str| json!({ "choices": [{ "text": text, "finish_reason": null }] });
    let chunks = [part("Hel"), part("lo"), end("stop")];
    assert_eq!(assemble(&chunks, EndOfInput::ConnectionClosed).unwrap().text, "Hello");
    // Some providers repeat the text of the delta.
    let both = |text: &str| json!({ "choices": [{ "text": text, "delta": { "content": text } }] });
    let chunks = [both(""), both("Hel"), both("lo"), end("stop")];
    assert_eq!(assemble(&chunks, EndOfInput::ConnectionClosed).unwrap().text, "Hello");
}

#[test]
fn refusal_part_is_a_refusal() {
    let parts = json!([{ "type": "refusal", "refusal": "I can't." }]);
    let whole =
        json!({ "choices": [{ "message": { "content": parts }, "finish_reason": "stop" }] });
    let response = body(&whole).unwrap();
    assert_eq!((&*response.text, &*response.refusal), ("", "I can't."));
    assert_eq!(response.finished().message_extra, Map::new());
}

#[test]
fn content_object_is_read_like_a_part() {
    for content in [
        json!({ "text": "Hello" }),
        json!({ "type": "text", "text": "Hello" }),
        json!({ "type": "text", "text": { "value": "Hello", "annotations": [] } }),
        json!({ "parts": [{ "text": "Hel" }, { "text": "lo" }] }),
        json!(["Hel", { "text": "lo" }]),
        json!([{ "type": "output_text", "text": "Hello" }]),
    ] {
        let message = json!({ "role": "assistant", "content": content });
        let whole = json!({ "choices": [{ "message": message, "finish_reason": "stop" }] });
        let response = body(&whole).unwrap();
        assert_eq!(response.text, "Hello", "{content}");
        assert_eq!(stream(&[json!({ "content": content })]).text, "Hello", "{content}");
    }
}

#[test]
fn unknown_content_is_an_error_that_shows_it() {
    for content in [json!({ "answer": 42 }), json!(42), json!(true)] {
        let message = json!({ "role": "assistant", "content": content });
        let choice = json!({ "message": message, "finish_reason": "stop" });
        let error = body(&json!({ "choices": [choice] })).unwrap_err();
        let ResponseError::Malformed(what, _) = error else { panic!("{content}: {error:?}") };
        assert!(what.contains(&content.to_string()), "{what}");
    }
    // Next to other content it is kept.
    let response = stream(&[json!({ "content": 42 }), json!({ "content": "x" })]);
    assert_eq!(response.finished().message_extra["content"], 42);
    // Parts of other types are kept: they may be images.
    let image = json!([{ "type": "image_url", "image_url": { "url": "data:" } }]);
    let response = stream(&[json!({ "content": image })]);
    assert_eq!(response.finished().message_extra["content"], image);
}

#[test]
fn whole_response_without_a_message_is_an_error() {
    for choice in [
        json!({ "message": null, "finish_reason": "stop" }),
        json!({ "finish_reason": "tool_calls" }),
        json!({ "message": null, "delta": null, "text": null, "finish_reason": "stop" }),
    ] {
        let error = body(&json!({ "choices": [choice] })).unwrap_err();
        let ResponseError::Malformed(what, _) = error else { panic!("{choice}: {error:?}") };
        assert!(what.contains("no message"), "{what}");
    }
    // Azure's content filter removes the message.
    let filtered = json!({ "choices": [{ "message": null, "finish_reason": "content_filter" }] });
    assert_eq!(body(&filtered).unwrap().finished().reason, FinishReason::ContentFilter);
}

/// Returns a choice whose only content is a call with this ID.
fn call_choice(index: u64, id: &str, reason: &str) -> Value {
    let call = fragment(json!("absent"), json!(id), json!("get_time"), json!("{}"));
    json!({ "index": index, "message": { "tool_calls": [call] }, "finish_reason": reason })
}

fn ids(response: &Assembled) -> Vec<&str> {
    response.calls.iter().map(|call| &*call.id).collect()
}

#[test]
fn calls_of_several_choices_are_put_together() {
    let text =
        json!({ "index": 0, "message": { "content": "Hm." }, "finish_reason": "tool_calls" });
    let [b, c] = [(1, "b"), (2, "c")].map(|(at, id)| call_choice(at, id, "tool_calls"));
    let response = body(&json!({ "choices": [text, b, c] })).unwrap();
    assert_eq!((&*response.text, ids(&response)), ("Hm.", vec!["b", "c"]));
    let a = call_choice(0, "a", "tool_calls");
    let response = body(&json!({ "choices": [a, b, c] })).unwrap();
    assert_eq!(ids(&response), ["a", "b", "c"]);
    // The deltas have the same calls at the same indexes.
    let deltas: Vec<_> =
        response.deltas.iter().map(|delta| (delta.index, &*delta.arguments)).collect();
    assert_eq!(deltas, [(0, "{}"), (1, "{}"), (2, "{}")]);

    // A truncated part makes the response a truncated one.
    let cut = call_choice(2, "c", "length");
    let response = body(&json!({ "choices": [a, b, cut] })).unwrap();
    assert_eq!(response.finished().reason, FinishReason::Length);
    // A repeated call is one call.
    let again = call_choice(1, "a", "tool_calls");
    assert_eq!(ids(&body(&json!({ "choices": [a, again] })).unwrap()), ["a"]);
    // A choice that ends with "stop" is an alternative.
    let stop = call_choice(1, "b", "stop");
    assert_eq!(ids(&body(&json!({ "choices": [a, stop] })).unwrap()), ["a"]);
}

#[test]
fn streamed_calls_of_several_choices_are_put_together_at_the_end() {
    let calls = |at: u64, id: &str, reason: &str| {
        let mut choice = call_choice(at, id, reason);
        choice["delta"] = choice["message"].take();
        json!({ "choices": [choice] })
    };
    let [a, b] = [calls(0, "a", "tool_calls"), calls(1, "b", "tool_calls")];
    let response = assemble(&[a.clone(), b], EndOfInput::Interrupted).unwrap();
    assert_eq!(ids(&response), ["a", "b"]);
    // The second choice has no reason yet.
    let open = calls(1, "b", "");
    let cut = assemble(&[a.clone(), open.clone()], EndOfInput::ConnectionClosed);
    assert!(matches!(cut, Err(ResponseError::Incomplete)), "{cut:?}");
    let done = assemble(&[a, open, "[DONE]".into()], EndOfInput::ConnectionClosed).unwrap();
    assert_eq!(ids(&done), ["a", "b"]);
}

#[test]
fn choices_that_the_request_asked_for_are_alternatives() {
    let choices = [(0, "a"), (1, "b")].map(|(at, id)| call_choice(at, id, "tool_calls"));
    let json = json!({ "choices": choices }).to_string();
    for (count, expected) in [(json!(null), 2), (json!(1), 2), (json!(2), 1)] {
        let (mut assembler, mut events) = (assembler().choice_count(Some(&count)), Vec::new());
        assembler.push_body(&json, &mut events).unwrap();
        assembler.finish(EndOfInput::Complete, false, &mut events).unwrap();
        assert_eq!(Assembled::from_events(events).calls.len(), expected, "{count}");
    }
}

#[test]
fn everything_of_choices_counted_from_one_is_read() {
    let chunk = |mut choice: Value| {
        choice["index"] = json!(1);
        json!({ "choices": [choice] })
    };
    let read = |choices: Vec<Value>| {
        assemble(&choices.into_iter().map(chunk).collect::<Vec<_>>(), EndOfInput::ConnectionClosed)
    };
    let legacy = json!({ "text": "legacy", "finish_reason": "stop" });
    assert_eq!(read(vec![legacy]).unwrap().text, "legacy");
    let stop = json!({ "delta": {}, "finish_reason": "stop" });
    let response = read(vec![
        json!({ "delta": { "reasoning_content": "think" } }),
        json!({ "delta": { "refusal": "I can't." }, "logprobs": { "content": [1] } }),
        stop.clone(),
    ]);
    let response = response.unwrap();
    assert_eq!((&*response.reasoning, &*response.refusal), ("think", "I can't."));
    assert_eq!(response.finished().extra["logprobs"], json!({ "content": [1] }));
    let both = json!({ "delta": { "content": "Hello" }, "message": { "content": "Hello" } });
    assert_eq!(read(vec![both, stop.clone()]).unwrap().text, "Hello");
    let error = read(vec![json!({ "error": { "message": "overloaded" } })]).unwrap_err();
    assert!(matches!(error, ResponseError::Reported(_)), "{error:?}");
    // The text is emitted as it arrives, and the response is finished before its end.
    let (mut assembler, mut events) = (assembler(), Vec::new());
    for text in ["a", "b", "c"] {
        let chunk = chunk(json!({ "delta": { "content": text } })).to_string();
        assembler.push_event("message", &chunk, &mut events).unwrap();
    }
    assert_eq!(events.len(), 3);
    assembler.push_event("message", &chunk(stop).to_string(), &mut events).unwrap();
    assert_eq!(assembler.progress(false), Progress::Finished);
}

#[test]
fn another_choice_does_not_continue_the_first_one() {
    let chunk = |index: u64, text: &str| json!({ "choices": [{ "index": index, "delta": { "content": text } }] });
    for [first, second] in [[0, 1], [1, 0], [2, 3]] {
        let mut chunks = Vec::new();
        for _ in 0..3 {
            chunks.extend([chunk(first, "a"), chunk(second, "x")]);
        }
        let mut stop = chunk(first, "");
        stop["choices"][0]["finish_reason"] = json!("stop");
        chunks.push(stop);
        let response = assemble(&chunks, EndOfInput::ConnectionClosed).unwrap();
        assert_eq!(response.text, "aaa", "{first}, {second}");
    }
    // In one chunk, the order does not matter.
    let two = json!({ "choices": [
        { "index": 1, "message": { "content": "x" }, "finish_reason": "stop" },
        { "index": 0, "message": { "content": "a" }, "finish_reason": "stop" },
    ] });
    assert_eq!(body(&two).unwrap().text, "a");
}

#[test]
fn message_repeats_the_deltas_of_any_choice() {
    let first = json!({ "choices": [call_choice(0, "a", "tool_calls")] });
    let part = |name: &str, reason: Value| {
        let choice = json!({ "index": 1, name: { "content": "Hello" }, "finish_reason": reason });
        json!({ "choices": [choice] })
    };
    let chunks = [first, part("delta", json!(null)), part("message", json!("tool_calls"))];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).unwrap();
    assert_eq!((&*response.text, ids(&response)), ("Hello", vec!["a"]));
}

#[test]
fn response_has_a_limited_number_of_choices_and_calls() {
    let choices = |count: u64| {
        let choice = |at: u64| json!({ "index": at, "message": { "content": "x" } });
        json!({ "choices": (0..count).map(choice).collect::<Vec<_>>() })
    };
    assert_eq!(body(&choices(128)).unwrap().text, "x");
    let calls = |count: u64| {
        let call = |at: u64| fragment(json!(at), json!(at), json!("get_time"), json!("{}"));
        let calls: Vec<_> = (0..count).map(call).collect();
        json!({ "choices": [{ "message": { "tool_calls": calls } }] })
    };
    assert_eq!(body(&calls(1024)).unwrap().calls.len(), 1024);
    for (json, what) in [(choices(40_000), "128 choices"), (calls(40_000), "1024 tool calls")] {
        let error = body(&json).unwrap_err();
        let ResponseError::Malformed(message, _) = error else { panic!("{error:?}") };
        assert!(message.contains(what), "{message}");
    }
}
