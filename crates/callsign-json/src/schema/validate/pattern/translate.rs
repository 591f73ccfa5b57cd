//! Translation of ECMA 262 patterns to those of the engine.
//!
//! Only what has a certain meaning is translated. JSON Schema asks for the `u` flag of ECMA 262,
//! but many schemas are written for engines without it.

use std::iter::Peekable;
use std::str::Chars;

use super::PatternError;
use super::classes::{ANY, DOT, NONE, boundary, literal, perl_class};

/// A pattern for the engine.
pub(super) struct Translated {
    pub(super) text: String,
    pub(super) looks_around: bool,
}

/// Translates a pattern.
pub(super) fn translate(pattern: &str) -> Result<Translated, PatternError> {
    let looks_around = ["(?=", "(?!", "(?<=", "(?<!", r"\B"].iter().any(|it| pattern.contains(it));
    let mut translator =
        Translator { rest: pattern.chars().peekable(), out: String::new(), looks_around };
    translator.run()?;
    Ok(Translated { text: translator.out, looks_around })
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    looks_around: bool,
}

/// One member of a class.
enum Member {
    Char(char),
    Class(String),
}

fn invalid<T>(reason: &str) -> Result<T, PatternError> {
    Err(PatternError::Invalid(reason.to_owned()))
}

fn unsupported<T>(reason: String) -> Result<T, PatternError> {
    Err(PatternError::Unsupported(reason))
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), PatternError> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '.' => self.out.push_str(DOT),
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.quantified()?;
                }
                '{' => self.repetition()?,
                '^' | '$' | '|' | ')' => self.out.push(c),
                c => self.out.push_str(&literal(c)),
            }
        }
        Ok(())
    }

    /// Reads what may follow a quantifier.
    fn quantified(&mut self) -> Result<(), PatternError> {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        match self.rest.peek() {
            Some('*' | '+' | '?') => unsupported("a quantifier follows a quantifier".to_owned()),
            _ => Ok(()),
        }
    }

    /// Reads `{2,3}`. Any other `{` is a character, as engines without the `u` flag have it.
    fn repetition(&mut self) -> Result<(), PatternError> {
        let mut ahead = self.rest.clone();
        let text: String = ahead.by_ref().take_while(|c| *c != '}').take(32).collect();
        let (min, max) = text.split_once(',').unwrap_or((&text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(min) || !is_number(max) || text.is_empty() || text == "," {
            self.out.push_str(&literal('{'));
            return Ok(());
        }
        if min.is_empty() {
            return unsupported(format!("`{{{text}}}` differs between engines"));
        }
        let is_closed = self.rest.clone().nth(text.len()) == Some('}');
        if !is_closed {
            self.out.push_str(&literal('{'));
            return Ok(());
        }
        if !max.is_empty() && min.parse::<u64>().ok() > max.parse::<u64>().ok() {
            return invalid("the numbers of a quantifier are out of order");
        }
        if min.parse::<u32>().is_err() || (!max.is_empty() && max.parse::<u32>().is_err()) {
            return unsupported("it would need too much memory".to_owned());
        }
        self.out.push_str(&format!("{{{text}}}"));
        self.rest = ahead;
        self.quantified()
    }

    /// Reads the start of a group.
    fn group(&mut self) -> Result<(), PatternError> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        if self.rest.peek() != Some(&'P') && self.rest.peek() != Some(&'<') {
            return self.flags();
        }
        // A name, or a look-behind.
        let is_python = self.rest.next_if_eq(&'P').is_some();
        if self.rest.next_if_eq(&'<').is_none() {
            return unsupported(
                "a group that starts with `(?P` differs between engines".to_owned(),
            );
        }
        if !is_python && matches!(self.rest.peek(), Some('=' | '!')) {
            self.out.push('<');
            self.out.extend(self.rest.next());
            return Ok(());
        }
        // The name does not matter, and may have characters that the engine does not know.
        self.out.pop();
        match self.rest.by_ref().find(|c| *c == '>') {
            Some(_) => Ok(()),
            None => invalid("the name of a group is not closed"),
        }
    }

    /// Reads `(?:`, `(?=`, `(?!`, or the flags that Rust, Python and others have there.
    fn flags(&mut self) -> Result<(), PatternError> {
        for c in self.rest.by_ref() {
            match c {
                ':' | '=' | '!' => {
                    self.out.push(c);
                    return Ok(());
                }
                ')' if !self.out.ends_with('?') => {
                    self.out.push(c);
                    return Ok(());
                }
                // The case is the only flag that does not change the meaning of other parts.
                'i' | '-' => self.out.push(c),
                _ => break,
            }
        }
        unsupported("a group that starts with `(?` differs between engines".to_owned())
    }

    /// Reads an escape outside of a class.
    fn escape(&mut self) -> Result<(), PatternError> {
        match self.rest.peek() {
            Some(letter @ ('b' | 'B')) => {
                let Some(boundary) = boundary(*letter == 'B', self.looks_around) else {
                    return unsupported(r"`\B` is not supported".to_owned());
                };
                self.rest.next();
                self.out.push_str(&boundary);
            }
            Some('1'..='9' | 'k') => return unsupported("it has a back-reference".to_owned()),
            _ => match self.escaped()? {
                Member::Char(c) => self.out.push_str(&literal(c)),
                Member::Class(class) => self.out.push_str(&class),
            },
        }
        Ok(())
    }

    /// Reads an escape that is a character or a class.
    fn escaped(&mut self) -> Result<Member, PatternError> {
        let Some(c) = self.rest.next() else { return invalid("it ends with a backslash") };
        Ok(match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => Member::Class(perl_class(c).unwrap_or_default()),
            'p' | 'P' => Member::Class(self.property(c)?),
            't' => Member::Char('\t'),
            'n' => Member::Char('\n'),
            'v' => Member::Char('\u{B}'),
            'f' => Member::Char('\u{C}'),
            'r' => Member::Char('\r'),
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => Member::Char('\0'),
            'c' => match self.rest.next_if(char::is_ascii_alphabetic) {
                Some(letter) => Member::Char(control(letter)),
                None => return invalid(r"`\c` needs a letter"),
            },
            'x' => Member::Char(self.code_point(2)?),
            'u' => Member::Char(self.code_point(4)?),
            c if c.is_ascii_alphanumeric() => {
                return unsupported(format!(r"`\{c}` is not an escape of ECMA 262"));
            }
            c => Member::Char(c),
        })
    }

    /// Reads the name of a Unicode property.
    fn property(&mut self, letter: char) -> Result<String, PatternError> {
        if self.rest.next_if_eq(&'{').is_none() {
            return unsupported(format!(r"`\{letter}` needs a property in braces"));
        }
        let name: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
        let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '=';
        if name.is_empty() || !name.chars().all(is_known) {
            return invalid("the name of a Unicode property is not valid");
        }
        let text = format!(r"\{letter}{{{name}}}");
        // Otherwise the engine's message would not say that it may be valid elsewhere.
        if regex_syntax::Parser::new().parse(&text).is_err() {
            return unsupported(format!("the Unicode property `{name}` is not known"));
        }
        Ok(text)
    }

    /// Reads the hexadecimal digits of a character, or of a pair of surrogates.
    fn code_point(&mut self, digits: usize) -> Result<char, PatternError> {
        let code = if digits == 4 && self.rest.next_if_eq(&'{').is_some() {
            let text: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
            u32::from_str_radix(&text, 16).ok()
        } else {
            self.hexadecimal(digits)
        };
        let mut code = code.filter(|code| *code <= 0x10_FFFF);
        if let Some(high @ 0xD800..=0xDBFF) = code {
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('\\') && ahead.next() == Some('u') {
                self.rest = ahead;
                let low = self.hexadecimal(4).filter(|low| (0xDC00..=0xDFFF).contains(low));
                code = low.map(|low| 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
        }
        match code.map(char::from_u32) {
            Some(Some(c)) => Ok(c),
            // No text has half of a pair.
            Some(None) => unsupported("it has half of a surrogate pair".to_owned()),
            None => invalid("the digits of a character are not hexadecimal"),
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        Some(code)
    }

    /// Reads a class. A hyphen next to a class such as `\w` is a character.
    fn class(&mut self) -> Result<(), PatternError> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut class = String::from(if is_negated { "[^" } else { "[" });
        let empty = class.len();
        while let Some(member) = self.member()? {
            let start = match member {
                Member::Class(text) => {
                    class.push_str(&text);
                    continue;
                }
                Member::Char(c) => c,
            };
            let mut ahead = self.rest.clone();
            let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
            class.push_str(&literal(start));
            if !is_range {
                continue;
            }
            self.rest.next();
            match self.member()? {
                Some(Member::Char(end)) if end < start => {
                    return invalid("a range of characters is out of order");
                }
                Some(Member::Char(end)) => class.push_str(&format!("-{}", literal(end))),
                Some(Member::Class(text)) => class.push_str(&format!("{}{text}", literal('-'))),
                None => break,
            }
        }
        match (class.len() == empty, is_negated) {
            (false, _) => {
                class.push(']');
                self.out.push_str(&class);
            }
            (true, true) => self.out.push_str(ANY),
            (true, false) => self.out.push_str(NONE),
        }
        Ok(())
    }

    /// Reads a member of a class; `None` at its end.
    fn member(&mut self) -> Result<Option<Member>, PatternError> {
        match self.rest.next() {
            None => invalid("a class of characters is not closed"),
            Some(']') => Ok(None),
            Some('\\') => match self.rest.peek() {
                Some('b') => {
                    self.rest.next();
                    Ok(Some(Member::Char('\u{8}')))
                }
                Some('-') => {
                    self.rest.next();
                    Ok(Some(Member::Char('-')))
                }
                _ => self.escaped().map(Some),
            },
            Some(c) => Ok(Some(Member::Char(c))),
        }
    }
}

/// Returns the control character of a letter.
fn control(letter: char) -> char {
    char::from_u32(u32::from(letter) % 32).unwrap_or_default()
}
