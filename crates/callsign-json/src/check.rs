//! Syntax check of JSON text, without a value.

use crate::lexer::Lexer;

/// Returns whether a text is a JSON object, as strictly as `serde_json` and providers read it.
///
/// A number out of the range of `f64`, a surrogate without its pair, and an object that is nested
/// deeper than 127 levels are refused.
#[must_use]
pub fn is_object(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    lexer.peek_token() == Some(b'{') && lexer.skip_value().is_some() && lexer.peek_token().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::is_object;

    /// Checks that the result is the one of reading the whole object.
    #[track_caller]
    fn check(text: &str) {
        assert_eq!(
            is_object(text),
            serde_json::from_str::<Map<String, Value>>(text).is_ok(),
            "{text}"
        );
    }

    #[test]
    fn is_as_strict_as_serde_json() {
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let texts = [
            "{}",
            " {} ",
            "\n{\"a\": 1}\n",
            "[]",
            "1",
            "null",
            "\"{}\"",
            "",
            "{",
            "{\"a\"}",
            "{} {}",
            "{\"a\": 1e999}",
            "{\"a\": -1e999}",
            "{\"a\": 0e999}",
            "{\"a\": 1e-999}",
            "{\"a\": 1e99}",
            "{\"a\": 1.7976931348623157e308}",
            "{\"a\": 1.7976931348623159e308}",
            "{\"a\": -12}",
            "{\"a\": -}",
            "{\"a\": 1234567890123456789012}",
            "{\"a\": \"\\ud800\"}",
            "{\"a\": \"\\udc00\"}",
            "{\"a\": \"\\ud83d\\u0041\"}",
            "{\"a\": \"\\ud83d\\ude00\"}",
            "{\"\\ud800\": 1}",
            "{\"\\n\": 1}",
            "{\"a\": 1, \"a\": 2}",
            "{\"a\": [1, {\"b\": null}, true]}",
            "{\"a\": [1,]}",
            "{\"a\": 1,}",
            "{,}",
            "{\"a\": 1 \"b\": 2}",
            "{1: 2}",
            "{\"a\": \"\u{1}\"}",
            "\u{feff}{}",
            "\u{a0}{}",
            "{\"a\": 01}",
            "{\"a\": tru}",
            "{\"a\": truefalse}",
        ];
        texts.into_iter().for_each(check);
        [10, 100, 120, 126, 127, 128, 129, 200].map(deep).iter().for_each(|text| check(text));
        for digits in [300, 308, 309, 310, 400] {
            check(&format!("{{\"a\": {}}}", "9".repeat(digits)));
            check(&format!("{{\"a\": 0.{}1}}", "0".repeat(digits)));
        }
    }
}
