#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use serde_json::{Value, json};

use callsign_json::truncate::note;
use callsign_types::content::{Content, Part};

use super::{size, truncate_content};

fn text(text: &str, bytes: u64) -> Option<String> {
    truncate_content(&Content::from(text), bytes).map(|shown| shown.text().into_owned())
}

#[track_caller]
fn check(given: &str, bytes: u64, expected: &str) {
    assert_eq!(text(given, bytes).as_deref(), Some(expected));
}

#[test]
fn content_that_fits_is_unchanged() {
    for fits in ["", "12345678", "[1, 2,3]", r#"{"a": 1}"#] {
        assert_eq!(text(fits, 8), None);
    }
    let parts = vec![Part::text("1234"), Part::image_url("https://x.test/y.png")];
    assert_eq!(truncate_content(&Content::Parts(parts), 4), None);
}

#[test]
fn text_keeps_its_beginning() {
    check("one two three", 7, "one two\n[truncated: 7 of 13 bytes shown; request less]");
    check("größer", 3, "gr\n[truncated: 2 of 8 bytes shown; request less]");
    check("one", 0, "\n[truncated: 0 of 3 bytes shown; request less]");
    // Invalid JSON is treated as text.
    check("[1, 2, 3", 6, "[1, 2,\n[truncated: 6 of 8 bytes shown; request less]");
    let long = "x".repeat(1_234_567);
    let note = "\n[truncated: 100,000 of 1,234,567 bytes shown; request less]";
    check(&long, 100_000, &format!("{}{note}", &long[..100_000]));
}

#[test]
fn whitespace_is_removed_first() {
    check("[ 1,\n  2 ]", 8, "[1,2]");
    check(r#" { "a b" : [ ] , "c" : { } } "#, 20, r#"{"a b":[],"c":{}}"#);
}

#[test]
fn numbers_and_keys_keep_their_spelling() {
    let given = r#"[12345678901234567890123, 1.50, 1e3, {"b": 1, "a": 2, "b": 3}, "cut"]"#;
    let expected = r#"[12345678901234567890123,1.50,1e3,{"b":1,"a":2,"b":3},"#.to_owned()
        + r#""[truncated: 4 of 5 elements shown; request less]"]"#;
    check(given, 55, &expected);
}

#[test]
fn array_keeps_its_first_elements() {
    check("[1,2,3,4,5,6]", 8, r#"[1,2,3,"[truncated: 3 of 6 elements shown; request less]"]"#);
    // The first element that does not fit ends the array, even if a later one would fit.
    check(r#"[1,"234567",8]"#, 11, r#"[1,"[truncated: 1 of 3 elements shown; request less]"]"#);
    check("[1,2,3]", 0, r#"["[truncated: 0 of 3 elements shown; request less]"]"#);
}

#[test]
fn element_that_dominates_an_array_is_truncated_inside() {
    let given = json!(["a", "x".repeat(400), "z"]).to_string();
    let kept = "x".repeat(188);
    let expected =
        format!(r#"["a","{kept}[truncated: 188 of 400 bytes shown; request less]","z"]"#);
    check(&given, 300, &expected);
}

#[test]
fn object_keeps_small_members_next_to_a_large_one() {
    let given = json!({"items": vec![1234; 200], "total": 200, "next": "abc"}).to_string();
    let shown = text(&given, 400).unwrap();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let items = shown["items"].as_array().unwrap();
    assert_eq!(*items.last().unwrap(), "[truncated: 52 of 200 elements shown; request less]");
    assert_eq!((items.len(), &shown["total"], &shown["next"]), (53, &json!(200), &json!("abc")));
    // A member that is too large to be truncated is dropped, and a note says so.
    let expected = r#"{"b":1,"[truncated]":"[truncated: 1 of 2 members shown; request less]"}"#;
    check(&json!({"a": "x".repeat(99), "b": 1}).to_string(), 9, expected);
}

#[test]
fn string_is_not_truncated_within_an_escape() {
    for (character, expected) in
        [(r"\n", 2), (r"\u00e9", 6), (r"\ud83d\ude00", 12), ("é", 2), (r"\\", 2), ("😀", 4)]
    {
        let given = format!(r#"["{}"]"#, character.repeat(100));
        let shown: Vec<String> = serde_json::from_str(&text(&given, 160).unwrap()).unwrap();
        let kept = 56 / expected * expected;
        let note = note(kept, expected * 100, "bytes");
        assert!(shown[0].ends_with(&note), "{shown:?} does not end with {note}");
    }
}

#[test]
fn parts_are_truncated_in_order() {
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
        Part::text("two\n[truncated: 3 of 9 bytes shown; request less]"),
        image.clone(),
        Part::text("[truncated: 4 of 6 parts shown; request less]"),
    ];
    assert_eq!(truncate_content(&Content::Parts(given), 6), Some(Content::Parts(expected)));
    // A part of an unknown type is not truncated inside.
    let dropped = vec![Part::text("[truncated: 0 of 1 parts shown; request less]")];
    let shown = truncate_content(&Content::Parts(vec![unknown]), 20);
    assert_eq!(shown, Some(Content::Parts(dropped)));
}

#[test]
fn deeply_nested_json_is_truncated_as_text() {
    let given = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    check(&given, 3, "[[[\n[truncated: 3 of 400,000 bytes shown; request less]");
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

/// Returns the same JSON with every non-ASCII character escaped.
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
    fn text_is_truncated_to_its_bytes(given in any_text(), bytes in bytes()) {
        let shown = text(&given, bytes);
        prop_assert_eq!(shown.is_none(), given.len() as u64 <= bytes, "`None` if it fits");
        prop_assert_eq!(&text(&given, bytes), &shown, "deterministic");
        let Some(shown) = shown else { return Ok(()) };
        prop_assert!(shown.len() as u64 <= bytes + 200, "{} bytes: {shown}", shown.len());
        match serde_json::from_str::<Value>(&given) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => {
                let shown: Value = serde_json::from_str(&shown).unwrap();
                prop_assert!(is_part(&shown, &value), "{shown} is not a part of {value}");
            }
            _ => prop_assert!(given.starts_with(shown.rsplit_once('\n').unwrap().0)),
        }
    }

    #[test]
    fn parts_are_truncated_to_their_bytes(
        given in prop::collection::vec(any_part(), 0..6),
        bytes in bytes(),
    ) {
        let total: usize = given.iter().map(size).sum();
        let shown = truncate_content(&Content::Parts(given.clone()), bytes);
        prop_assert_eq!(shown.is_none(), total as u64 <= bytes, "`None` if it fits");
        let Some(Content::Parts(shown)) = shown else { return Ok(()) };
        let size: usize = shown.iter().map(size).sum();
        prop_assert!(size as u64 <= bytes + 200, "{size} bytes: {shown:?}");
        let media = |parts: &[Part]| {
            let is_media =
                |part: &&Part| matches!(part, Part::ImageUrl { .. } | Part::InputAudio { .. });
            parts.iter().filter(is_media).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(media(&shown), media(&given), "images and audio stay");
    }
}

/// The beginning of a note.
const NOTE: &str = "[truncated: ";

/// Returns whether `shown` equals `whole` or is a truncation of it.
fn is_part(shown: &Value, whole: &Value) -> bool {
    match (shown, whole) {
        (Value::Array(shown), Value::Array(whole)) => {
            let last = shown.len().saturating_sub(1);
            let is_note = |shown: &Value| shown.as_str().is_some_and(|s| s.starts_with(NOTE));
            shown.iter().enumerate().all(|(at, shown)| {
                let part = whole.get(at).is_some_and(|whole| is_part(shown, whole));
                part || (at == last && is_note(shown))
            })
        }
        (Value::Object(shown), Value::Object(whole)) => shown.iter().all(|(key, shown)| {
            whole.get(key).is_some_and(|whole| is_part(shown, whole)) || key == "[truncated]"
        }),
        (Value::String(shown), Value::String(whole)) if shown != whole => {
            shown.rsplit_once(NOTE).is_some_and(|(kept, _)| whole.starts_with(kept))
        }
        _ => shown == whole,
    }
}
