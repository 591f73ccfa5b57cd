#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use proptest::sample::select;

use super::arguments;

/// Pieces of JSON, whose combinations reach more code than random bytes.
const PIECES: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "\\u00e9",
    "\\ud83d",
    "\n",
    " ",
    "\u{feff}",
    "\u{e9}",
    "```",
    "```json\n",
    "// ",
    "/*",
    "*/",
    "True",
    "null",
    "-1.5e3",
    "0",
    "a",
    "'a': ",
    "\"a\": 1",
    "{'a': 1}",
    "{\"a\": \"b\"}",
    "\"{\\\"a\\\": 1}\"",
];

proptest! {
    #[test]
    fn invariants_hold_for_combined_pieces(
        pieces in prop::collection::vec(select(PIECES.to_vec()), 0..16),
    ) {
        arguments(pieces.concat().as_bytes());
    }

    #[test]
    fn invariants_hold_for_random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        arguments(&bytes);
    }
}

#[test]
fn invariants_hold_for_long_texts() {
    for (piece, count) in
        [("'a':", 16_000), ("{", 64_000), ("/**/", 16_000), ("[1,", 20_000), ("\\", 64_000)]
    {
        for begin in ["", "{", "{'a': ", "{'a': '", "{'a': [", "\"", "```"] {
            for end in ["", "}", "'}", "]}", "\"", "```"] {
                arguments(format!("{begin}{}{end}", piece.repeat(count)).as_bytes());
            }
        }
    }
    let fields: Vec<_> = (0..6_000).map(|index| format!("'k{index}': 1")).collect();
    arguments(format!("{{{}}}", fields.join(", ")).as_bytes());
    let same = vec!["'k': [1, 2, 3]"; 4_000];
    arguments(format!("{{{}}}", same.join(", ")).as_bytes());
}

/// Keywords and values of schemas. A combination may have any of them in any place.
#[cfg(feature = "validate")]
const SCHEMA_PIECES: [&str; 32] = [
    r##""$ref":"#""##,
    r##""$ref":"#/$defs/a""##,
    r#""$schema":"http://json-schema.org/draft-07/schema#""#,
    r#""type":"object""#,
    r#""type":["string","null"]"#,
    r#""type":"any""#,
    r#""nullable":true"#,
    r#""enum":[1,"a",null]"#,
    r#""const":{"a":1}"#,
    r#""pattern":"^(?=a)[\\w-.]+$""#,
    r#""pattern":"(""#,
    r#""minLength":1e300"#,
    r#""multipleOf":0.01"#,
    r#""exclusiveMinimum":true"#,
    r#""required":["a"]"#,
    r#""additionalProperties":false"#,
    r#""uniqueItems":true"#,
    r#""examples":[1]"#,
    r#""minContains":0"#,
    r#""properties":{"a":{"#,
    r#""$defs":{"a":{"#,
    r#""patternProperties":{"^a":{"#,
    r#""dependentSchemas":{"a":{"#,
    r#""items":{"#,
    r#""contains":{"#,
    r#""not":{"#,
    r#""if":{"#,
    r#""then":{"#,
    r#""unevaluatedProperties":{"#,
    r#""anyOf":[{"#,
    r#""oneOf":[{"#,
    r#""items":[{"#,
];

#[cfg(feature = "validate")]
proptest! {
    #[test]
    fn invariants_hold_for_combined_schemas(
        pieces in prop::collection::vec((select(SCHEMA_PIECES.to_vec()), 0..3_usize), 0..12),
        value in select(vec!["{}", r#"{"a":{"a":[1,1.0,{"b":null}]}}"#, r#"{"a":"a","b":0.03}"#]),
    ) {
        let mut text = "{".to_owned();
        let mut open = Vec::new();
        for (piece, closed) in pieces {
            for _ in 0..closed {
                text.push_str(open.pop().unwrap_or_default());
            }
            if !text.ends_with('{') {
                text.push(',');
            }
            text.push_str(piece);
            match piece.rsplit(':').next() {
                Some("[{") => open.push("}]"),
                Some("{") if piece.matches('{').count() == 1 => open.push("}"),
                Some("{") => open.push("}}"),
                _ => {}
            }
        }
        while let Some(end) = open.pop() {
            text.push_str(end);
        }
        text.push('}');
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        text.push('\n');
        text.push_str(value);
        super::schema(text.as_bytes());
    }
}
