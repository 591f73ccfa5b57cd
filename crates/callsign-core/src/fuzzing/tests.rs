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
