//! Reasoning in the text.

use super::parse_any;
use crate::text_format::text_format::{ReasoningTags, TextFormat};

#[track_caller]
fn check(format: &TextFormat, text: &str, reasoning: &str, rest: &str) {
    let parsed = parse_any(format, text);
    assert_eq!((&*parsed.reasoning, &*parsed.text), (reasoning, rest), "{text}");
}

#[test]
fn each_tag_is_taken_out() {
    for ReasoningTags { open, close } in ReasoningTags::ALL {
        let text = format!("{open}\nLet me see.\n{close}\n\nIt is 4.");
        check(&TextFormat::any(), &text, "Let me see.\n", "It is 4.");
        check(&TextFormat::any(), &format!("\n{text}"), "Let me see.\n", "It is 4.");
        check(&TextFormat::new(), &text, "", &text);
    }
    let format = TextFormat::new().reasoning([ReasoningTags::new("<plan>", "</plan>")]);
    check(&format, "<plan>a</plan>b", "a", "b");
}

#[test]
fn opening_tag_may_be_in_the_template() {
    let format = TextFormat::deepseek();
    check(&format, "Let me see.</think>\n\nIt is 4.", "Let me see.", "It is 4.");
    check(&format, "\n<think>\nLet me see.</think>It is 4.", "Let me see.", "It is 4.");
    check(&format, "</think>It is 4.", "", "It is 4.");
    check(&format, "<thin", "<thin", "");
    check(&format, "Let me <think>see</think>It is 4.", "Let me <think>see", "It is 4.");
}

#[test]
fn tags_in_the_answer_are_text() {
    let format = TextFormat::qwen();
    for text in [
        "The tag <think>x</think> marks reasoning.",
        "A < b",
        "</think> is the end.",
        "",
        "\n",
        "<thinker>x</thinker>",
        "<th",
    ] {
        check(&format, text, "", text);
    }
    check(&format, "<think>a</think> b <think>c</think>", "a", "b <think>c</think>");
}

#[test]
fn several_blocks_are_joined() {
    check(&TextFormat::qwen(), "<think>a</think>\n<think>b</think>c", "ab", "c");
}

#[test]
fn unfinished_reasoning_stays_reasoning() {
    check(&TextFormat::qwen(), "<think>a </thin", "a </thin", "");
    check(&TextFormat::deepseek(), "a", "a", "");
    check(&TextFormat::qwen(), "<think>", "", "");
}

#[test]
fn empty_reasoning_is_removed() {
    check(&TextFormat::qwen(), "<think>\n\n</think>\n\nIt is 4.", "", "It is 4.");
}
