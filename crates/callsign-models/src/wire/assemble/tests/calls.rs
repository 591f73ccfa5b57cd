//! Which piece belongs to which call: each quirk of the services by its name.

use super::*;

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
    check(std::slice::from_ref(&list), &expected);
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
fn two_calls_of_one_list_that_are_alike_are_two() {
    let roll = || piece(json!(null), json!("a"), json!("get_time"), json!("{}"));
    check(&[json!([roll(), roll()])], &[("a", "get_time", "{}"), ("a", "get_time", "{}")]);
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
