//! Scanner for a JSON object or array that arrives in pieces: it finds the end of the value, or the
//! first byte that cannot belong to it.

use crate::lexer::MAX_DEPTH;

/// What one byte is for the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scanned {
    /// A byte inside of the value that none of the other variants names.
    Inside,
    /// The opening quote of a key.
    KeyStart,
    /// The closing quote of a key.
    KeyEnd,
    /// The opening quote of a string that is not a key.
    StringStart,
    /// The closing quote of a string that is not a key.
    StringEnd,
    /// The first byte of a number, `true`, `false` or `null`.
    ScalarStart,
    /// The opening bracket of an object.
    ObjectStart,
    /// The opening bracket of an array.
    ArrayStart,
    /// A closing bracket. [`JsonScanner::depth`] is the depth after it; 0 means that the value is
    /// complete.
    Close,
    /// The byte cannot continue the value. The scanner keeps its state.
    Invalid,
}

/// Scans one JSON object or array, byte by byte, in constant time for each.
///
/// The grammar is that of RFC 8259, with two differences. Line breaks and tabs may be in strings,
/// because models write them there. Numbers and escape sequences are not checked in detail. Check
/// the complete text with [`is_object`](crate::check::is_object) or a parser.
///
/// ```
/// use callsign_json::scanner::JsonScanner;
///
/// let text = r#"{"city": "a } b"} and more"#;
/// let mut scanner = JsonScanner::default();
/// let end = text.bytes().position(|byte| {
///     scanner.push(byte);
///     scanner.is_complete()
/// });
/// assert_eq!(end.map(|end| &text[..=end]), Some(r#"{"city": "a } b"}"#));
/// ```
#[derive(Clone, Debug, Default)]
pub struct JsonScanner {
    /// One bit for each open bracket, the innermost lowest: whether it is an object.
    objects: u128,
    depth: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The opening bracket of the whole value.
    #[default]
    Root,
    Value,
    /// A value, or the end of an array.
    FirstValue,
    Key,
    /// A key, or the end of an object.
    FirstKey,
    Colon,
    /// A comma or a closing bracket.
    AfterValue,
    String {
        is_key: bool,
        escaped: bool,
    },
    Number,
    /// The rest of a literal.
    Literal(&'static [u8]),
    Complete,
}

impl JsonScanner {
    /// Processes the next byte.
    pub fn push(&mut self, byte: u8) -> Scanned {
        let is_space = matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        match self.state {
            State::String { is_key, escaped } => self.in_string(byte, is_key, escaped),
            State::Literal([next, rest @ ..]) if *next == byte => {
                self.state = if rest.is_empty() { State::AfterValue } else { State::Literal(rest) };
                Scanned::Inside
            }
            State::Literal(_) | State::Complete => Scanned::Invalid,
            State::Number if byte.is_ascii_digit() || b"+-.eE".contains(&byte) => Scanned::Inside,
            _ if is_space => {
                if self.state == State::Number {
                    self.state = State::AfterValue;
                }
                // Whitespace before the value is the caller's to skip.
                if self.state == State::Root { Scanned::Invalid } else { Scanned::Inside }
            }
            State::Number | State::AfterValue => self.after_value(byte),
            State::Root if matches!(byte, b'{' | b'[') => self.value(byte),
            State::Root => Scanned::Invalid,
            State::FirstValue if byte == b']' => self.close(),
            State::Value | State::FirstValue => self.value(byte),
            State::FirstKey if byte == b'}' => self.close(),
            State::Key | State::FirstKey if byte == b'"' => {
                self.state = State::String { is_key: true, escaped: false };
                Scanned::KeyStart
            }
            State::Colon if byte == b':' => {
                self.state = State::Value;
                Scanned::Inside
            }
            State::Key | State::FirstKey | State::Colon => Scanned::Invalid,
        }
    }

    /// Returns the number of open brackets.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Returns whether the value is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Returns whether the next byte is inside of a key.
    #[must_use]
    pub fn is_in_key(&self) -> bool {
        matches!(self.state, State::String { is_key: true, .. })
    }

    /// Returns whether the next byte is inside of a string, which may be a key.
    #[must_use]
    pub fn is_in_string(&self) -> bool {
        matches!(self.state, State::String { .. })
    }

    fn in_string(&mut self, byte: u8, is_key: bool, escaped: bool) -> Scanned {
        let escapes = !escaped && byte == b'\\';
        if byte != b'"' || escaped {
            self.state = State::String { is_key, escaped: escapes };
            return Scanned::Inside;
        }
        self.state = if is_key { State::Colon } else { State::AfterValue };
        if is_key { Scanned::KeyEnd } else { Scanned::StringEnd }
    }

    fn value(&mut self, byte: u8) -> Scanned {
        match byte {
            b'{' | b'[' if self.depth == MAX_DEPTH => Scanned::Invalid,
            b'{' | b'[' => {
                let is_object = byte == b'{';
                self.objects = self.objects << 1 | u128::from(is_object);
                self.depth += 1;
                self.state = if is_object { State::FirstKey } else { State::FirstValue };
                if is_object { Scanned::ObjectStart } else { Scanned::ArrayStart }
            }
            b'"' => {
                self.state = State::String { is_key: false, escaped: false };
                Scanned::StringStart
            }
            b'-' | b'0'..=b'9' => self.scalar(State::Number),
            b't' => self.scalar(State::Literal(b"rue")),
            b'f' => self.scalar(State::Literal(b"alse")),
            b'n' => self.scalar(State::Literal(b"ull")),
            _ => Scanned::Invalid,
        }
    }

    fn scalar(&mut self, state: State) -> Scanned {
        self.state = state;
        Scanned::ScalarStart
    }

    fn after_value(&mut self, byte: u8) -> Scanned {
        let is_object = self.objects & 1 == 1;
        match byte {
            b',' => {
                self.state = if is_object { State::Key } else { State::Value };
                Scanned::Inside
            }
            b'}' if is_object => self.close(),
            b']' if !is_object => self.close(),
            _ => Scanned::Invalid,
        }
    }

    fn close(&mut self) -> Scanned {
        self.objects >>= 1;
        self.depth -= 1;
        self.state = if self.depth == 0 { State::Complete } else { State::AfterValue };
        Scanned::Close
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;
    use serde_json::Value;

    use super::{JsonScanner, Scanned};

    /// Returns the length of the value at the beginning of `text`; the error is the position of the
    /// first byte that is not part of a value, if there is one.
    fn scan(text: &str) -> Result<usize, Option<usize>> {
        let mut scanner = JsonScanner::default();
        for (at, byte) in text.bytes().enumerate() {
            if scanner.push(byte) == Scanned::Invalid {
                return Err(Some(at));
            }
            if scanner.is_complete() {
                return Ok(at + 1);
            }
        }
        Err(None)
    }

    #[test]
    fn end_of_the_value_is_found() {
        for value in [
            "{}",
            "[]",
            "[ ]",
            r#"{"a": "}]\"", "b": [1, -2.5e3, true, false, null, {}]}"#,
            r#"{"a\"}": {"b": [[[]]]}}"#,
            "{\"a\": \"line\nbreak\"}",
            r#"{"a": "\\"}"#,
        ] {
            assert_eq!(scan(&format!("{value} {{}}")), Ok(value.len()), "{value}");
        }
    }

    #[test]
    fn first_foreign_byte_is_found() {
        for (text, at) in [
            ("x", 0),
            (" {}", 0),
            ("\"a\"", 0),
            ("{a: 1}", 1),
            ("[Note: x]", 1),
            ("{\"a\" 1}", 5),
            ("{\"a\": 1]", 7),
            ("[1}", 2),
            ("[1,]", 3),
            ("{,", 1),
            ("{\"a\": tru }", 9),
            ("{\"a\": 'b'}", 6),
            ("[1 2]", 3),
        ] {
            assert_eq!(scan(text), Err(Some(at)), "{text}");
        }
        let deep = "[".repeat(1000);
        assert_eq!(scan(&deep), Err(Some(127)));
    }

    proptest! {
        /// Whatever `serde_json` reads as an object or an array is complete at its last byte.
        #[test]
        fn valid_json_is_scanned_to_its_end(text in r#"[\[{]([{}\[\]:, "a1\\]|"a":|true|null){0,24}"#) {
            if serde_json::from_str::<Value>(&text).is_ok() {
                prop_assert_eq!(scan(&text), Ok(text.trim_end().len()));
            }
        }
    }
}
