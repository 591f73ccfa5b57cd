use proptest::prelude::*;
use serde_json::{Value, json};

use super::Prefix;

/// What a text amounts to, given in pieces of so many characters.
fn complete(text: &str, piece: usize) -> Option<Value> {
    let mut prefix = Prefix::default();
    let mut newest = None;
    let chars: Vec<char> = text.chars().collect();
    for piece in chars.chunks(piece.max(1)) {
        prefix.push(&piece.iter().collect::<String>());
        newest = prefix.changed().or(newest);
    }
    newest
}

/// Whether the one can be what the other amounted to before it was whole.
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

/// The text with every character outside of ASCII as escapes, pairs of them where it takes two.
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
    fn every_prefix_is_a_prefix(
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
        // What is read from the text, not what it was written from: numbers may differ.
        let whole: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(complete(&text, piece), Some(whole.clone()));
        let chars: Vec<char> = text.chars().collect();
        let part: String = chars[..cut.index(chars.len() + 1)].iter().collect();
        if let Some(value) = complete(&part, piece) {
            prop_assert!(is_prefix(&value, &whole), "{part} came to {value}");
        } else {
            prop_assert!(!part.contains('{'), "{part} came to nothing");
        }
    }

    #[test]
    fn no_text_upsets_it(text in any::<String>(), piece in 1usize..9) {
        complete(&text, piece);
        complete(&format!("{{\"a\":{text}"), piece);
    }
}

#[test]
fn what_has_no_meaning_yet_is_left_out() {
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
        assert_eq!(complete(text, 1), value, "{text}");
        assert_eq!(complete(text, 100), value, "{text} in one piece");
    }
}

#[test]
fn what_is_no_json_object_comes_to_nothing() {
    for text in ["Let me see.", "[1, 2]", "\"{}\"", "42", "I'd say {\"a\": 1}"] {
        assert_eq!(complete(text, 1), None, "{text}");
    }
    // What was told before the fault stays.
    assert_eq!(complete(r#"{"a":"b" "c":"d"}"#, 1), Some(json!({"a": "b"})));
    assert_eq!(complete(r#"{"a":"\ud83d!"}"#, 1), Some(json!({"a": ""})));
    let deep = format!("{{\"a\":{}", "[".repeat(500));
    assert!(complete(&deep, 1).is_some());
}

#[test]
fn nothing_is_told_twice() {
    let mut prefix = Prefix::default();
    prefix.push(r#"{"name":"#);
    assert_eq!(prefix.changed(), Some(json!({})));
    prefix.push(" ");
    assert_eq!(prefix.changed(), None);
    prefix.push("12");
    assert_eq!(prefix.changed(), None);
    prefix.push("}");
    assert_eq!(prefix.changed(), Some(json!({"name": 12})));
}
