//! Value of a JSON object whose text is still being received.

use serde_json::{Map, Value};

use crate::lexer::{MAX_DEPTH, decode_simple_escape, decode_utf16, plain_length};

#[cfg(test)]
mod tests;

/// The bytes after which nothing more is read. The value is built anew each time, which costs as
/// much as what was received by then.
const MAX_BYTES: usize = 1 << 18;

/// A parser that reads a JSON object piece by piece.
///
/// [`changed`](Self::changed) returns what was received so far as a value. Strings, arrays and
/// objects that are still open are closed in it. What has no meaning before it is complete is left
/// out: numbers, literals, keys, and keys without a value. A Markdown code fence around the object
/// is skipped.
///
/// ```
/// use callsign_json::partial::PartialParser;
/// use serde_json::json;
///
/// let mut parser = PartialParser::default();
/// parser.push(r#"{"city": "Por"#);
/// assert_eq!(parser.changed(), Some(json!({"city": "Por"})));
/// parser.push(r#"to", "nights": 1"#);
/// assert_eq!(parser.changed(), Some(json!({"city": "Porto"})));
/// assert_eq!(parser.changed(), None);
/// ```
#[derive(Debug, Default)]
pub struct PartialParser {
    /// The arrays and objects that are not closed yet, the outermost first.
    open: Vec<Open>,
    state: State,
    /// The value, if the object is complete.
    complete: Option<Value>,
    bytes: usize,
    /// Whether the value may have changed since it was last returned.
    changed: bool,
}

/// An array or object that is not closed yet.
#[derive(Debug)]
enum Open {
    Array(Vec<Value>),
    /// The complete members, and the key of the one that is not complete.
    Object(Map<String, Value>, Option<String>),
}

/// What is expected next.
#[derive(Debug, Default)]
enum State {
    /// The object, or a code fence before it.
    #[default]
    Start,
    /// The rest of a code fence, such as the name of a language.
    Fence,
    Value,
    /// A value, or the end of an array that is empty so far.
    FirstValue,
    Key,
    /// A key, or the end of an object that is empty so far.
    FirstKey,
    Colon,
    CommaOrEnd,
    /// More of a string, which is a key or a value.
    String {
        text: String,
        is_key: bool,
        escape: Escape,
    },
    /// More of a number or a literal.
    Scalar(String),
    /// Nothing: the object is complete, or the text is not JSON.
    End,
}

/// How much of an escape sequence was received.
#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    /// The backslash.
    Started,
    /// Up to three of the four digits, and the first surrogate if it is before them.
    Digits(String, Option<u16>),
    /// A first surrogate. The second one has to follow.
    FirstSurrogate(u16),
    /// A first surrogate, and the backslash of the second one.
    SecondStarted(u16),
}

impl PartialParser {
    /// Reads more of the text.
    pub fn push(&mut self, piece: &str) {
        self.bytes = self.bytes.saturating_add(piece.len());
        if self.bytes > MAX_BYTES {
            self.state = State::End;
        }
        let mut rest = self.push_plain(piece);
        while let Some(c) = rest.chars().next() {
            if matches!(self.state, State::End) {
                return;
            }
            if self.read(c).is_none() {
                self.state = State::End;
                return;
            }
            rest = self.push_plain(&rest[c.len_utf8()..]);
        }
    }

    /// Appends the beginning of `piece` to a string that is open, up to a character with a
    /// meaning of its own. Returns the rest.
    fn push_plain<'p>(&mut self, piece: &'p str) -> &'p str {
        let State::String { text, is_key, escape: Escape::None } = &mut self.state else {
            return piece;
        };
        let (plain, rest) = piece.split_at(plain_length(piece));
        text.push_str(plain);
        self.changed |= !*is_key && !plain.is_empty();
        rest
    }

    /// Returns the value so far, if it may have changed since it was last returned.
    pub fn changed(&mut self) -> Option<Value> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        if let Some(complete) = &self.complete {
            return Some(complete.clone());
        }
        let mut inner = match &self.state {
            State::String { text, is_key: false, .. } => Some(Value::String(text.clone())),
            _ => None,
        };
        for open in self.open.iter().rev() {
            inner = Some(match open {
                Open::Array(items) => Value::Array(items.iter().cloned().chain(inner).collect()),
                Open::Object(members, key) => {
                    let mut members = members.clone();
                    members.extend(key.clone().zip(inner));
                    Value::Object(members)
                }
            });
        }
        inner
    }

    /// Reads one character; `None` if it is not allowed in this state.
    fn read(&mut self, c: char) -> Option<()> {
        match std::mem::take(&mut self.state) {
            State::String { text, is_key, escape } => self.read_string(text, is_key, escape, c),
            State::Scalar(text) if c.is_ascii_alphanumeric() || "+-.".contains(c) => {
                self.enter(State::Scalar(text + c.encode_utf8(&mut [0; 4])))
            }
            State::Scalar(text) => {
                // As `serde_json` reads the complete text.
                let value = serde_json::from_str(&text).ok()?;
                self.finish_value(value);
                self.read(c)
            }
            State::Start if c == '`' => self.enter(State::Fence),
            State::Fence if c == '`' || c.is_ascii_alphanumeric() => self.enter(State::Fence),
            State::Fence => self.read_start(c),
            state if c.is_ascii_whitespace() => self.enter(state),
            State::Start => self.read_start(c),
            State::Value => self.begin_value(c),
            State::FirstValue if c == ']' => self.close(c),
            State::FirstValue => self.begin_value(c),
            State::FirstKey if c == '}' => self.close(c),
            State::Key | State::FirstKey if c == '"' => self.enter(empty_string(true)),
            State::Colon if c == ':' => self.enter(State::Value),
            State::CommaOrEnd if c == ',' => {
                let is_array = matches!(self.open.last()?, Open::Array(_));
                self.enter(if is_array { State::Value } else { State::Key })
            }
            State::CommaOrEnd => self.close(c),
            State::Key | State::FirstKey | State::Colon | State::End => None,
        }
    }

    fn enter(&mut self, state: State) -> Option<()> {
        self.state = state;
        Some(())
    }

    fn read_start(&mut self, c: char) -> Option<()> {
        match c {
            '{' => self.begin_value(c),
            '\u{feff}' => Some(()),
            c if c.is_ascii_whitespace() => Some(()),
            _ => None,
        }
    }

    fn begin_value(&mut self, c: char) -> Option<()> {
        self.state = match c {
            '{' | '[' if self.open.len() >= MAX_DEPTH => return None,
            '{' => {
                self.open.push(Open::Object(Map::new(), None));
                State::FirstKey
            }
            '[' => {
                self.open.push(Open::Array(Vec::new()));
                State::FirstValue
            }
            '"' => empty_string(false),
            '-' | '0'..='9' | 't' | 'f' | 'n' => State::Scalar(c.to_string()),
            _ => return None,
        };
        self.changed |= !matches!(self.state, State::Scalar(_));
        Some(())
    }

    fn close(&mut self, bracket: char) -> Option<()> {
        let value = match (self.open.pop()?, bracket) {
            (Open::Array(items), ']') => Value::Array(items),
            (Open::Object(members, _), '}') => Value::Object(members),
            _ => return None,
        };
        self.finish_value(value);
        Some(())
    }

    fn finish_value(&mut self, value: Value) {
        self.changed = true;
        self.state = State::CommaOrEnd;
        match self.open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(members, key)) => members.extend(key.take().map(|key| (key, value))),
            None => {
                self.complete = Some(value);
                self.state = State::End;
            }
        }
    }

    /// Reads a character of a string.
    // The escape sequences are read one character at a time, because a piece may end inside one.
    fn read_string(
        &mut self,
        mut text: String,
        is_key: bool,
        escape: Escape,
        c: char,
    ) -> Option<()> {
        let before = text.len();
        let escape = match escape {
            Escape::None if c == '"' => return self.finish_string(text, is_key),
            Escape::None if c == '\\' => Escape::Started,
            Escape::None => {
                text.push(c);
                Escape::None
            }
            Escape::Started if c == 'u' => Escape::Digits(String::new(), None),
            Escape::Started => {
                text.push(decode_simple_escape(u8::try_from(c).ok()?)?);
                Escape::None
            }
            Escape::FirstSurrogate(first) if c == '\\' => Escape::SecondStarted(first),
            Escape::SecondStarted(first) if c == 'u' => Escape::Digits(String::new(), Some(first)),
            Escape::FirstSurrogate(_) | Escape::SecondStarted(_) => return None,
            Escape::Digits(mut digits, first) => {
                digits.push(c);
                if digits.len() < 4 {
                    Escape::Digits(digits, first)
                } else {
                    decode_unit(&digits, first, &mut text)?
                }
            }
        };
        self.changed |= !is_key && text.len() != before;
        self.state = State::String { text, is_key, escape };
        Some(())
    }

    fn finish_string(&mut self, text: String, is_key: bool) -> Option<()> {
        if !is_key {
            self.finish_value(Value::String(text));
            return Some(());
        }
        let Open::Object(_, key) = self.open.last_mut()? else { return None };
        *key = Some(text);
        self.state = State::Colon;
        Some(())
    }
}

fn empty_string(is_key: bool) -> State {
    State::String { text: String::new(), is_key, escape: Escape::None }
}

/// Appends the character of a UTF-16 unit and of the first surrogate before it, if there is one.
/// Returns what has to follow.
fn decode_unit(digits: &str, first: Option<u16>, text: &mut String) -> Option<Escape> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let unit = u16::from_str_radix(digits, 16).ok()?;
    match first {
        None if matches!(unit, 0xD800..0xDC00) => return Some(Escape::FirstSurrogate(unit)),
        None => text.push(decode_utf16(unit, None)?),
        Some(first) => text.push(decode_utf16(first, Some(unit))?),
    }
    Some(Escape::None)
}
