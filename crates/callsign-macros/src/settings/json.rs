//! Whether a text is a JSON object, and what its keys are. The values themselves are checked
//! against the schema when an agent is built.

use std::iter::Peekable;
use std::str::CharIndices;

/// The keys of the object that this text is.
///
/// # Errors
/// What was expected in place of what, and after how many characters.
pub(super) fn keys(text: &str) -> Result<Vec<String>, String> {
    let mut reader = Reader { text, rest: text.char_indices().peekable() };
    reader.space();
    let keys = reader.object()?;
    reader.space();
    match reader.rest.peek() {
        None => Ok(keys),
        Some(_) => Err(reader.expected("the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn object(&mut self) -> Result<Vec<String>, String> {
        self.take('{', "`{`")?;
        let mut keys = Vec::new();
        self.space();
        if self.is_next('}') {
            return Ok(keys);
        }
        loop {
            self.space();
            keys.push(self.string()?);
            self.space();
            self.take(':', "`:`")?;
            self.value()?;
            if !self.goes_on('}', "`,` or `}`")? {
                return Ok(keys);
            }
        }
    }

    fn array(&mut self) -> Result<(), String> {
        self.take('[', "`[`")?;
        self.space();
        if self.is_next(']') {
            return Ok(());
        }
        loop {
            self.value()?;
            if !self.goes_on(']', "`,` or `]`")? {
                return Ok(());
            }
        }
    }

    fn value(&mut self) -> Result<(), String> {
        self.space();
        match self.rest.peek().map(|(_, next)| *next) {
            Some('{') => self.object().map(drop),
            Some('[') => self.array(),
            Some('"') => self.string().map(drop),
            _ => self.word(),
        }
    }

    /// A text as it is written, with its escapes.
    fn string(&mut self) -> Result<String, String> {
        self.take('"', "`\"`")?;
        let mut string = String::new();
        loop {
            match self.rest.next() {
                Some((_, '"')) => return Ok(string),
                Some((_, '\\')) => {
                    string.push('\\');
                    string.extend(self.rest.next().map(|(_, escaped)| escaped));
                }
                Some((_, plain)) if plain >= ' ' => string.push(plain),
                _ => return Err("a text in it does not end".to_owned()),
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<(), String> {
        let start = self.at();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        while self.rest.next_if(|(_, next)| is_part(*next)).is_some() {}
        let word = &self.text[start..self.at()];
        let starts_as_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let is_number = starts_as_number && word.parse::<f64>().is_ok();
        if is_number || matches!(word, "true" | "false" | "null") {
            return Ok(());
        }
        match word {
            "" => Err(self.expected("a value")),
            word => Err(format!("`{word}` is no JSON")),
        }
    }

    fn goes_on(&mut self, end: char, what: &str) -> Result<bool, String> {
        self.space();
        if self.is_next(end) {
            return Ok(false);
        }
        self.take(',', what).map(|()| true)
    }

    fn take(&mut self, wanted: char, what: &str) -> Result<(), String> {
        if self.is_next(wanted) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn is_next(&mut self, wanted: char) -> bool {
        self.rest.next_if(|(_, next)| *next == wanted).is_some()
    }

    fn space(&mut self) {
        while self.rest.next_if(|(_, next)| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn expected(&mut self, what: &str) -> String {
        match self.rest.peek() {
            Some((_, found)) => format!("it has `{found}` where {what} should be"),
            None => format!("it ends where {what} should be"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn the_keys_of_an_object() {
        let check = |text, expected: &[&str]| assert_eq!(keys(text).unwrap(), expected, "{text}");
        check("{}", &[]);
        check(" { } ", &[]);
        check(r#"{"city":"Porto","days":3}"#, &["city", "days"]);
        check(r#"{"a":[1,-2.5e3,{"b":null}],"c":{"d":[]},"e":true}"#, &["a", "c", "e"]);
        check(r#"{"a":"\"}","b":"é"}"#, &["a", "b"]);
    }

    #[test]
    fn what_is_no_object_says_why() {
        let check = |text, message| assert_eq!(keys(text).unwrap_err(), message, "{text}");
        check("", "it ends where `{` should be");
        check("[1]", "it has `[` where `{` should be");
        check("{city: 1}", "it has `c` where `\"` should be");
        check(r#"{"a" 1}"#, "it has `1` where `:` should be");
        check(r#"{"a":}"#, "it has `}` where a value should be");
        check(r#"{"a":1,}"#, "it has `}` where `\"` should be");
        check(r#"{"a":[1}"#, "it has `}` where `,` or `]` should be");
        check(r#"{"a":1"#, "it ends where `,` or `}` should be");
        check(r#"{"a":"b}"#, "a text in it does not end");
        check(r#"{"a":None}"#, "`None` is no JSON");
        check(r#"{"a":1} b"#, "it has `b` where the end should be");
    }
}
