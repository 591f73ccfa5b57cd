//! The notations of calls.

use serde_json::{Value, json};

use super::{Parsed, collect, parse, parse_any, tools};
use crate::text_format::parser::TextParser;
use crate::text_format::text_format::TextFormat;

/// Checks that `text` is calls of `weather` with these arguments, and this text.
#[track_caller]
fn check(text: &str, arguments: &[Value], rest: &str) {
    let parsed = parse_any(&TextFormat::any(), text);
    let read: Vec<Value> = parsed
        .calls
        .iter()
        .map(|(_, arguments)| serde_json::from_str(arguments).unwrap())
        .collect();
    assert_eq!(read, arguments, "{text}");
    assert!(parsed.calls.iter().all(|(name, _)| name == "weather"), "{text}");
    assert_eq!(parsed.text, rest, "{text}");
}

/// Checks that `text` stays as it is.
#[track_caller]
fn unchanged(text: &str) {
    let expected = Parsed { text: text.to_owned(), ..Parsed::default() };
    assert_eq!(parse_any(&TextFormat::any(), text), expected, "{text}");
}

#[test]
fn each_notation_is_read() {
    let porto = json!({"city": "Porto"});
    for text in [
        // Hermes, Qwen.
        r#"<tool_call>{"name": "weather", "arguments": {"city": "Porto"}}</tool_call>"#,
        "<tool_call>\n{\"arguments\": {\"city\": \"Porto\"}, \"name\": \"weather\"}\n</tool_call>\n",
        r#"<tool_call>{"name": "weather", "arguments": "{\"city\": \"Porto\"}"}</tool_call>"#,
        r#"<tool_call>[{"name": "weather", "arguments": {"city": "Porto"}}]</tool_call>"#,
        r#"<function_call>{"name": "weather", "arguments": {"city": "Porto"}}</function_call>"#,
        // The end marker is a token that some servers remove.
        r#"<tool_call>{"name": "weather", "arguments": {"city": "Porto"}}"#,
        r#"{"name": "weather", "arguments": {"city": "Porto"}}</tool_call>"#,
        // Phi 4, Granite.
        r#"<|tool_call|>[{"name": "weather", "arguments": {"city": "Porto"}}]<|/tool_call|>"#,
        // Qwen3-Coder, with and without the outer tag.
        "<tool_call>\n<function=weather>\n<parameter=city>\nPorto\n</parameter>\n</function>\n</tool_call>",
        "<function=weather>\n<parameter=city>\nPorto\n</parameter>\n</function>",
        // Llama 3.1.
        r#"<function=weather>{"city": "Porto"}</function>"#,
        r#"<|python_tag|>{"name": "weather", "parameters": {"city": "Porto"}}<|eom_id|>"#,
        r#"{"name": "weather", "parameters": {"city": "Porto"}}"#,
        r#"{"type": "function", "name": "weather", "parameters": {"city": "Porto"}}"#,
        r#"[{"id": "1", "name": "weather", "arguments": {"city": "Porto"}}]"#,
        // GLM 4.5.
        "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Porto</arg_value>\n</tool_call>",
        // Mistral.
        r#"[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Porto"}}]</s>"#,
        r#"[TOOL_CALLS]weather[ARGS]{"city": "Porto"}"#,
        r#"[TOOL_CALLS]weather{"city": "Porto"}"#,
        r#"[TOOL_CALLS]weather[CALL_ID]abcdefghi[ARGS]{"city": "Porto"}"#,
        // DeepSeek V3, R1 and V3.1.
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n\
         {\"city\": \"Porto\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": \"Porto\"}\
         <｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        // DeepSeek V3.2 and later.
        "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"weather\">\n<｜DSML｜parameter name=\"city\" \
         string=\"true\">Porto</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"weather\">{\"city\": \"Porto\"}</｜DSML｜invoke>\n\
         </｜DSML｜tool_calls>",
        // Kimi K2.
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0\
         <|tool_call_argument_begin|>{\"city\": \"Porto\"}<|tool_call_end|>\
         <|tool_calls_section_end|>",
        // MiniMax M2.
        "<minimax:tool_call>\n<invoke name=\"weather\">\n<parameter name=\"city\">Porto</parameter>\n\
         </invoke>\n</minimax:tool_call>",
        // Code blocks.
        "```json\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Porto\"}}\n```",
        "```\n[{\"name\": \"weather\", \"arguments\": {\"city\": \"Porto\"}}]\n```\n",
        "```xml\n<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Porto\"}}</tool_call>\n```",
    ] {
        check(text, std::slice::from_ref(&porto), "");
        check(&format!("Let me see.\n{text}"), std::slice::from_ref(&porto), "Let me see.\n");
    }
}

#[test]
fn several_calls_are_read() {
    let days = |days: u32| json!({ "days": days });
    let object =
        |days: u32| format!("{{\"name\": \"weather\", \"arguments\": {{\"days\": {days}}}}}");
    let (one, two) = (object(1), object(2));
    for text in [
        format!("<tool_call>{one}</tool_call>\n<tool_call>{two}</tool_call>"),
        format!("<tool_call>[{one}, {two}]</tool_call>"),
        format!("```\n<tool_call>{one}</tool_call>\n<tool_call>{two}</tool_call>\n```"),
        format!("```json\n{one}\n```\n\n```json\n{two}\n```"),
        format!("{one}\n{two}"),
        format!("{one}; {two}"),
        format!("<|python_tag|>{one}; {two}"),
        format!("[{one}, {two}]"),
        format!("[TOOL_CALLS][{one}, {two}]"),
        "[TOOL_CALLS]weather[ARGS]{\"days\": 1}[TOOL_CALLS]weather[ARGS]{\"days\": 2}".to_owned(),
        "<function=weather><parameter=days>1</parameter></function>\n\
         <function=weather><parameter=days>2</parameter></function>"
            .to_owned(),
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"days\": 1}<｜tool▁call▁end｜>\
         <｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"days\": 2}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
            .to_owned(),
    ] {
        check(&text, &[days(1), days(2)], "");
    }
    check(
        &format!("First:\n<tool_call>{one}</tool_call>\nThen:\n<tool_call>{two}</tool_call> Done."),
        &[days(1), days(2)],
        "First:\n\nThen:\n Done.",
    );
}

#[test]
fn calls_of_other_tools_and_other_values_stay_text() {
    for text in [
        r#"<tool_call>{"name": "delete", "arguments": {}}</tool_call>"#,
        r#"<tool_call>{"name": "weather", "arguments": [1]}</tool_call>"#,
        r#"<tool_call>{"name": "weather", "city": "Porto"}</tool_call>"#,
        r#"<tool_call>{"arguments": {"city": "Porto"}}</tool_call>"#,
        r#"<tool_call>{"name": "weather", "name": "pay", "arguments": {}}</tool_call>"#,
        r#"<tool_call>{"name": "weather", "arguments": {}} and more</tool_call>"#,
        "<tool_call>weather</tool_cal",
        "<tool_call></tool_call>",
        "<tool_call> <tool_call>",
        "<function=delete>{}</function>",
        "<function=weather>{",
        "<function=weather>{\"é",
        "[TOOL_CALLS]weather{\"é\": \"▁",
        "<function=weather><parameter=city>Porto</parameter>",
        "<function=weather>no</function>",
        "[TOOL_CALLS]delete[ARGS]{}",
        "[TOOL_CALLS][]",
        "[TOOL_CALLS]",
        r#"{"name": "weather"}"#,
        r#"{"name": "weather", "arguments": {}, "why": "x"}"#,
        r#"{"name": "weather", "arguments": 1}"#,
        r#"{"city": "Porto"}"#,
        r#"["weather", {}]"#,
        "[]",
        "[link](https://example.com)",
        "{ hmm",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>delete<｜tool▁sep｜>{}<｜tool▁call▁end｜>",
        "a < b, [c], {d} and `e`",
    ] {
        unchanged(text);
    }
}

#[test]
fn examples_stay_text() {
    let call = r#"{"name": "weather", "arguments": {}}"#;
    for text in [
        // Inside of a line, of a larger value, of code.
        format!("I would send {call} now."),
        format!("{call} is how to call it"),
        format!("{{\"steps\": [\n{call}\n]}}"),
        format!("{{\"name\": \"other\", \"arguments\": \n{call}\n}}"),
        format!("Write `<tool_call>{call}</tool_call>`."),
        format!("```python\nprint()\n{call}\n```\nDone."),
        format!("```text\nFor example:\n<tool_call>{call}</tool_call>\n```\n"),
        "{\"doc\": \"<function=weather></function>\"}".to_owned(),
        format!("\n```\n```\n\n> {call}"),
    ] {
        unchanged(&text);
    }
    // A code block that has ended is over.
    let text = format!("```text\nFor example\n```\n<tool_call>{call}</tool_call>");
    check(&text, &[json!({})], "```text\nFor example\n```\n");
    // A code block with a call and other text is kept around the text.
    let text = format!("```\n<tool_call>{call}</tool_call>\nfor example\n```");
    check(&text, &[json!({})], "```\n\nfor example\n```");
}

#[test]
fn quoted_examples_stay_text() {
    let call = r#"{"name": "weather", "arguments": {}}"#;
    let tagged = format!("<tool_call>{call}</tool_call>");
    for text in [
        // Quotes around the call alone.
        format!("The page says: \"{tagged}\" ok"),
        format!("The page says: '{tagged}'."),
        "Say \"<function=weather></function>\".".to_owned(),
        "Say '<tool_call>weather</tool_call>', '[TOOL_CALLS]weather{}'".to_owned(),
        // Code inside of a line.
        format!("Write `the call {tagged} here`."),
        format!("Write `{tagged} {tagged}`."),
        format!("Write ``{tagged}``."),
        // Other code blocks.
        format!("~~~\n{call}\n~~~\n"),
        format!("~~~json\n{tagged}\n```\n{call}\n~~~"),
        format!("````\n```json\n{call}\n```\n{tagged}\n````\n"),
        format!("  ````md\n```\n{call}\n```\n"),
    ] {
        unchanged(&text);
    }
    for (before, after) in [
        ("The code `x` is done. ", " \"ok\""),
        ("He said \"yes\"", ""),
        ("He said \"yes\"", "\nmore"),
        ("It's ", "'s result"),
        ("A ` is here.\n", ""),
        ("~~~\nx\n~~~\n", ""),
        ("````\n```\n````\n", ""),
        ("~~ ", ""),
    ] {
        check(&format!("{before}{tagged}{after}"), &[json!({})], &format!("{before}{after}"));
    }
    // A code block of examples after a call.
    let examples = format!("````\n```json\n{call}\n```\n````");
    check(&format!("{tagged}\n{examples}"), &[json!({})], &format!("\n{examples}"));
}

#[test]
fn calls_in_reasoning_are_not_calls() {
    let call = r#"<tool_call>{"name": "weather", "arguments": {}}</tool_call>"#;
    let format = TextFormat::qwen();
    let parsed = parse_any(&format, &format!("<think>Maybe {call}?</think>\n\nNo."));
    assert_eq!((parsed.text.as_str(), parsed.calls.len()), ("No.", 0));
    // The same if the reasoning stays in the text.
    let text = format!("<think>Maybe {call}?</think>\n\n");
    let parsed = parse_any(&format.reasoning([]), &format!("{text}{call}"));
    assert_eq!(parsed.text, text.trim_end());
    assert_eq!(parsed.calls.len(), 1);
}

#[test]
fn attribute_says_whether_a_value_is_a_string() {
    let text = "<｜DSML｜invoke name=\"weather\"><｜DSML｜parameter name=\"a\" string=\"true\">1\
                </｜DSML｜parameter><｜DSML｜parameter name=\"b\" string=\"false\">1</｜DSML｜parameter>\
                <｜DSML｜parameter name=\"days\">1</｜DSML｜parameter></｜DSML｜invoke>";
    check(text, &[json!({"a": "1", "b": 1, "days": 1})], "");
    unchanged("<｜DSML｜invoke name=\"weather\"><｜DSML｜parameter name=\"a\" string=\"no\">1");
}

#[test]
fn values_of_tags_may_contain_markup() {
    let text = "<function=weather>\n<parameter=city>\n<b>{\"a\": 1}</b>\n\n</parameter>\n\
                <parameter=days>\n3\n</parameter>\n</function>";
    check(text, &[json!({"city": "<b>{\"a\": 1}</b>\n", "days": 3})], "");
    let text =
        r#"<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>"}}</tool_call>"#;
    check(text, &[json!({"city": "</tool_call>"})], "");
}

#[test]
fn text_that_cannot_become_a_call_passes_at_once() {
    for (text, passed) in [
        ("Hello", "Hello"),
        ("a <b", "a <b"),
        ("a <tool_ca", "a "),
        ("a <tool_cat", "a <tool_cat"),
        ("{\"n", ""),
        ("{\"ni", "{\"ni"),
        ("{\"name\": \"we", ""),
        ("{\"name\": \"wo", "{\"name\": \"wo"),
        ("{\"city\": ", "{\"city\": "),
        ("<tool_call>{\"x", "<tool_call>{\"x"),
        ("``", ""),
        ("```", ""),
        ("~~", ""),
        ("~~x", "~~x"),
        ("~~~\nx", "~~~\nx"),
        ("````", "````"),
        ("say ~~", "say ~~"),
        ("say '<tool_call>weather</tool_call>", "say '"),
        ("```python\np", "```python\np"),
        ("[T", ""),
        ("[Te", "[Te"),
    ] {
        let mut parser = TextParser::new(TextFormat::any(), tools());
        let mut parsed = Parsed::default();
        collect(&mut parsed, parser.push(text));
        assert_eq!(parsed.text, passed, "{text}");
    }
}

#[test]
fn response_that_was_cut_off_has_no_unfinished_call() {
    for text in [
        r#"<tool_call>{"name": "weather", "arguments": {}}"#,
        r#"{"name": "weather", "arguments": {}}"#,
        r#"<tool_call>{"name": "weather", "argum"#,
        "```json\n{\"name\": \"weather\", \"arguments\": {}}",
        "text and <tool",
    ] {
        let mut parser = TextParser::new(TextFormat::any(), tools());
        let mut parsed = Parsed::default();
        collect(&mut parsed, parser.push(text));
        collect(&mut parsed, parser.abort());
        assert_eq!(parsed, Parsed { text: text.to_owned(), ..Parsed::default() }, "{text}");
    }
}

/// Without an end marker, the end of the text may also be where a connection broke.
#[test]
fn call_of_tags_needs_its_end_marker() {
    for text in [
        "<tool_call>pay",
        "<tool_call>pay\n",
        "<|tool_call|>pay",
        "<function_call>pay ",
        "<tool_call>pay\n<arg_key>city</arg_key><arg_value>Porto</arg_value>",
        "<tool_call>pay\n<arg_key>city</arg_key><arg_value>Porto</arg_value>\n",
        "<tool_call>pay\n<arg_key>city</arg_key><arg_value>Porto</arg_value></tool_",
        "<tool_call><function=pay><parameter=city>Porto</parameter>",
        "<invoke name=\"pay\"><parameter name=\"city\">Porto</parameter>",
        "<｜DSML｜invoke name=\"pay\">",
        "[TOOL_CALLS]pay",
        "[TOOL_CALLS]pay[ARGS]",
        "<|tool_call_begin|>functions.pay:0<|tool_call_argument_begin|>",
    ] {
        unchanged(text);
    }
    // The outer end marker may be missing.
    check("<tool_call><function=weather></function>", &[json!({})], "");
    check("<tool_call>weather</tool_call>", &[json!({})], "");
    // JSON has an end of its own.
    check("<function=weather>{}", &[json!({})], "");
}

/// A text of openings that never become calls takes no longer for each than for the first.
#[test]
fn each_byte_is_read_once() {
    for piece in [
        "<tool_call>{\"name\":\"weather\",\"arguments\":{\"a\":",
        "{\"name\":",
        "<function=weather>",
        "```\n",
        "````\n",
        "~~~\n",
        "'<function=weather></function>'",
        "[[",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        assert_eq!(parse(&TextFormat::any(), [&*text]).text, text);
    }
    let value = "x".repeat(200_000);
    let text = format!("<function=weather><parameter=city>{value}</parameter></function>");
    let deltas = text.as_bytes().chunks(2).map(|chunk| std::str::from_utf8(chunk).unwrap());
    assert_eq!(parse(&TextFormat::any(), deltas).calls.len(), 1);
}

/// White space and names of any length are held back up to a bound, in one piece or byte by byte.
#[test]
fn held_text_is_bounded() {
    let long = 50_000;
    let call = r#"<tool_call>{"name": "weather", "arguments": {}}</tool_call>"#;
    let bare = r#"{"name": "weather", "arguments": {}}"#;
    for (before, piece) in [
        ("", "\n"),
        (call, " "),
        ("<tool_call>", " "),
        (bare, " "),
        ("```", "a"),
        ("```", "\n"),
        ("<function=weather>", "\n"),
        ("[TOOL_CALLS]weather", " "),
    ] {
        let text = format!("{before}{}{call}", piece.repeat(long));
        let parsed = parse_any(&TextFormat::any(), &text);
        assert!(parsed.text.len() >= long, "{before:?} {piece:?}");
    }
}
