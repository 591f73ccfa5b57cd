#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cut, grouped, size};
use crate::words::content::{Content, Part};

fn text(text: &str, bytes: u64) -> Option<String> {
    cut(&Content::from(text), bytes).map(|shown| shown.text().into_owned())
}

#[track_caller]
fn check(given: &str, bytes: u64, expected: &str) {
    assert_eq!(text(given, bytes).as_deref(), Some(expected));
}

#[test]
fn what_fits_is_left_alone() {
    for fits in ["", "12345678", "[1, 2,3]", r#"{"a": 1}"#] {
        assert_eq!(text(fits, 8), None);
    }
    let parts = vec![Part::text("1234"), Part::image_url("https://x.test/y.png")];
    assert_eq!(cut(&Content::Parts(parts), 4), None);
}

#[test]
fn a_text_keeps_its_beginning() {
    check("one two three", 7, "one two\n[cut: 7 of 13 bytes shown; ask for less]");
    check("größer", 3, "gr\n[cut: 2 of 8 bytes shown; ask for less]");
    check("one", 0, "\n[cut: 0 of 3 bytes shown; ask for less]");
    // It only looks like JSON.
    check("[1, 2, 3", 6, "[1, 2,\n[cut: 6 of 8 bytes shown; ask for less]");
    let long = "x".repeat(1_234_567);
    let note = "\n[cut: 100,000 of 1,234,567 bytes shown; ask for less]";
    check(&long, 100_000, &format!("{}{note}", &long[..100_000]));
}

#[test]
fn blanks_go_first() {
    check("[ 1,\n  2 ]", 8, "[1,2]");
    check(r#" { "a b" : [ ] , "c" : { } } "#, 20, r#"{"a b":[],"c":{}}"#);
}

#[test]
fn numbers_and_keys_stay_as_they_are_written() {
    let given = r#"[12345678901234567890123, 1.50, 1e3, {"b": 1, "a": 2, "b": 3}, "cut"]"#;
    let expected = r#"[12345678901234567890123,1.50,1e3,{"b":1,"a":2,"b":3},"#.to_owned()
        + r#""[cut: 4 of 5 elements shown; ask for less]"]"#;
    check(given, 55, &expected);
}

#[test]
fn an_array_keeps_its_first_elements() {
    check("[1,2,3,4,5,6]", 8, r#"[1,2,3,"[cut: 3 of 6 elements shown; ask for less]"]"#);
    // One that is left out ends it, though a later one would fit.
    check(r#"[1,"234567",8]"#, 11, r#"[1,"[cut: 1 of 3 elements shown; ask for less]"]"#);
    check("[1,2,3]", 0, r#"["[cut: 0 of 3 elements shown; ask for less]"]"#);
}

#[test]
fn an_element_that_is_most_of_an_array_is_cut_inside() {
    let given = json!(["a", "x".repeat(400), "z"]).to_string();
    let kept = "x".repeat(188);
    let expected = format!(r#"["a","{kept}[cut: 188 of 400 bytes shown; ask for less]","z"]"#);
    check(&given, 300, &expected);
}

#[test]
fn an_object_keeps_what_fits_beside_a_large_member() {
    let given = json!({"items": vec![1234; 200], "total": 200, "next": "abc"}).to_string();
    let shown = text(&given, 400).unwrap();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let items = shown["items"].as_array().unwrap();
    assert_eq!(*items.last().unwrap(), "[cut: 52 of 200 elements shown; ask for less]");
    assert_eq!((items.len(), &shown["total"], &shown["next"]), (53, &json!(200), &json!("abc")));
    // What is too small for a part of it is left out, and that is said.
    let expected = r#"{"b":1,"[cut]":"[cut: 1 of 2 members shown; ask for less]"}"#;
    check(&json!({"a": "x".repeat(99), "b": 1}).to_string(), 9, expected);
}

#[test]
fn a_string_is_not_cut_within_an_escape() {
    for (character, expected) in
        [(r"\n", 2), (r"\u00e9", 6), (r"\ud83d\ude00", 12), ("é", 2), (r"\\", 2), ("😀", 4)]
    {
        let given = format!(r#"["{}"]"#, character.repeat(100));
        let shown: Vec<String> = serde_json::from_str(&text(&given, 160).unwrap()).unwrap();
        let kept = 56 / expected * expected;
        let note =
            format!("[cut: {kept} of {} bytes shown; ask for less]", grouped(expected * 100));
        assert!(shown[0].ends_with(&note), "{shown:?} does not end with {note}");
    }
}

#[test]
fn parts_are_cut_in_their_order() {
    let image = Part::image_url(format!("data:image/png;base64,{}", "A".repeat(1000)));
    let unknown = Part::Other(json!({"type": "video", "of": "something"}));
    let given = vec![
        Part::text("one"),
        image.clone(),
        Part::text("two three"),
        unknown.clone(),
        Part::text("four"),
        image.clone(),
    ];
    let expected = vec![
        Part::text("one"),
        image.clone(),
        Part::text("two\n[cut: 3 of 9 bytes shown; ask for less]"),
        image.clone(),
        Part::text("[cut: 4 of 6 parts shown; ask for less]"),
    ];
    assert_eq!(cut(&Content::Parts(given), 6), Some(Content::Parts(expected)));
    // A part that is not known is not cut.
    let left_out = vec![Part::text("[cut: 0 of 1 parts shown; ask for less]")];
    assert_eq!(cut(&Content::Parts(vec![unknown]), 20), Some(Content::Parts(left_out)));
}

#[test]
fn nesting_too_deep_is_cut_as_text() {
    let given = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    check(&given, 3, "[[[\n[cut: 3 of 400,000 bytes shown; ask for less]");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
        r#"["\\\n😀é]{0,200}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::vec((".{0,40}", inner), 0..20)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,500}",
        any_json().prop_map(|value| value.to_string()),
        any_json().prop_map(|value| serde_json::to_string_pretty(&value).unwrap()),
        any_json().prop_map(|value| escaped(&value.to_string())),
        (any_json(), 1_usize..20).prop_map(|(value, missing)| {
            let text = value.to_string();
            text.chars().take(text.chars().count().saturating_sub(missing)).collect()
        }),
    ]
}

/// The same JSON, with everything escaped that is not ASCII.
fn escaped(json: &str) -> String {
    let mut escaped = String::new();
    for c in json.chars() {
        let units = c.encode_utf16(&mut [0; 2]).to_vec();
        match c {
            _ if c.is_ascii() => escaped.push(c),
            _ => units.iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04X}"))),
        }
    }
    escaped
}

fn any_part() -> impl Strategy<Value = Part> {
    prop_oneof![
        4 => any_text().prop_map(Part::text),
        1 => "[a-z]{0,300}".prop_map(|path| Part::image_url(format!("https://x.test/{path}"))),
        1 => "[A-Za-z0-9]{0,300}".prop_map(|data| Part::input_audio(data, "wav")),
        1 => any_json().prop_map(|value| Part::Other(json!({"type": "thing", "value": value}))),
    ]
}

fn bytes() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..20, 0_u64..400, 0_u64..4000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_text_is_cut_to_its_bytes(given in any_text(), bytes in bytes()) {
        let shown = text(&given, bytes);
        prop_assert_eq!(shown.is_none(), given.len() as u64 <= bytes, "None where it fits");
        prop_assert_eq!(&text(&given, bytes), &shown, "always the same");
        let Some(shown) = shown else { return Ok(()) };
        prop_assert!(shown.len() as u64 <= bytes + 200, "{} bytes: {shown}", shown.len());
        match serde_json::from_str::<Value>(&given) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => {
                let shown: Value = serde_json::from_str(&shown).unwrap();
                prop_assert!(is_part(&shown, &value), "{shown} is no part of {value}");
            }
            _ => prop_assert!(given.starts_with(shown.rsplit_once('\n').unwrap().0)),
        }
    }

    #[test]
    fn parts_are_cut_to_their_bytes(given in prop::collection::vec(any_part(), 0..6), bytes in bytes()) {
        let total: usize = given.iter().map(size).sum();
        let shown = cut(&Content::Parts(given.clone()), bytes);
        prop_assert_eq!(shown.is_none(), total as u64 <= bytes, "None where it fits");
        let Some(Content::Parts(shown)) = shown else { return Ok(()) };
        let size: usize = shown.iter().map(size).sum();
        prop_assert!(size as u64 <= bytes + 200, "{size} bytes: {shown:?}");
        let media = |parts: &[Part]| {
            let media = |part: &&Part| matches!(part, Part::ImageUrl { .. } | Part::InputAudio { .. });
            parts.iter().filter(media).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(media(&shown), media(&given), "images and audio stay");
    }
}

/// Whether a value is another one, or what is shown of it.
fn is_part(shown: &Value, whole: &Value) -> bool {
    match (shown, whole) {
        (Value::Array(shown), Value::Array(whole)) => {
            let last = shown.len().saturating_sub(1);
            let is_note = |shown: &Value| shown.as_str().is_some_and(|s| s.starts_with("[cut: "));
            shown.iter().enumerate().all(|(at, shown)| {
                let part = whole.get(at).is_some_and(|whole| is_part(shown, whole));
                part || (at == last && is_note(shown))
            })
        }
        (Value::Object(shown), Value::Object(whole)) => shown.iter().all(|(key, shown)| {
            whole.get(key).is_some_and(|whole| is_part(shown, whole)) || key == "[cut]"
        }),
        (Value::String(shown), Value::String(whole)) if shown != whole => {
            shown.rsplit_once("[cut: ").is_some_and(|(kept, _)| whole.starts_with(kept))
        }
        _ => shown == whole,
    }
}
