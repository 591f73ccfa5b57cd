#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::mended;

#[test]
fn what_has_one_reading_is_mended() {
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
        let read = mended(text).unwrap_or_else(|| panic!("refused: {text}"));
        assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), expected, "{text}");
    }
}

#[test]
fn long_numbers_stay_as_they_are() {
    let digits = "123456789012345678901234567890";
    assert_eq!(mended(&format!("{{'a': {digits}}}")), Some(format!("{{\"a\":{digits}}}")));
}

#[test]
fn what_has_no_reading_or_two_is_refused() {
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
        // There is more than one object, or something else.
        "{\"a\": 1}{\"a\": 1}",
        "{\"a\": 1}, \"b\": 2}",
        "{\"a\": 1} and more",
        "Here: {\"a\": 1}",
        "```\n{\"a\": 1}\n```\n```\n{\"b\": 1}\n```",
        "[{'a': 1}]",
        "\"x\"",
        "'x'",
        "}",
        // The brace that is too many may be one of two.
        "{\"a\": {\"b\": 1}, \"c\": 2}}",
        "{\"a\": [{\"b\": 1}]}}",
        "{\"a\": 1}}}",
        // Where a string ends is a guess.
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
        // Two values of one key.
        "{'a': 1, 'a': 2}",
        "{'a': 1, 'a': 1.0}",
        "{True: 1}",
        "{1: 2}",
        // These are no numbers of JSON, and perhaps no numbers at all.
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
        assert_eq!(mended(text), None, "{text}");
    }
}

#[test]
fn what_is_an_object_already_is_left_alone() {
    for text in ["{}", " {\"a\": 1}\n", "{\"a\": 1, \"a\": 2}"] {
        assert_eq!(mended(text), None, "{text}");
    }
}

#[test]
fn no_depth_is_too_much() {
    for (open, close) in [("{'a':", "}"), ("[", "]")] {
        let deep = |depth: usize| format!("{{'b':{}1{}}}", open.repeat(depth), close.repeat(depth));
        assert!(mended(&deep(100)).is_some());
        assert_eq!(mended(&deep(100_000)), None);
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
    /// Whatever is an object keeps its value, written around as models write around it.
    #[test]
    fn an_object_keeps_its_value(object in objects(), pretty in any::<bool>()) {
        let text = if pretty { format!("{object:#}") } else { object.to_string() };
        prop_assert_eq!(mended(&text), None);
        let fenced = format!("```json\n{text}\n```");
        let twice = Value::from(text.as_str()).to_string();
        for wrapped in [fenced, twice, format!("\u{feff}{text}"), format!("{text} // done")] {
            let read: Value = serde_json::from_str(&mended(&wrapped).unwrap()).unwrap();
            // Not the object itself: a float may be another one once it was written and read.
            prop_assert_eq!(read, serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    /// Nothing that may have been cut off is read, wherever it was cut.
    #[test]
    fn no_beginning_of_an_object_is_read(object in objects(), pretty in any::<bool>()) {
        let text = if pretty { format!("{object:#}") } else { object.to_string() };
        let twice = Value::from(text.as_str()).to_string();
        let fenced = format!("```json\n{text}\n```");
        for text in [text, twice, fenced] {
            for (at, _) in text.char_indices() {
                prop_assert_eq!(mended(&text[..at]), None, "{}", &text[..at]);
            }
        }
    }

    /// Whatever is read is an object, and needs no mending any more.
    #[test]
    fn what_is_read_is_an_object(text in r#"\{?([{}\[\]:,'"\\/ \n0-9a-c*]|'a':|True|"x"){0,24}\}?"#) {
        if let Some(read) = mended(&text) {
            prop_assert!(serde_json::from_str::<Value>(&read).unwrap().is_object());
            prop_assert_eq!(mended(&read), None);
        }
    }

    /// Neither does any other text make it fail.
    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        let _ = mended(&text);
    }
}

/// The collection of malformed JSON that a library which guesses is tested with: what is read
/// here is read alike there, and what is a guess there is refused here.
#[test]
fn cases_of_others() {
    let Some(path) = shared("cases_of_others", "json-repair-cases.jsonl") else { return };
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
        let sort = match mended(input).map(|read| serde_json::from_str::<Value>(&read).unwrap()) {
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

/// The file of this name, or a word that the test is skipped; where the folder is named, it has to
/// be there.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("CALLSIGN_SHARED").map_or(beside, PathBuf::from);
    let found = [folder.join("data").join(name), folder.join(name)];
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let named = std::env::var_os("CALLSIGN_SHARED");
        assert!(named.is_none(), "{test}: CALLSIGN_SHARED is set, and there is no {name} in it");
        println!("{test} is skipped: there is no {name}; CALLSIGN_SHARED names its folder");
    }
    found
}
