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
