//! Reads one object, in a grammar that is wider than JSON's, and writes it as JSON.

use std::collections::BTreeMap;

/// How deep lists and objects may stand in one another, which bounds the stack; `serde_json`
/// reads no deeper than 128.
const MOST_DEPTH: usize = 120;

/// Reads a text once, from its beginning to its end.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// What was read, as JSON.
    written: String,
    depth: usize,
    /// How many objects were closed,
    closed: usize,
    /// and how many of them since anything else was read.
    closed_last: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, written: String::new(), depth: 0, closed: 0, closed_last: 0 }
    }

    /// The object, if the text is one and nothing else.
    pub(super) fn only_object(mut self) -> Option<String> {
        self.space()?;
        if self.peek()? != b'{' {
            return None;
        }
        self.value()?;
        self.space()?;
        // Of the braces at an end it does not matter which is too many. Where an object was closed
        // before that, it does: what followed may have belonged into it.
        if self.closed == self.closed_last && self.takes(b'}') {
            self.space()?;
        }
        (self.at == self.text.len()).then_some(self.written)
    }

    fn value(&mut self) -> Option<()> {
        self.closed_last = 0;
        match self.peek()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' | b'\'' => {
                let string = self.string(Breaks::Kept)?;
                self.write_string(&string)
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return None;
        }
        self.at += 1;
        read(self)?;
        self.depth -= 1;
        Some(())
    }

    fn object(&mut self) -> Option<()> {
        let mut values = BTreeMap::new();
        self.written.push('{');
        loop {
            self.space()?;
            if self.takes(b'}') {
                break;
            }
            let before = self.written.len();
            if !values.is_empty() {
                self.written.push(',');
            }
            let key = self.key()?;
            self.write_string(&key)?;
            self.space()?;
            self.expect(b':')?;
            self.written.push(':');
            self.space()?;
            let from = self.written.len();
            self.value()?;
            let value = from..self.written.len();
            match values.get(&key).cloned() {
                None => _ = values.insert(key, value),
                // Twice the same is no question; of two values nobody knows which is meant.
                Some(first) if self.written[first.clone()] == self.written[value] => {
                    self.written.truncate(before);
                }
                Some(_) => return None,
            }
            if !self.goes_on(b'}')? {
                break;
            }
        }
        self.written.push('}');
        self.closed += 1;
        self.closed_last += 1;
        Some(())
    }

    fn array(&mut self) -> Option<()> {
        self.written.push('[');
        let mut is_first = true;
        loop {
            self.space()?;
            if self.takes(b']') {
                break;
            }
            if !is_first {
                self.written.push(',');
            }
            is_first = false;
            self.value()?;
            if !self.goes_on(b']')? {
                break;
            }
        }
        self.written.push(']');
        self.closed_last = 0;
        Some(())
    }

    /// Whether a comma follows, behind which there may be more, and not the end.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.space()?;
        if self.takes(end) {
            return Some(false);
        }
        self.expect(b',')?;
        self.closed_last = 0;
        Some(true)
    }

    /// A key: a string, or a name as programming languages have them.
    fn key(&mut self) -> Option<String> {
        if matches!(self.peek()?, b'"' | b'\'') {
            return self.string(Breaks::Refused);
        }
        let name = self.name();
        // Of these nobody knows whether they are names, or values that Python has as keys.
        let values = ["true", "false", "null", "True", "False", "None"];
        let begins = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
        (begins && !values.contains(&name)).then(|| name.to_owned())
    }

    fn word(&mut self) -> Option<()> {
        let value = match self.name() {
            "true" | "True" => "true",
            "false" | "False" => "false",
            "null" | "None" => "null",
            _ => return None,
        };
        self.written.push_str(value);
        Some(())
    }

    fn name(&mut self) -> &'a str {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
        let length = self.rest().bytes().take_while(is_name).count();
        self.cut(length)
    }

    /// A number as JSON has it. It is copied as it stands: read and written again, a long one
    /// would be another.
    fn number(&mut self) -> Option<()> {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = self.rest().bytes().take_while(is_part).count();
        let number = self.cut(length);
        serde_json::from_str::<serde_json::Number>(number).ok()?;
        self.written.push_str(number);
        Some(())
    }

    /// A string in the quotes that it begins with.
    fn string(&mut self, breaks: Breaks) -> Option<String> {
        let quote = self.peek()?;
        self.at += 1;
        let mut string = String::new();
        loop {
            let is_plain = |byte: &u8| *byte != quote && *byte != b'\\' && *byte >= b' ';
            let length = self.rest().bytes().take_while(is_plain).count();
            string.push_str(self.cut(length));
            match self.peek()? {
                byte if byte == quote => break,
                b'\\' => string.push(self.escape()?),
                byte @ (b'\n' | b'\r' | b'\t') if breaks == Breaks::Kept => {
                    string.push(char::from(byte));
                    self.at += 1;
                }
                _ => return None,
            }
        }
        self.at += 1;
        Some(string)
    }

    /// One of JSON's escapes, or that of a single quote, which Python and JavaScript know.
    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\'' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return None,
        })
    }

    fn code_point(&mut self) -> Option<char> {
        let first = self.code_unit()?;
        if let Some(c) = char::from_u32(u32::from(first)) {
            return Some(c);
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.code_unit()?;
        char::decode_utf16([first, second]).next()?.ok()
    }

    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }

    /// White space and comments.
    fn space(&mut self) -> Option<()> {
        loop {
            let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
            let length = self.rest().bytes().take_while(is_space).count();
            self.at += length;
            let rest = self.rest();
            if let Some(comment) = rest.strip_prefix("//") {
                let length = comment.find(['\n', '\r']).unwrap_or(comment.len());
                // Where the line was broken at another place, a bracket in it was no comment.
                if comment[..length].contains(['{', '}', '[', ']']) {
                    return None;
                }
                self.at += 2 + length;
            } else if let Some(comment) = rest.strip_prefix("/*") {
                self.at += 2 + comment.find("*/")? + 2;
            } else {
                return Some(());
            }
        }
    }

    fn write_string(&mut self, string: &str) -> Option<()> {
        self.written.push_str(&serde_json::to_string(string).ok()?);
        Some(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn cut(&mut self, length: usize) -> &'a str {
        let cut = &self.text[self.at..self.at + length];
        self.at += length;
        cut
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }
}

/// What becomes of line breaks and tabs in a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// They are part of it, as those who write them without an escape mean it.
    Kept,
    /// Nobody means a key that has one.
    Refused,
}
