//! Reader of one object, in a grammar that is wider than JSON's. It writes JSON.

use std::collections::BTreeMap;

use serde_json::Number;

use crate::lexer::Lexer;

/// Reads a text once, from its beginning to its end.
pub(super) struct Reader<'a> {
    lexer: Lexer<'a>,
    /// What was read so far, as JSON.
    json: String,
    /// The number of objects that were closed.
    closed: usize,
    /// The number of objects that were closed since anything else was read.
    closed_last: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { lexer: Lexer::new(text), json: String::new(), closed: 0, closed_last: 0 }
    }

    /// Returns the object as JSON, if the text is one object and nothing else.
    pub(super) fn only_object(mut self) -> Option<String> {
        self.skip_space()?;
        if self.lexer.peek()? != b'{' {
            return None;
        }
        self.value()?;
        self.skip_space()?;
        // Any of the braces at the end may be the one too many. If an object was closed before
        // them, that brace may be it, and what follows may have belonged into that object.
        if self.closed == self.closed_last && self.lexer.eat(b'}') {
            self.skip_space()?;
        }
        self.lexer.peek().is_none().then_some(self.json)
    }

    fn value(&mut self) -> Option<()> {
        self.closed_last = 0;
        match self.lexer.peek()? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' | b'\'' => {
                let string = self.string(LineBreaks::Kept)?;
                self.write_string(&string)
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.literal(),
        }
    }

    fn object(&mut self) -> Option<()> {
        let mut values = BTreeMap::new();
        if !self.lexer.open(b'{') {
            return None;
        }
        self.json.push('{');
        loop {
            self.skip_space()?;
            if self.lexer.close(b'}') {
                break;
            }
            let before = self.json.len();
            if !values.is_empty() {
                self.json.push(',');
            }
            let key = self.key()?;
            self.write_string(&key)?;
            self.skip_space()?;
            self.expect(b':')?;
            self.json.push(':');
            self.skip_space()?;
            let from = self.json.len();
            self.value()?;
            let value = from..self.json.len();
            match values.get(&key).cloned() {
                None => _ = values.insert(key, value),
                // The same member twice has one meaning; two values of one key have not.
                Some(first) if self.json[first.clone()] == self.json[value] => {
                    self.json.truncate(before);
                }
                Some(_) => return None,
            }
            if !self.comma_or_close(b'}')? {
                break;
            }
        }
        self.json.push('}');
        self.closed += 1;
        self.closed_last += 1;
        Some(())
    }

    fn array(&mut self) -> Option<()> {
        if !self.lexer.open(b'[') {
            return None;
        }
        self.json.push('[');
        let mut is_first = true;
        loop {
            self.skip_space()?;
            if self.lexer.close(b']') {
                break;
            }
            if !is_first {
                self.json.push(',');
            }
            is_first = false;
            self.value()?;
            if !self.comma_or_close(b']')? {
                break;
            }
        }
        self.json.push(']');
        self.closed_last = 0;
        Some(())
    }

    /// Reads a comma or the closing bracket, and returns whether it was a comma.
    fn comma_or_close(&mut self, bracket: u8) -> Option<bool> {
        self.skip_space()?;
        if self.lexer.close(bracket) {
            return Some(false);
        }
        self.expect(b',')?;
        self.closed_last = 0;
        Some(true)
    }

    /// Reads a key: a string, or an identifier as programming languages have them.
    fn key(&mut self) -> Option<String> {
        if matches!(self.lexer.peek()?, b'"' | b'\'') {
            return self.string(LineBreaks::Refused);
        }
        let name = self.name();
        // These may be names, or values that Python allows as keys.
        let values = ["true", "false", "null", "True", "False", "None"];
        let begins = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
        (begins && !values.contains(&name)).then(|| name.to_owned())
    }

    fn literal(&mut self) -> Option<()> {
        let value = match self.name() {
            "true" | "True" => "true",
            "false" | "False" => "false",
            "null" | "None" => "null",
            _ => return None,
        };
        self.json.push_str(value);
        Some(())
    }

    fn name(&mut self) -> &'a str {
        self.lexer.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    }

    /// Reads a number of JSON's grammar. It is copied as it is written, because a long one would
    /// change if it was parsed.
    fn number(&mut self) -> Option<()> {
        let number = self.lexer.number()?;
        serde_json::from_str::<Number>(number).ok()?;
        self.json.push_str(number);
        Some(())
    }

    /// Reads a string that ends with the quote it begins with.
    fn string(&mut self, breaks: LineBreaks) -> Option<String> {
        let quote = self.lexer.peek()?;
        self.lexer.eat(quote);
        let mut string = String::new();
        loop {
            string.push_str(self.lexer.plain(quote));
            match self.lexer.peek()? {
                byte if byte == quote => break,
                // Python and JavaScript escape single quotes, JSON does not.
                b'\\' if self.lexer.eat_str(r"\'") => string.push('\''),
                b'\\' => string.push(self.lexer.escape()?),
                byte @ (b'\n' | b'\r' | b'\t') if breaks == LineBreaks::Kept => {
                    string.push(char::from(byte));
                    self.lexer.eat(byte);
                }
                _ => return None,
            }
        }
        self.lexer.eat(quote);
        Some(string)
    }

    /// Skips whitespace and comments.
    fn skip_space(&mut self) -> Option<()> {
        loop {
            self.lexer.peek_token();
            if self.lexer.eat_str("//") {
                let comment = self.lexer.take_while(|byte| !matches!(byte, b'\n' | b'\r'));
                // If line breaks were lost, a bracket in it may belong to the object.
                if comment.contains(['{', '}', '[', ']']) {
                    return None;
                }
            } else if self.lexer.eat_str("/*") {
                let length = self.lexer.rest().find("*/")? + 2;
                self.lexer.advance(length);
            } else {
                return Some(());
            }
        }
    }

    fn write_string(&mut self, string: &str) -> Option<()> {
        self.json.push_str(&serde_json::to_string(string).ok()?);
        Some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.lexer.eat(byte).then_some(())
    }
}

/// What becomes of line breaks and tabs in a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineBreaks {
    /// They are part of the string, as models mean them that do not escape them.
    Kept,
    /// The string is refused. A key with a line break is not meant so.
    Refused,
}
