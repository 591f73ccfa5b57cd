#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_testkit::shared_file;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::repair;

#[test]
fn text_with_one_meaning_is_repaired() {
    for (text, expected) in [
        ("\u{feff}{\"a\": 1}", json!({"a": 1})),
        ("```json\n{\"a\": 1}\n```", json!({"a": 1})),
        ("``` {'a': 1} ```", json!({"a": 1})),
        ("{\"a\": 1}\n```", json!({"a": 1})),
        (r#""{\"a\": [1, \"x\"]}""#, json!({"a": [1, "x"]})),
        (r#""{'a': 1}""#, json!({"a": 1})),
        ("{\"a\": 1, \"b\": [1, 2,],}", json!({"a": 1, "b": [1, 2]})),
        ("{'a': 'b', 'c': []}", json!({"a": "b", "c": []})),
        ("{'a': 'say \"hi\"'}", json!({"a": "say \"hi\""})),
        (r"{'a': 'it\'s'}", json!({"a": "it's"})),
        ("{'a': \"it's\"}", json!({"a": "it's"})),
        ("{a: 1, $b_2: {c: 2}}", json!({"a": 1, "$b_2": {"c": 2}})),
        ("{'a': True, 'b': False, 'c': None}", json!({"a": true, "b": false, "c": null})),
        ("{\"a\": 1, // how many\n \"b\": 2}", json!({"a": 1, "b": 2})),
        ("/* these */ {\"a\": /* } */ 1}", json!({"a": 1})),
        ("{\"a\": \"one\ntwo\tthree\"}", json!({"a": "one\ntwo\tthree"})),
        ("{\"a\": 1}}", json!({"a": 1})),
        ("{\"a\": {\"b\": {}}} }", json!({"a": {"b": {}}})),
        ("{\"a\": [{\"b\": 1}], \"c\": 'd'}", json!({"a": [{"b": 1}], "c": "d"})),
        ("{'a': 1, 'a': 1}", json!({"a": 1})),
        (r"{'a': '\ud83d\ude00 \u00e9'}", json!({"a": "😀 é"})),
        ("{'a': -1.5e3}", json!({"a": -1500.0})),
    ] {
        let read = repair(text).unwrap_or_else(|| panic!("refused: {text}"));
        assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), expected, "{text}");
    }
}

#[test]
fn long_numbers_are_copied() {
    let digits = "123456789012345678901234567890";
    assert_eq!(repair(&format!("{{'a': {digits}}}")), Some(format!("{{\"a\":{digits}}}")));
}

#[test]
fn text_with_no_or_several_meanings_is_refused() {
    for text in [
        // It may have been cut off.
        "",
        "{",
        "{'a': 1",
        "{'a': 1,",
        "{'a': 'b}",
        "{'a': [1, 2}",
        "{'a': {'b': 1}",
        "\"{\\\"a\\\": 1}",
        "\"{\\\"a\\\": 1\"",
        "```json\n{\"a\": 1}",
        "```json\n{\"a\": 1\n```",
        "{\"a\": 1 /* comment",
        "{\"a\": 1 // comment }",
        "{'a': tru",
        // There is more than one object, or other text.
        "{\"a\": 1}{\"a\": 1}",
        "{\"a\": 1}, \"b\": 2}",
        "{\"a\": 1} and more",
        "Here: {\"a\": 1}",
        "```\n{\"a\": 1}\n```\n```\n{\"b\": 1}\n```",
        "[{'a': 1}]",
        "\"x\"",
        "'x'",
        "}",
        // Either of two braces may be the one too many.
        "{\"a\": {\"b\": 1}, \"c\": 2}}",
        "{\"a\": [{\"b\": 1}]}}",
        "{\"a\": 1}}}",
        // The end of a string would be a guess.
        "{'a': 'it's'}",
        "{'a': 'rock 'n' roll'}",
        "{\"a\": \"say \"hi\"\"}",
        "{\"a\": \"b, \"c\": \"d\"}",
        "{\"a\": \"b,\n \"c\": \"d\"}",
        "{\"a\": \"C:\\dir\"}",
        "{a: b}",
        "{'a': 'b' 'c'}",
        "{'a\n': 1}",
        // More may be missing than the comma.
        "{\"a\": 1 \"b\": 2}",
        "[1 2]",
        "{'a': [1,, 2]}",
        "{,}",
        "{'a': }",
        "{'a'}",
        // One key has two values.
        "{'a': 1, 'a': 2}",
        "{'a': 1, 'a': 1.0}",
        "{True: 1}",
        "{1: 2}",
        // These are not numbers of JSON, and perhaps not numbers at all.
        "{'a': 007}",
        "{'a': 1_000}",
        "{'a': 1.}",
        "{'a': .5}",
        "{'a': +1}",
        "{'a': 0x10}",
        "{'a': NaN}",
        "{'a': 1e999}",
        "{'a': 1/3}",
        r"{'a': '\ud83d'}",
        "{'a': (1, 2)}",
        "{\"a\": {\"b\": 1, // and },\n \"c\": 2}}",
    ] {
        assert_eq!(repair(text), None, "{text}");
    }
}

#[test]
fn valid_object_is_not_repaired() {
    for text in ["{}", " {\"a\": 1}\n", "{\"a\": 1, \"a\": 2}"] {
        assert_eq!(repair(text), None, "{text}");
    }
}

#[test]
fn depth_is_limited() {
    for (open, close) in [("{'a':", "}"), ("[", "]")] {
        let deep = |depth: usize| format!("{{'b':{}1{}}}", open.repeat(depth), close.repeat(depth));
        assert!(repair(&deep(100)).is_some());
        assert_eq!(repair(&deep(100_000)), None);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let texts = r#"[a-z {}\[\]:,'"\\/\n\t`é😀#]{0,8}"#;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(|float: f64| Value::from(float)),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(texts, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn objects() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z]{1,3}", values(), 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
}

proptest! {
    /// An object keeps its value, whatever models write around it.
    #[test]
    fn object_keeps_its_value(object in objects(), pretty in any::<bool>()) {
        let text = if pretty { format!("{object:#}") } else { object.to_string() };
        prop_assert_eq!(repair(&text), None);
        let fenced = format!("```json\n{text}\n```");
        let twice = Value::from(text.as_str()).to_string();
        for wrapped in [fenced, twice, format!("\u{feff}{text}"), format!("{text} // done")] {
            let read: Value = serde_json::from_str(&repair(&wrapped).unwrap()).unwrap();
            // Not the object itself: a float may change when it is written and read.
            prop_assert_eq!(read, serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    /// A text that may have been cut off is not repaired.
    #[test]
    fn prefix_of_an_object_is_not_repaired(object in objects(), pretty in any::<bool>()) {
        let text = if pretty { format!("{object:#}") } else { object.to_string() };
        let twice = Value::from(text.as_str()).to_string();
        let fenced = format!("```json\n{text}\n```");
        for text in [text, twice, fenced] {
            for (at, _) in text.char_indices() {
                prop_assert_eq!(repair(&text[..at]), None, "{}", &text[..at]);
            }
        }
    }

    /// A repaired text is an object and needs no further repair.
    #[test]
    fn repaired_text_is_an_object(text in r#"\{?([{}\[\]:,'"\\/ \n0-9a-c*]|'a':|True|"x"){0,24}\}?"#) {
        if let Some(read) = repair(&text) {
            prop_assert!(serde_json::from_str::<Value>(&read).unwrap().is_object());
            prop_assert_eq!(repair(&read), None);
        }
    }

    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        let _ = repair(&text);
    }
}

/// Runs the test cases of a library that guesses. A repaired text has the same value there, and a
/// guess of that library is refused here.
#[test]
fn test_cases_of_another_library() {
    let Some(path) = shared_file("test_cases_of_another_library", "json-repair-cases.jsonl") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let (mut valid, mut repaired, mut refused, mut wrong) = (0, 0, 0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let input = case["input"].as_str().unwrap();
        let expected = match &case["expected"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let is_valid = serde_json::from_str::<Value>(input).is_ok();
        let sort = match repair(input).map(|read| serde_json::from_str::<Value>(&read).unwrap()) {
            None if is_valid => (&mut valid, "valid"),
            None => (&mut refused, "refused"),
            Some(read) if read == expected => (&mut repaired, "repaired"),
            Some(_) => (&mut wrong, "wrong"),
        };
        *sort.0 += 1;
        println!("{:<9} {}", sort.1, input.escape_debug());
    }
    println!("valid {valid}, repaired {repaired}, refused {refused}, wrong {wrong}");
    assert_eq!((valid, repaired, refused, wrong), (16, 9, 93, 0));
}
