use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MAX_BYTES, PartialParser};

/// Returns the last value of a text that is received in pieces of `length` characters.
fn last_value(text: &str, length: usize) -> Option<Value> {
    let mut parser = PartialParser::default();
    let mut newest = None;
    let chars: Vec<char> = text.chars().collect();
    for piece in chars.chunks(length.max(1)) {
        parser.push(&piece.iter().collect::<String>());
        newest = parser.changed().or(newest);
    }
    newest
}

/// Returns whether `part` can be the value of `whole` before it was complete.
fn is_prefix(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::String(part), Value::String(whole)) => whole.starts_with(part),
        (Value::Array(part), Value::Array(whole)) => {
            let Some((last, before)) = part.split_last() else { return true };
            part.len() <= whole.len()
                && *before == whole[..before.len()]
                && is_prefix(last, &whole[before.len()])
        }
        (Value::Object(part), Value::Object(whole)) => {
            let unlike = part.iter().filter(|(key, value)| whole.get(*key) != Some(value));
            let unlike: Vec<_> = unlike.collect();
            unlike.len() <= 1
                && unlike.iter().all(|(key, value)| {
                    whole.get(*key).is_some_and(|whole| is_prefix(value, whole))
                })
        }
        (part, whole) => part == whole,
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\/\n\t😀é]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\é😀]{0,3}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Returns the text with every character outside of ASCII escaped, as surrogate pairs if needed.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn every_prefix_has_a_part_of_the_value(
        members in prop::collection::btree_map("[a-z]{0,3}", value(), 0..5),
        pretty in any::<bool>(),
        escapes in any::<bool>(),
        piece in 1usize..7,
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = Value::Object(members.into_iter().collect());
        let text = if pretty {
            serde_json::to_string_pretty(&whole).unwrap()
        } else {
            whole.to_string()
        };
        let text = if escapes { escaped(&text) } else { text };
        // The value of the text may differ from the one it was written from: floats are rounded.
        let whole: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(last_value(&text, piece), Some(whole.clone()));
        let chars: Vec<char> = text.chars().collect();
        let part: String = chars[..cut.index(chars.len() + 1)].iter().collect();
        if let Some(value) = last_value(&part, piece) {
            prop_assert!(is_prefix(&value, &whole), "{part} has the value {value}");
        } else {
            prop_assert!(!part.contains('{'), "{part} has no value");
        }
    }

    #[test]
    fn no_text_causes_a_panic(text in any::<String>(), piece in 1usize..9) {
        last_value(&text, piece);
        last_value(&format!("{{\"a\":{text}"), piece);
    }
}

#[test]
fn incomplete_scalars_and_keys_are_left_out() {
    let cases = [
        ("", None),
        ("  ```json\n", None),
        ("```json\n{\"a\": 1", Some(json!({}))),
        ("{", Some(json!({}))),
        (r#"{"na"#, Some(json!({}))),
        (r#"{"name"#, Some(json!({}))),
        (r#"{"name":"#, Some(json!({}))),
        (r#"{"name":""#, Some(json!({"name": ""}))),
        (r#"{"name":"Por"#, Some(json!({"name": "Por"}))),
        (r#"{"name":"Por\"#, Some(json!({"name": "Por"}))),
        (r#"{"name":"Por\u00"#, Some(json!({"name": "Por"}))),
        (r#"{"name":"Por\ud83d"#, Some(json!({"name": "Por"}))),
        (r#"{"name":"Por\ud83d\ude00"#, Some(json!({"name": "Por😀"}))),
        (r#"{"n":12"#, Some(json!({}))),
        (r#"{"n":12,"#, Some(json!({"n": 12}))),
        (r#"{"n":tru"#, Some(json!({}))),
        (r#"{"n":[1,[2,{"a":"#, Some(json!({"n": [1, [2, {}]]}))),
        (r#"{"n":[1,2]} and more"#, Some(json!({"n": [1, 2]}))),
    ];
    for (text, value) in cases {
        assert_eq!(last_value(text, 1), value, "{text}");
        assert_eq!(last_value(text, 100), value, "{text} in one piece");
    }
}

#[test]
fn text_that_is_not_an_object_has_no_value() {
    for text in ["Let me see.", "[1, 2]", "\"{}\"", "42", "I'd say {\"a\": 1}"] {
        assert_eq!(last_value(text, 1), None, "{text}");
    }
    // The value before the syntax error stays.
    assert_eq!(last_value(r#"{"a":"b" "c":"d"}"#, 1), Some(json!({"a": "b"})));
    assert_eq!(last_value(r#"{"a":"\ud83d!"}"#, 1), Some(json!({"a": ""})));
    let deep = format!("{{\"a\":{}", "[".repeat(500));
    assert!(last_value(&deep, 1).is_some());
}

#[test]
fn bytes_are_limited() {
    let beginning = "{\"a\":1,\"b\":\"";
    let mut parser = PartialParser::default();
    parser.push(beginning);
    parser.push(&"x".repeat(MAX_BYTES - beginning.len()));
    let value = parser.changed().expect("the value changed");
    assert_eq!(value["b"].as_str().map(str::len), Some(MAX_BYTES - beginning.len()));
    parser.push("x");
    assert_eq!(parser.changed(), None);
}

#[test]
fn control_characters_in_strings_are_kept() {
    assert_eq!(last_value("{\"a\":\"one\ntwo\t\"}", 100), Some(json!({"a": "one\ntwo\t"})));
}

#[test]
fn value_is_returned_only_after_a_change() {
    let mut parser = PartialParser::default();
    parser.push(r#"{"name":"#);
    assert_eq!(parser.changed(), Some(json!({})));
    parser.push(" ");
    assert_eq!(parser.changed(), None);
    parser.push("12");
    assert_eq!(parser.changed(), None);
    parser.push("}");
    assert_eq!(parser.changed(), Some(json!({"name": 12})));
}
