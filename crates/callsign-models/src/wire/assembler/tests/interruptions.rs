//! Responses whose connection breaks after a finish reason that may have come early.

use super::*;

fn chunk(index: u64, delta: &Value, reason: &str) -> Value {
    let mut choice = json!({ "index": index, "delta": delta });
    if !reason.is_empty() {
        choice["finish_reason"] = json!(reason);
    }
    json!({ "choices": [choice] })
}

fn call(id: &str, arguments: &str) -> Value {
    let index = u64::from(id != "a");
    let fragment = fragment(json!(index), json!(id), json!("get_time"), json!(arguments));
    json!({ "tool_calls": [fragment] })
}

fn custom(input: &str) -> Value {
    json!({ "tool_calls": [{ "index": 0, "id": "a", "type": "custom",
        "custom": { "name": "get_time", "input": input } }] })
}

/// Returns the progress after these chunks.
fn progress(chunks: &[Value]) -> Progress {
    let mut assembler = assembler();
    for chunk in chunks {
        assembler.push_event("message", &chunk.to_string(), &mut Vec::new()).expect("valid chunk");
    }
    assembler.progress(false)
}

/// Checks that only a proper end of the response completes these chunks.
#[track_caller]
fn check_open(chunks: &[Value], expected: Progress) {
    let broken = assemble(chunks, EndOfInput::Interrupted);
    assert!(matches!(broken, Err(ResponseError::Incomplete)), "{broken:?}");
    assert_eq!(progress(chunks), expected, "{chunks:?}");
    let done = [chunks, &["[DONE]".into()]].concat();
    let done = assemble(&done, EndOfInput::Interrupted).expect("complete response");
    assert!(!done.calls.is_empty());
}

#[test]
fn open_call_with_an_early_reason_is_incomplete_if_the_connection_breaks() {
    for delta in [
        call("a", ""),
        call("a", " "),
        call("a", "{\"city\":"),
        call("a", "{\"city\":\"Os"),
        custom("rm -r /data"),
        custom(""),
    ] {
        check_open(&[chunk(0, &delta, "tool_calls")], Progress::Finishing);
        check_open(&[chunk(0, &delta, "stop")], Progress::Finishing);
        // The reason does not show whether it is the end of the call.
        let apart = [chunk(0, &delta, ""), chunk(0, &json!({}), "tool_calls")];
        check_open(&apart, Progress::Finishing);
        // One of two calls is open.
        let second = chunk(0, &call("b", "{}"), "");
        check_open(&[second, chunk(0, &delta, "tool_calls")], Progress::Finishing);
    }
    let whole = [chunk(0, &call("a", "{\"city\":\"Oslo\"}"), "tool_calls")];
    assert_eq!(progress(&whole), Progress::Finished);
    assert_eq!(assemble(&whole, EndOfInput::Interrupted).expect("complete").calls.len(), 1);
}

#[test]
fn open_call_of_another_choice_is_incomplete_if_the_connection_breaks() {
    let text = chunk(0, &json!({ "content": "Let me see." }), "tool_calls");
    let first = chunk(1, &call("a", "{\"city\":\"Oslo\"}"), "tool_calls");
    // The reason of the choice came before its second call.
    let second = chunk(1, &call("b", "{\"path\":\"/data/tmp"), "");
    check_open(&[text.clone(), first.clone(), second], Progress::Finishing);
    let second = chunk(1, &call("b", "{\"path\":\"/data\"}"), "");
    check_open(&[text.clone(), first.clone(), second], Progress::Finishing);
    for delta in [call("a", ""), call("a", "{\"city\":"), custom("rm -r /data")] {
        check_open(&[text.clone(), chunk(1, &delta, "tool_calls")], Progress::Finishing);
        check_open(&[text.clone(), chunk(1, &delta, "stop")], Progress::Finishing);
    }
    let whole = [text, first];
    assert_eq!(progress(&whole), Progress::Finished);
    assert_eq!(assemble(&whole, EndOfInput::Interrupted).expect("complete").calls.len(), 1);
}

#[test]
fn text_with_an_early_reason_is_complete_until_more_comes() {
    let text = |text: &str, reason| chunk(0, &json!({ "content": text }), reason);
    let whole = [text("Hello", "stop")];
    assert_eq!(progress(&whole), Progress::Finished);
    assert_eq!(assemble(&whole, EndOfInput::Interrupted).expect("complete").text, "Hello");
    let more = [text("Hel", "stop"), text("lo", "")];
    let broken = assemble(&more, EndOfInput::Interrupted);
    assert!(matches!(broken, Err(ResponseError::Incomplete)), "{broken:?}");
}
