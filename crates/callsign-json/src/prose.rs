//! The JSON value in a text that also contains prose.

use crate::check::is_object;
use crate::repair::repair;
use crate::scanner::{JsonScanner, Scanned};

const FENCE: &str = "```";

/// What was found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProseJson<'a> {
    /// There is no JSON value, or one without its end.
    None,
    /// There is one. Its text may need [`repair`].
    One(&'a str),
    /// There are several, so that it is unclear which of them is meant.
    Several,
}

/// Finds the one JSON object in a text, or the one list if `takes_lists`.
///
/// A value inside of another one does not count. Neither does a list without objects, such as the
/// reference `[1]`, unless lists are taken. If the text has one code block that is a JSON object,
/// that is the value. An opening brace that does not begin an object may belong to a malformed
/// object, and one without its end may have been cut off. Nothing is found in such a text.
///
/// ```
/// use callsign_json::prose::{ProseJson, find};
///
/// assert_eq!(find(r#"Here: {"a": 1}. Bye!"#, false), ProseJson::One(r#"{"a": 1}"#));
/// assert_eq!(find(r#"{"a": 1} or {"a": 2}"#, false), ProseJson::Several);
/// ```
#[must_use]
pub fn find(text: &str, takes_lists: bool) -> ProseJson<'_> {
    if let Some((before, inside, after)) = only_code_block(text) {
        let is_json = is_object(inside) || repair(inside).is_some();
        let is_only = |text| find_outside_code(text, takes_lists) == ProseJson::None;
        if is_json && is_only(before) && is_only(after) {
            return ProseJson::One(inside);
        }
    }
    find_outside_code(text, takes_lists)
}

/// Finds the value without regard to code blocks.
fn find_outside_code(text: &str, takes_lists: bool) -> ProseJson<'_> {
    let mut found = ProseJson::None;
    let mut at = 0;
    while let Some(start) = text[at..].find(['{', '[']).map(|start| at + start) {
        match scan(&text[start..]) {
            Scan::Complete { length, has_object } => {
                at = start + length;
                if has_object || takes_lists {
                    if found != ProseJson::None {
                        return ProseJson::Several;
                    }
                    found = ProseJson::One(&text[start..at]);
                }
            }
            Scan::Prose { length } => at = start + length,
            Scan::Malformed => return ProseJson::None,
        }
    }
    found
}

/// What a text that begins with a bracket is.
enum Scan {
    Complete {
        length: usize,
        has_object: bool,
    },
    /// Brackets in prose.
    Prose {
        length: usize,
    },
    /// A part of an object.
    Malformed,
}

fn scan(text: &str) -> Scan {
    let mut scanner = JsonScanner::default();
    let mut has_object = false;
    for (at, byte) in text.bytes().enumerate() {
        match scanner.push(byte) {
            Scanned::ObjectStart => has_object = true,
            Scanned::Invalid if has_object => return Scan::Malformed,
            Scanned::Invalid => return Scan::Prose { length: at },
            _ => {}
        }
        if scanner.is_complete() {
            return Scan::Complete { length: at + 1, has_object };
        }
    }
    Scan::Malformed
}

/// Returns the text before, inside and after the only Markdown code block.
fn only_code_block(text: &str) -> Option<(&str, &str, &str)> {
    let mut fences = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with(FENCE) {
            fences.push(at..at + line.len());
        }
        at += line.len();
    }
    let [open, close] = &*fences else { return None };
    let inside = text.get(open.end..close.start)?;
    Some((&text[..open.start], inside.trim(), &text[close.end..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{ProseJson, find};

    #[track_caller]
    fn check(text: &str, expected: ProseJson<'_>) {
        assert_eq!(find(text, false), expected, "{text}");
    }

    #[test]
    fn one_object_is_found() {
        let object = r#"{"a": [{"b": "}"}]}"#;
        for text in [
            object.to_owned(),
            format!("Here: {object}"),
            format!("{object} is it, [1], [ ] and [note: see above]"),
            format!("[x] {object}."),
            format!("```json\n{object}\n```"),
            format!("Sure.\n\n  ```json\n{object}\n```\n\nBye."),
        ] {
            check(&text, ProseJson::One(object));
        }
        check("Sure:\n```\n{'a': 1}\n```", ProseJson::One("{'a': 1}"));
    }

    #[test]
    fn several_values_are_refused() {
        check(r#"{"a": 1} or {"a": 1}"#, ProseJson::Several);
        check("```\n{\"a\": 1}\n```\n{\"a\": 2}", ProseJson::Several);
        check("```\n{\"a\": 1}\n```\nor\n```\n{\"a\": 2}\n```", ProseJson::Several);
        check(r#"{"a": 1} [{"a": 2}]"#, ProseJson::Several);
    }

    #[test]
    fn unclear_text_has_no_value() {
        for text in [
            "",
            "No.",
            "[1]",
            "{",
            "Use {braces} and {\"a\": 1}",
            "{note: {\"a\": 1}}",
            "{\"a\": 1} and {\"b\": ",
            "{\"a\": {\"b\": 1}",
            "[{'a': 1}, {\"a\": 2}]",
            "```python\nx = {1: 2}\n```",
        ] {
            check(text, ProseJson::None);
        }
    }

    #[test]
    fn lists_are_taken_if_they_are_wanted() {
        check("As [\"a\"].", ProseJson::None);
        assert_eq!(find("As [\"a\"].", true), ProseJson::One("[\"a\"]"));
        assert_eq!(find("As [1]: [\"a\"].", true), ProseJson::Several);
        check("As [{\"a\": 1}].", ProseJson::One("[{\"a\": 1}]"));
    }

    proptest! {
        /// An object is found in prose without brackets and quotes, and two are refused.
        #[test]
        fn object_is_found_in_any_prose(
            before in "[a-z .\n`]{0,12}",
            after in "[a-z .\n`]{0,12}",
            key in ".{0,6}",
            value in ".{0,6}",
        ) {
            let object = json!({ key: [value] }).to_string();
            let text = format!("{before}{object}{after}");
            prop_assert_eq!(find(&text, false), ProseJson::One(&object));
            let twice = format!("{text}{object}");
            prop_assert_eq!(find(&twice, false), ProseJson::Several);
        }

        #[test]
        fn no_text_causes_a_panic(text in r#"([\[\]{}"a:, \n]|```|é){0,24}"#) {
            let _ = (find(&text, true), find(&text, false));
        }
    }
}
