//! What holds for any text and any split of it.

use proptest::prelude::*;

use super::{parse, parse_any};
use crate::text_format::text_format::TextFormat;

/// Parts from which texts are put together.
const PARTS: &[&str] = &[
    "<tool_call>",
    "</tool_call>",
    "<think>",
    "</think>",
    "[THINK]",
    "{\"name\": \"weather\", \"arguments\": {\"city\": \"x\"}}",
    "{\"name\": \"wea",
    "{\"other\": ",
    "}",
    "]",
    "[",
    "{",
    "\"",
    ";",
    "```",
    "json",
    "`",
    "````",
    "~~~",
    "'",
    "\n",
    " ",
    "text",
    "é▁",
    "[TOOL_CALLS]",
    "weather",
    "[ARGS]",
    "<function=weather>",
    "<parameter=city>",
    "</parameter>",
    "</function>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁sep｜>",
    "<｜tool▁call▁end｜>",
    "<|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
    "<｜DSML｜invoke name=\"weather\">",
    "<｜DSML｜parameter name=\"city\" string=\"true\">",
    "</｜DSML｜parameter>",
    "</｜DSML｜invoke>",
    "<arg_key>city</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "</s>",
];

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        20 => prop::sample::select(PARTS).prop_map(str::to_owned),
        5 => ".{0,3}",
        1 => Just("\n".repeat(700)),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn formats() -> impl Strategy<Value = TextFormat> {
    prop::sample::select(vec![
        TextFormat::any(),
        TextFormat::any().begins_with_reasoning(true),
        TextFormat::any().reasoning([]),
        TextFormat::any().calls([]),
        TextFormat::llama(),
        TextFormat::deepseek(),
    ])
}

/// Splits a text before the characters with these numbers.
fn split<'a>(text: &'a str, at: &[usize]) -> Vec<&'a str> {
    let mut bounds: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .enumerate()
        .filter(|(n, _)| at.contains(n))
        .map(|(_, at)| at)
        .collect();
    bounds.push(text.len());
    let mut from = 0;
    bounds
        .into_iter()
        .map(|to| {
            let piece = &text[from..to];
            from = to;
            piece
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn result_does_not_depend_on_the_split(
        text in texts(),
        format in formats(),
        at in prop::collection::vec(prop_oneof![0_usize..120, 0_usize..2000], 0..8),
    ) {
        let whole = parse_any(&format, &text);
        prop_assert_eq!(parse(&format, split(&text, &at)), whole);
    }

    #[test]
    fn text_without_calls_and_reasoning_is_unchanged(text in texts()) {
        let parsed = parse_any(&TextFormat::any(), &text);
        if parsed.calls.is_empty() && !text.contains("think>") && !text.contains("[THINK]") {
            prop_assert_eq!(parsed.text, text);
        }
    }

    /// Reasoning that is not taken out leaves every byte of the text.
    #[test]
    fn text_without_calls_is_unchanged(text in texts()) {
        let parsed = parse_any(&TextFormat::any().reasoning([]), &text);
        if parsed.calls.is_empty() {
            prop_assert_eq!(parsed.text, text);
        }
    }

    #[test]
    fn plain_format_changes_nothing(text in texts()) {
        prop_assert_eq!(parse_any(&TextFormat::new(), &text).text, text);
    }
}
