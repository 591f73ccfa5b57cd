//! Syntax check of a JSON object, which returns the object's keys. Building an agent checks the
//! values against the schema.

use std::iter::Peekable;
use std::str::CharIndices;

/// Returns the keys of the JSON object in `text`.
///
/// # Errors
/// Returns a description of the first syntax error: what was found and what was expected.
pub(super) fn keys(text: &str) -> Result<Vec<String>, String> {
    let mut parser = Parser { text, rest: text.char_indices().peekable() };
    parser.skip_whitespace();
    let keys = parser.object()?;
    parser.skip_whitespace();
    match parser.rest.peek() {
        None => Ok(keys),
        Some(_) => Err(parser.expected("the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl Parser<'_> {
    fn object(&mut self) -> Result<Vec<String>, String> {
        self.expect('{', "`{`")?;
        let mut keys = Vec::new();
        self.skip_whitespace();
        if self.eat('}') {
            return Ok(keys);
        }
        loop {
            self.skip_whitespace();
            keys.push(self.string()?);
            self.skip_whitespace();
            self.expect(':', "`:`")?;
            self.value()?;
            if !self.has_next('}', "`,` or `}`")? {
                return Ok(keys);
            }
        }
    }

    fn array(&mut self) -> Result<(), String> {
        self.expect('[', "`[`")?;
        self.skip_whitespace();
        if self.eat(']') {
            return Ok(());
        }
        loop {
            self.value()?;
            if !self.has_next(']', "`,` or `]`")? {
                return Ok(());
            }
        }
    }

    fn value(&mut self) -> Result<(), String> {
        self.skip_whitespace();
        match self.rest.peek().map(|(_, next)| *next) {
            Some('{') => self.object().map(drop),
            Some('[') => self.array(),
            Some('"') => self.string().map(drop),
            _ => self.scalar(),
        }
    }

    /// Returns a string as it is written, with its escapes.
    fn string(&mut self) -> Result<String, String> {
        self.expect('"', "`\"`")?;
        let mut string = String::new();
        loop {
            match self.rest.next() {
                Some((_, '"')) => return Ok(string),
                Some((_, '\\')) => {
                    string.push('\\');
                    string.extend(self.rest.next().map(|(_, escaped)| escaped));
                }
                Some((_, plain)) if plain >= ' ' => string.push(plain),
                Some((_, control)) => {
                    return Err(format!("a string contains the control character {control:?}"));
                }
                None => return Err("a string is not closed".to_owned()),
            }
        }
    }

    /// Checks a number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<(), String> {
        let start = self.at();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        while self.rest.next_if(|(_, next)| is_part(*next)).is_some() {}
        let token = &self.text[start..self.at()];
        let starts_as_number = token.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let is_number = starts_as_number && token.parse::<f64>().is_ok();
        if is_number || matches!(token, "true" | "false" | "null") {
            return Ok(());
        }
        match token {
            "" => Err(self.expected("a value")),
            token => Err(format!("`{token}` is not valid JSON")),
        }
    }

    /// Consumes `,` and returns `true`, or consumes `end` and returns `false`.
    fn has_next(&mut self, end: char, what: &str) -> Result<bool, String> {
        self.skip_whitespace();
        if self.eat(end) {
            return Ok(false);
        }
        self.expect(',', what).map(|()| true)
    }

    fn expect(&mut self, wanted: char, what: &str) -> Result<(), String> {
        if self.eat(wanted) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.rest.next_if(|(_, next)| *next == wanted).is_some()
    }

    fn skip_whitespace(&mut self) {
        while self.rest.next_if(|(_, next)| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn expected(&mut self, what: &str) -> String {
        match self.rest.peek() {
            Some((_, found)) => format!("expected {what}, found `{found}`"),
            None => format!("expected {what}, found the end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn returns_the_keys_of_an_object() {
        let check = |text, expected: &[&str]| assert_eq!(keys(text).unwrap(), expected, "{text}");
        check("{}", &[]);
        check(" { } ", &[]);
        check(r#"{"city":"Porto","days":3}"#, &["city", "days"]);
        check(r#"{"a":[1,-2.5e3,{"b":null}],"c":{"d":[]},"e":true}"#, &["a", "c", "e"]);
        check(r#"{"a":"\"}","b":"é"}"#, &["a", "b"]);
    }

    #[test]
    fn syntax_error_names_what_was_expected() {
        let check = |text, message| assert_eq!(keys(text).unwrap_err(), message, "{text}");
        check("", "expected `{`, found the end");
        check("[1]", "expected `{`, found `[`");
        check("{city: 1}", "expected `\"`, found `c`");
        check(r#"{"a" 1}"#, "expected `:`, found `1`");
        check(r#"{"a":}"#, "expected a value, found `}`");
        check(r#"{"a":1,}"#, "expected `\"`, found `}`");
        check(r#"{"a":[1}"#, "expected `,` or `]`, found `}`");
        check(r#"{"a":1"#, "expected `,` or `}`, found the end");
        check(r#"{"a":"b}"#, "a string is not closed");
        check("{\"a\":\"b\n\"}", "a string contains the control character '\\n'");
        check(r#"{"a":None}"#, "`None` is not valid JSON");
        check(r#"{"a":1} b"#, "expected the end, found `b`");
    }
}
