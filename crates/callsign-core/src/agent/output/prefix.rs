//! A JSON object that is still being written, as the value that it amounts to so far.

use serde_json::{Map, Value};

#[cfg(test)]
mod tests;

/// How deep it may be nested; readers of JSON go no deeper either.
const DEEPEST: usize = 128;

/// How many bytes are followed. To tell the value anew costs as much as has come by then.
const MOST: usize = 1 << 18;

/// Reads a JSON object piece by piece.
///
/// What is left open is closed: strings end where the text ends, and so do arrays and objects. What
/// has no meaning before it is whole is left out: numbers, literals, keys, and keys without a value.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    open: Vec<Open>,
    place: Place,
    done: Option<Value>,
    read: usize,
    /// Whether the value may be another one than when it was last told.
    changed: bool,
}

/// An array or object that is not closed yet.
#[derive(Debug)]
enum Open {
    Array(Vec<Value>),
    /// The members that are whole, and the key of the one that is not.
    Object(Map<String, Value>, Option<String>),
}

/// What comes next.
#[derive(Debug, Default)]
enum Place {
    /// The object, perhaps in a markdown code fence.
    #[default]
    Before,
    /// The name of a language, behind the opening of a fence.
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
    /// Nothing: the object is whole, or what came was no JSON.
    Over,
}

/// How much of an escape sequence has come.
#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Four digits, the first half of a surrogate pair before them.
    Digits(String, Option<u16>),
    /// The second half of a surrogate pair is to follow this one.
    Half(u16),
    /// Its backslash has come.
    HalfBegun(u16),
}

impl Prefix {
    /// Reads more of the text.
    pub(super) fn push(&mut self, piece: &str) {
        self.read = self.read.saturating_add(piece.len());
        for c in piece.chars() {
            if matches!(self.place, Place::Over) {
                return;
            }
            if self.read > MOST || self.take(c).is_none() {
                self.place = Place::Over;
                return;
            }
        }
    }

    /// The value so far, if it may have changed since it was told.
    pub(super) fn changed(&mut self) -> Option<Value> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        if let Some(done) = &self.done {
            return Some(done.clone());
        }
        let mut inner = match &self.place {
            Place::String { text, is_key: false, .. } => Some(Value::String(text.clone())),
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

    /// Reads one character; `None` where it can't stand there.
    fn take(&mut self, c: char) -> Option<()> {
        match std::mem::take(&mut self.place) {
            Place::String { text, is_key, escape } => self.string(text, is_key, escape, c),
            Place::Scalar(text) if c.is_ascii_alphanumeric() || "+-.".contains(c) => {
                self.go(Place::Scalar(text + c.encode_utf8(&mut [0; 4])))
            }
            Place::Scalar(text) => {
                // As the reader of the whole takes it.
                let value = serde_json::from_str(&text).ok()?;
                self.value(value);
                self.take(c)
            }
            Place::Before if c == '`' => self.go(Place::Fence),
            Place::Fence if c == '`' || c.is_ascii_alphanumeric() => self.go(Place::Fence),
            Place::Fence => self.before(c),
            place if c.is_ascii_whitespace() => self.go(place),
            Place::Before => self.before(c),
            Place::Value => self.begin(c),
            Place::FirstValue if c == ']' => self.end(c),
            Place::FirstValue => self.begin(c),
            Place::FirstKey if c == '}' => self.end(c),
            Place::Key | Place::FirstKey if c == '"' => self.go(string(true)),
            Place::Colon if c == ':' => self.go(Place::Value),
            Place::CommaOrEnd if c == ',' => {
                let is_array = matches!(self.open.last()?, Open::Array(_));
                self.go(if is_array { Place::Value } else { Place::Key })
            }
            Place::CommaOrEnd => self.end(c),
            Place::Key | Place::FirstKey | Place::Colon | Place::Over => None,
        }
    }

    fn go(&mut self, place: Place) -> Option<()> {
        self.place = place;
        Some(())
    }

    fn before(&mut self, c: char) -> Option<()> {
        match c {
            '{' => self.begin(c),
            '\u{feff}' => Some(()),
            c if c.is_ascii_whitespace() => Some(()),
            _ => None,
        }
    }

    fn begin(&mut self, c: char) -> Option<()> {
        self.place = match c {
            '{' | '[' if self.open.len() >= DEEPEST => return None,
            '{' => {
                self.open.push(Open::Object(Map::new(), None));
                Place::FirstKey
            }
            '[' => {
                self.open.push(Open::Array(Vec::new()));
                Place::FirstValue
            }
            '"' => string(false),
            '-' | '0'..='9' | 't' | 'f' | 'n' => Place::Scalar(c.to_string()),
            _ => return None,
        };
        self.changed |= !matches!(self.place, Place::Scalar(_));
        Some(())
    }

    fn end(&mut self, c: char) -> Option<()> {
        let value = match (self.open.pop()?, c) {
            (Open::Array(items), ']') => Value::Array(items),
            (Open::Object(members, _), '}') => Value::Object(members),
            _ => return None,
        };
        self.value(value);
        Some(())
    }

    /// A value is whole.
    fn value(&mut self, value: Value) {
        self.changed = true;
        self.place = Place::CommaOrEnd;
        match self.open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(members, key)) => members.extend(key.take().map(|key| (key, value))),
            None => {
                self.done = Some(value);
                self.place = Place::Over;
            }
        }
    }

    fn string(&mut self, mut text: String, is_key: bool, escape: Escape, c: char) -> Option<()> {
        let before = text.len();
        let escape = match escape {
            Escape::None if c == '"' => return self.string_ended(text, is_key),
            Escape::None if c == '\\' => Escape::Begun,
            Escape::None => {
                text.push(c);
                Escape::None
            }
            Escape::Begun if c == 'u' => Escape::Digits(String::new(), None),
            Escape::Begun => {
                text.push(escaped(c)?);
                Escape::None
            }
            Escape::Half(half) if c == '\\' => Escape::HalfBegun(half),
            Escape::HalfBegun(half) if c == 'u' => Escape::Digits(String::new(), Some(half)),
            Escape::Half(_) | Escape::HalfBegun(_) => return None,
            Escape::Digits(mut digits, half) => {
                digits.push(c);
                if digits.len() < 4 {
                    Escape::Digits(digits, half)
                } else {
                    unit(&digits, half, &mut text)?
                }
            }
        };
        self.changed |= !is_key && text.len() != before;
        self.place = Place::String { text, is_key, escape };
        Some(())
    }

    fn string_ended(&mut self, text: String, is_key: bool) -> Option<()> {
        if !is_key {
            self.value(Value::String(text));
            return Some(());
        }
        let Open::Object(_, key) = self.open.last_mut()? else { return None };
        *key = Some(text);
        self.place = Place::Colon;
        Some(())
    }
}

fn string(is_key: bool) -> Place {
    Place::String { text: String::new(), is_key, escape: Escape::None }
}

fn escaped(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}

/// One unit of UTF-16, behind the first half of a pair where there is one.
fn unit(digits: &str, half: Option<u16>, text: &mut String) -> Option<Escape> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let unit = u16::from_str_radix(digits, 16).ok()?;
    if half.is_none() && (0xd800..0xdc00).contains(&unit) {
        return Some(Escape::Half(unit));
    }
    let mut decoded = char::decode_utf16(half.into_iter().chain([unit]));
    text.push(decoded.next()?.ok()?);
    decoded.next().is_none().then_some(Escape::None)
}
