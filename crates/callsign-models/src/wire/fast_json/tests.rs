#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use callsign_types::usage::Usage;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::wire::chunk::Chunk;
use crate::wire::lenient::Lenient;
use crate::wire::usage;

/// Returns whether the fast parser supports `json`. Checks reading and skipping.
#[track_caller]
fn is_supported(json: &str) -> bool {
    let mut reader = FastReader::new(json);
    let skipped = reader.raw();
    if let Ok(text) = skipped {
        let kept: &serde_json::value::RawValue = serde_json::from_str(text).unwrap();
        assert_eq!(kept.get(), text, "{json:?}");
    }
    let is_complete = skipped.is_ok() && reader.peek().is_none();
    let read = check::<Lenient<'_>>(json);
    assert!(is_complete || !read, "{json:?} is read but not skipped");
    read
}

#[test]
fn typical_responses_are_supported() {
    for json in [
        r#"{"id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"x\n\"\\\/\b\f\r\t\u00e9"},"logprobs":null,"finish_reason":"stop"}],"created":1715000000,"usage":{"prompt_tokens":1}}"#,
        r#" { "choices" : [ ] , "x" : [ 1.5 , -2 , 1e3 , true , false , { } ] , "model" : 7 } "#,
        r#"{"choices":[{"delta":{"tool_calls":[null,{"index":0,"function":{"name":"f","arguments":{"a":[1]}}}]}}],"error":null}"#,
        "{\"choices\":null,\"id\":\"\u{e9}\u{1F600}\u{7f}\",\"odd \\u006bey\":{\"a\":1}}",
    ] {
        assert!(check::<Chunk<'_>>(json), "{json}");
        assert!(is_supported(json), "{json}");
    }
}

#[test]
fn strings_of_any_length_are_read() {
    for length in 0..40 {
        let text = "x".repeat(length);
        for end in ["", "\\n", "\\\\", "\\\"", "\u{e9}", "\\u00e9", "\\ud83d\\ude00"] {
            for more in ["", "more", "more and more"] {
                let json = format!("\"{text}{end}{more}\"");
                assert!(is_supported(&json), "{json:?}");
                assert!(!is_supported(&json[..json.len() - 1]), "{json:?}");
                for wrong in ["\"", "\u{1f}", "\n", "\\", "\\x", "\\u12", "\\ud800", "\0"] {
                    let json = format!("\"{text}{end}{wrong}{more}\"");
                    assert!(!is_supported(&json), "{json:?}");
                }
            }
        }
    }
}

#[test]
fn valid_numbers_are_supported() {
    for json in [
        "0",
        "7",
        "10",
        "999999999999999999",
        "1000000000000000000",
        "18446744073709551615",
        "18446744073709551616",
        "-0",
        "-1",
        "0.0",
        "1.5",
        "1e3",
        "1E+3",
        "-2.5e-3",
    ] {
        assert!(is_supported(json), "{json}");
        assert!(is_supported(&format!("[{json},{json}]")), "{json}");
    }
    for json in ["", "00", "01", "-", "+1", "1.", ".5", "1e", "1-", "1+1", "0x1", "1_0", "--1"] {
        assert!(!is_supported(json), "{json}");
        assert!(!is_supported(&format!("[{json},1]")), "{json}");
    }
}

#[test]
fn malformed_json_is_not_supported() {
    for json in [
        "{",
        "}",
        "[",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "nul",
        "nulls",
        "truefalse",
        "True",
        "1 1",
        "{} {}",
        "'a'",
        "[null,nil]",
        "{\"a\":1}}",
        "\u{FEFF}{}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "[1,,2]",
    ] {
        assert!(!is_supported(json), "{json}");
        assert!(!check::<Chunk<'_>>(&format!("{{\"id\":{json}}}")), "{json}");
        assert!(!check::<Chunk<'_>>(&format!("{{\"object\":{json}}}")), "{json}");
    }
    for json in [r#"{"choices":5}"#, r#"{"choices":[5]}"#, "[]", "5", r#"{"choices":{}}"#] {
        assert!(!check::<Chunk<'_>>(json), "{json}");
        assert!(serde_json::from_str::<Chunk<'_>>(json).is_err(), "{json}");
    }
}

#[test]
fn deep_nesting_falls_back_to_serde_json() {
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(check::<Chunk<'_>>(&nested(99)));
    assert!(!check::<Chunk<'_>>(&nested(100)));
    assert!(serde_json::from_str::<Chunk<'_>>(&nested(110)).is_ok(), "serde_json parses it");
    assert!(!check::<Chunk<'_>>(&nested(1_000_000)));
    // Siblings do not count as nesting.
    assert!(check::<Chunk<'_>>(&format!("{{\"x\":[{}{{}}]}}", "{},".repeat(500))));
    let deep = format!("{}1{}", "{\"a\":".repeat(1_000_000), "}".repeat(1_000_000));
    assert_eq!(usage::read(&deep).unwrap().usage, Usage::default());
}

/// Fragments of JSON in arbitrary order.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "null",
        "true",
        "0",
        "12",
        "-1.5e3",
        "\"",
        "\\",
        "\\u00e9",
        "\"a\"",
        "\"id\":",
        "\"choices\":[",
        "\"delta\":{",
        "\"usage\":{",
        "\"x\":",
        "\"prompt_tokens\":3",
        "\"content\":\"y\\n\"",
        "\"arguments\":\"{\\\"a\\\":1}\"",
        "\u{e9}",
    ]);
    prop::collection::vec(fragment, 0..16).prop_map(|fragments| fragments.concat())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..1000_u64).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        "[ -~]{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let name = prop_oneof![
            4 => select(vec![
                "id", "choices", "delta", "message", "index", "content", "tool_calls", "function",
                "name", "arguments", "usage", "prompt_tokens", "error", "object", "x",
            ])
            .prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn supported_json_equals_serde_json(json in fragments()) {
        is_supported(&json);
        check::<Chunk<'_>>(&json);
        check::<Chunk<'_>>(&format!("{{{json}}}"));
    }

    #[test]
    fn all_valid_json_is_supported(value in any_value(), at in any::<prop::sample::Index>()) {
        let json = value.to_string();
        prop_assert!(is_supported(&json), "{}", json);
        prop_assert!(is_supported(&format!("{value:#}")), "{}", json);
        check::<Chunk<'_>>(&json);
        check::<Chunk<'_>>(&json!({ "choices": [value.clone()] }).to_string());
        check::<Chunk<'_>>(&json!({ "choices": [{ "delta": value }] }).to_string());
        // Truncated JSON is checked for agreement only, because a truncated number is valid.
        let ends = json.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
        is_supported(&json[..*at.get(&ends)]);
    }
}
