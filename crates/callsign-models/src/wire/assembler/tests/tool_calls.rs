//! Assignment of fragments to tool calls, with one test per provider quirk.

use super::*;

/// Checks the tool calls of a stream. Each item of `lists` is the `tool_calls` of one delta.
#[track_caller]
fn check(lists: &[Value], expected: &[(&str, &str, &str)]) {
    let deltas: Vec<_> = lists.iter().map(|list| json!({ "tool_calls": list })).collect();
    let response = stream(&deltas);
    let calls: Vec<_> =
        response.calls.iter().map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
    assert_eq!(calls, expected);
    // The deltas have the same arguments and indexes.
    for (at, call) in response.calls.iter().enumerate() {
        let deltas = response.deltas.iter().filter(|delta| delta.index == at);
        let streamed: String = deltas.map(|delta| &*delta.arguments).collect();
        assert!(
            streamed == call.arguments || (streamed.trim().is_empty() && call.arguments == "{}"),
            "{streamed}"
        );
    }
}

#[test]
fn fragments_as_specified() {
    check(
        &[
            json!([fragment(json!(0), json!("a"), json!("get_weather"), json!(""))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("{\"city\":"))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("\"Oslo\"}"))]),
            json!([fragment(json!(1), json!("b"), json!("get_time"), json!(""))]),
            json!([fragment(json!(1), json!("absent"), json!("absent"), json!("{}"))]),
        ],
        &[("a", "get_weather", "{\"city\":\"Oslo\"}"), ("b", "get_time", "{}")],
    );
}

#[test]
fn arguments_at_another_index_continue_the_call() {
    for (first, then) in [(0, 1), (1, 0)] {
        let nothing = [json!(null), json!("")];
        let [id, name] = &nothing;
        check(
            &[
                json!([fragment(json!(first), json!("a"), json!("get_weather"), json!(""))]),
                json!([fragment(json!(then), id.clone(), name.clone(), json!("{\"city\":"))]),
                json!([fragment(json!(then), id.clone(), name.clone(), json!("\"Oslo\"}"))]),
            ],
            &[("a", "get_weather", "{\"city\":\"Oslo\"}")],
        );
    }
}

#[test]
fn interleaved_fragments_of_two_calls() {
    check(
        &[
            json!([fragment(json!(0), json!("a"), json!("get_weather"), json!("{\"a\""))]),
            json!([fragment(json!(1), json!("b"), json!("get_weather"), json!("{\"b\""))]),
            json!([
                fragment(json!(0), json!(null), json!(null), json!(":1}")),
                fragment(json!(1), json!(""), json!(""), json!(":2}")),
            ]),
        ],
        &[("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"b\":2}")],
    );
}

#[test]
fn complete_calls_without_index() {
    let list = json!([
        fragment(json!("absent"), json!("a"), json!("get_weather"), json!("{\"a\":1}")),
        fragment(json!("absent"), json!("b"), json!("get_weather"), json!("{\"a\":1}")),
    ]);
    let expected = [("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"a\":1}")];
    check(std::slice::from_ref(&list), &expected);
    check(&[json!([list[0]]), json!([list[1]])], &expected);
}

#[test]
fn calls_without_index_and_id() {
    let one = fragment(json!("absent"), json!("absent"), json!("get_weather"), json!("{\"a\":1}"));
    let other = fragment(json!("absent"), json!(""), json!("get_time"), json!("{}"));
    let expected = [("", "get_weather", "{\"a\":1}"), ("", "get_time", "{}")];
    check(&[json!([one, other])], &expected);
    check(&[json!([one]), json!([other])], &expected);
    // Two equal calls are two calls.
    check(
        &[json!([one, one])],
        &[("", "get_weather", "{\"a\":1}"), ("", "get_weather", "{\"a\":1}")],
    );
    // Split into fragments.
    check(
        &[
            json!([fragment(json!(null), json!(null), json!("get_weather"), json!("{\"a"))]),
            json!([fragment(json!(null), json!(null), json!(null), json!("\":1}"))]),
            json!([fragment(json!(null), json!(null), json!("get_weather"), json!("{\"b"))]),
            json!([fragment(json!(null), json!(null), json!(null), json!("\":2}"))]),
        ],
        &[("", "get_weather", "{\"a\":1}"), ("", "get_weather", "{\"b\":2}")],
    );
}

#[test]
fn index_always_zero() {
    for ids in [["a", "b"], ["a", "a"], ["", ""]] {
        let list = [
            fragment(json!(0), json!(ids[0]), json!("get_weather"), json!("{\"a\":1}")),
            fragment(json!(0), json!(ids[1]), json!("get_weather"), json!("{\"a\":2}")),
        ];
        let expected = [(ids[0], "get_weather", "{\"a\":1}"), (ids[1], "get_weather", "{\"a\":2}")];
        check(&[json!(list)], &expected);
        check(&[json!([list[0]]), json!([list[1]])], &expected);
    }
}

#[test]
fn index_always_zero_and_split_calls() {
    check(
        &[
            json!([fragment(json!(0), json!("a"), json!("get_weather"), json!(""))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("{\"a\":"))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("1}"))]),
            json!([fragment(json!(0), json!("b"), json!("get_weather"), json!(""))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("{\"a\":2}"))]),
        ],
        &[("a", "get_weather", "{\"a\":1}"), ("b", "get_weather", "{\"a\":2}")],
    );
}

#[test]
fn index_always_zero_and_no_arguments() {
    check(
        &[
            json!([fragment(json!(0), json!("a"), json!("get_time"), json!(""))]),
            json!([fragment(json!(0), json!("b"), json!("get_time"), json!(""))]),
        ],
        &[("a", "get_time", "{}"), ("b", "get_time", "{}")],
    );
    check(
        &[
            json!([fragment(json!(0), json!(null), json!("get_time"), json!(null))]),
            json!([fragment(json!(0), json!(null), json!("get_weather"), json!(null))]),
        ],
        &[("", "get_time", "{}"), ("", "get_weather", "{}")],
    );
}

#[test]
fn index_with_gaps_or_as_string() {
    check(
        &[
            json!([fragment(json!(1), json!("a"), json!("get_weather"), json!("{"))]),
            json!([fragment(json!("7"), json!("b"), json!("get_time"), json!("{"))]),
            json!([fragment(json!(7), json!("absent"), json!("absent"), json!("}"))]),
            json!([fragment(json!(1), json!("absent"), json!("absent"), json!("}"))]),
        ],
        &[("a", "get_weather", "{}"), ("b", "get_time", "{}")],
    );
}

#[test]
fn index_only_from_the_second_fragment_on() {
    check(
        &[
            json!([fragment(json!("absent"), json!("a"), json!("get_weather"), json!("{"))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("}"))]),
        ],
        &[("a", "get_weather", "{}")],
    );
}

#[test]
fn id_repeated_in_every_fragment() {
    let part = |arguments: &str| {
        json!([fragment(json!(0), json!("a"), json!("absent"), json!(arguments))])
    };
    let first = json!([{ "index": 0, "id": "a", "function": { "name": "get_time" } }]);
    check(&[first, part("{\"a\""), part(":"), part("1}")], &[("a", "get_time", "{\"a\":1}")]);
}

#[test]
fn new_id_in_every_fragment() {
    check(
        &[
            json!([fragment(json!(0), json!("a1"), json!("get_time"), json!(""))]),
            json!([fragment(json!(0), json!("a2"), json!(null), json!("{\"a\""))]),
            json!([fragment(json!(0), json!("a3"), json!(null), json!(":1}"))]),
        ],
        &[("a1", "get_time", "{\"a\":1}")],
    );
}

#[test]
fn numeric_id() {
    check(
        &[json!([fragment(json!(0), json!(17), json!("get_time"), json!("{}"))])],
        &[("17", "get_time", "{}")],
    );
}

#[test]
fn same_id_for_two_calls_without_index() {
    check(
        &[
            json!([fragment(json!(null), json!("a"), json!("get_time"), json!("{\"a\":1}"))]),
            json!([fragment(json!(null), json!("a"), json!("get_time"), json!("{\"a\":2}"))]),
            json!([fragment(json!(null), json!("a"), json!("get_weather"), json!("{\"a\":2}"))]),
        ],
        &[
            ("a", "get_time", "{\"a\":1}"),
            ("a", "get_time", "{\"a\":2}"),
            ("a", "get_weather", "{\"a\":2}"),
        ],
    );
}

#[test]
fn equal_calls_in_one_delta_are_two_calls() {
    let call = || fragment(json!(null), json!("a"), json!("get_time"), json!("{}"));
    check(&[json!([call(), call()])], &[("a", "get_time", "{}"), ("a", "get_time", "{}")]);
}

#[test]
fn name_repeated_in_every_fragment() {
    for id in [json!("a"), json!(null)] {
        let part = |arguments: &str| {
            json!([fragment(json!(0), id.clone(), json!("get_time"), json!(arguments))])
        };
        check(
            &[part(""), part("{\"a\""), part(":1"), part("}"), part("")],
            &[(id.as_str().unwrap_or_default(), "get_time", "{\"a\":1}")],
        );
    }
}

#[test]
fn split_name() {
    let part = |name: &str, arguments: Value| json!([{ "index": 0, "function": { "name": name, "arguments": arguments } }]);
    check(
        &[part("get", json!(null)), part("_ti", json!("")), part("me", json!("{}"))],
        &[("", "get_time", "{}")],
    );
    // The name of no tool.
    check(&[part("no_", json!("")), part("such", json!("{}"))], &[("", "no_such", "{}")]);
    // Each fragment repeats the name so far.
    check(
        &[part("get", json!("")), part("get_time", json!("")), part("get_time", json!("{}"))],
        &[("", "get_time", "{}")],
    );
}

#[test]
fn name_is_emitted_once_and_complete() {
    let fragments = [("get", ""), ("_time", ""), ("", "{}")];
    let fragments = fragments.map(|(name, arguments)| {
        json!({ "tool_calls": [{ "index": 0, "function": { "name": name, "arguments": arguments } }] })
    });
    let deltas = stream(&fragments).deltas;
    let delta = |name: Option<&str>, arguments: &str| {
        ToolCallDelta::new(0, name.map(str::to_owned), arguments)
    };
    assert_eq!(deltas, [delta(Some("get_time"), ""), delta(None, "{}")]);
}

#[test]
fn call_repeated_whole_is_one_call() {
    check(
        &[
            json!([fragment(json!(0), json!("a"), json!("get_time"), json!("{\"a\":"))]),
            json!([fragment(json!(0), json!("absent"), json!("absent"), json!("1}"))]),
            json!([fragment(json!(0), json!("a"), json!("get_time"), json!("{\"a\":1}"))]),
        ],
        &[("a", "get_time", "{\"a\":1}")],
    );
}

#[test]
fn empty_absent_or_null_arguments_are_an_empty_object() {
    for arguments in [json!(""), json!("absent"), json!(null), json!("  ")] {
        check(
            &[json!([fragment(json!(0), json!("a"), json!("get_time"), arguments)])],
            &[("a", "get_time", "{}")],
        );
    }
}

#[test]
fn arguments_object_keeps_its_raw_json() {
    let data = r#"{"choices":[{"delta":{"tool_calls":[
        {"id":"a","function":{"name":"get_time","arguments":{"z":1.50,"a":12345678901234567890123}}},
        {"id":"b","function":{"name":"get_time","arguments":{}}}]},"finish_reason":"stop"}]}"#;
    let response =
        assemble(&[data.into()], EndOfInput::ConnectionClosed).expect("complete response");
    let arguments: Vec<_> = response.calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, [r#"{"z":1.50,"a":12345678901234567890123}"#, "{}"]);
}

#[test]
fn arguments_with_escapes_and_braces_in_strings() {
    let text = "{\"a\":\"}\\\"{\u{1F980}\\\\\"}";
    check(
        &[
            json!([fragment(json!(0), json!(null), json!("get_time"), json!(text))]),
            json!([fragment(json!(0), json!(null), json!("get_time"), json!("{}"))]),
        ],
        &[("", "get_time", text), ("", "get_time", "{}")],
    );
}

#[test]
fn custom_call_has_its_text_input_as_an_argument() {
    let custom = |input: &str| {
        json!({ "index": 0, "id": "a", "type": "custom",
        "custom": { "name": "get_time", "input": input } })
    };
    let more = |input: &str| json!({ "index": 0, "custom": { "input": input } });
    let expected = [("a", "get_time", "{\"input\":\"print(\\\"\u{e9}\\\")\\n\"}")];
    check(&[json!([custom("print(\"\u{e9}\")\n")])], &expected);
    check(
        &[json!([custom("")]), json!([more("print(\"")]), json!([more("\u{e9}\")\n")])],
        &expected,
    );
    check(&[json!([custom("")])], &[("a", "get_time", "{\"input\":\"\"}")]);
    let other = json!({ "index": 1, "id": "b", "type": "custom",
        "custom": { "name": "get_weather", "input": "x" } });
    let function = fragment(json!(2), json!("c"), json!("get_time"), json!("{}"));
    check(
        &[json!([custom("y")]), json!([other]), json!([function])],
        &[
            ("a", "get_time", "{\"input\":\"y\"}"),
            ("b", "get_weather", "{\"input\":\"x\"}"),
            ("c", "get_time", "{}"),
        ],
    );
}

#[test]
fn surrogate_halves_of_a_custom_input_are_joined() {
    let chunk = |json: &str| {
        Value::from(format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{json}]}}}}]}}"#))
    };
    let chunks = [
        chunk(r#"{"index":0,"id":"a","custom":{"name":"get_time","input":"\ud83e"}}"#),
        chunk(r#"{"index":0,"custom":{"input":"\udd80\ud83e"}}"#),
        end("tool_calls"),
    ];
    let response = assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response");
    assert_eq!(response.calls[0].arguments, "{\"input\":\"\u{1F980}\u{FFFD}\"}");
}

#[test]
fn call_without_a_function_object_has_its_fields_at_the_root() {
    let whole = |arguments: Value| json!([{ "id": "a", "type": "function", "name": "get_time", "arguments": arguments }]);
    let expected = [("a", "get_time", "{\"a\":1}")];
    check(&[whole(json!("{\"a\":1}"))], &expected);
    check(&[whole(json!({ "a": 1 }))], &expected);
    let more = |arguments: &str| json!([{ "index": 0, "arguments": arguments }]);
    let start = json!([{ "index": 0, "id": "a", "name": "get_time" }]);
    check(&[start, more("{\"a\""), more(":1}")], &expected);
    // Next to a function object, they are unknown fields.
    let both = json!([{ "id": "a", "name": "x", "function": { "name": "get_time" } }]);
    let response = stream(&[json!({ "tool_calls": both })]);
    assert_eq!(
        (&*response.calls[0].name, &response.calls[0].extra["name"]),
        ("get_time", &json!("x"))
    );
}

#[test]
fn function_call_of_the_older_api_is_a_call() {
    let stream = |deltas: &[Value]| {
        let chunk = |delta: &Value| json!({ "choices": [{ "index": 0, "delta": delta }] });
        let mut chunks: Vec<_> =
            deltas.iter().map(|delta| Value::from(chunk(delta).to_string())).collect();
        chunks.push(end("function_call"));
        assemble(&chunks, EndOfInput::ConnectionClosed).expect("complete response")
    };
    let pieces = [
        json!({ "role": "assistant", "content": null, "function_call": { "name": "get_time", "arguments": "" } }),
        json!({ "function_call": { "arguments": "{\"city\":" } }),
        json!({ "function_call": { "arguments": "\"Rome\"}" } }),
        json!({ "content": "", "function_call": null }),
    ];
    let response = stream(&pieces);
    let [call] = &response.calls[..] else { unreachable!("one call") };
    assert_eq!((&*call.name, &*call.arguments), ("get_time", r#"{"city":"Rome"}"#));
    // A gateway may send both forms.
    let function = json!({ "name": "get_time", "arguments": "{}" });
    let both = json!({ "function_call": function, "tool_calls": [{ "index": 0, "id": "a", "function": function }] });
    let response = stream(&[both]);
    let [call] = &response.calls[..] else { unreachable!("one call") };
    assert_eq!((&*call.id, &*call.name, &*call.arguments), ("a", "get_time", "{}"));
}

#[test]
fn function_call_and_custom_that_are_not_objects_are_ignored() {
    for odd in
        [json!(""), json!("none"), json!(false), json!(0), json!([{ "a": [1] }]), json!(null)]
    {
        let plain = json!({ "content": "Hello", "function_call": odd });
        let response = stream(&[plain]);
        assert_eq!((&*response.text, response.calls.len()), ("Hello", 0), "{odd}");
        assert_eq!(response.finished().message_extra, Map::new(), "{odd}");
        let mut call = fragment(json!(0), json!("a"), json!("get_time"), json!("{}"));
        call["custom"] = odd.clone();
        let response = stream(&[json!({ "tool_calls": [call], "function_call": odd })]);
        assert_eq!(response.calls, [ToolCall::new("a", "get_time", "{}")], "{odd}");
    }
    for json in [r#"{"function_call":"#, r#"{"function_call":"x"#, r#"{"function_call":tru}"#] {
        let chunk = format!(r#"{{"choices":[{{"delta":{json}"#);
        assert!(assemble(&[chunk.into()], EndOfInput::ConnectionClosed).is_err(), "{json}");
    }
}
