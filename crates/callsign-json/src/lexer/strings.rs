//! Strings and their escape sequences.

use std::borrow::Cow;

use super::Lexer;

/// A decoded string that is longer than this gives back the memory that it does not use. It may be
/// kept for long.
const MAX_SLACK_LENGTH: usize = 256;

impl<'a> Lexer<'a> {
    /// Reads a string, and decodes it. It is borrowed if nothing in it is escaped.
    // Streamed chunks consist of short strings without escapes, so that the call would count.
    #[inline(always)]
    pub fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let end = plain_end(bytes, start, b'"');
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(start..end).map(Cow::Borrowed);
        }
        self.escaped_string(end).map(Cow::Owned)
    }

    /// Reads a string that has its first escape sequence at byte `first`.
    fn escaped_string(&mut self, first: usize) -> Option<String> {
        let bytes = self.text.as_bytes();
        let (mut start, mut at) = (self.at + 1, first);
        let mut string = String::with_capacity(64.max(2 * (first - start)));
        loop {
            string.push_str(self.text.get(start..at)?);
            match (bytes.get(at), bytes.get(at + 1)) {
                (Some(b'"'), _) => break,
                (Some(b'\\'), Some(b'u')) => {
                    self.at = at + 2;
                    string.push(self.unicode_escape()?);
                    start = self.at;
                }
                (Some(b'\\'), Some(letter)) => {
                    string.push(decode_simple_escape(*letter)?);
                    start = at + 2;
                }
                _ => return None,
            }
            at = plain_end(bytes, start, b'"');
        }
        self.at = at + 1;
        if string.len() > MAX_SLACK_LENGTH {
            string.shrink_to_fit();
        }
        Some(string)
    }

    /// Skips a string that can be decoded.
    #[inline]
    pub fn skip_string(&mut self) -> Option<()> {
        self.string_with(|lexer| lexer.escape().map(drop))
    }

    /// Reads a string, and returns it as it is written, with its quotes. A surrogate may lack its
    /// pair, which the grammar allows.
    pub fn raw_string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.string_with(|lexer| lexer.raw_escape().map(drop))?;
        Some(self.since(start))
    }

    #[inline]
    fn string_with(&mut self, escape: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        if !self.eat(b'"') {
            return None;
        }
        loop {
            self.at = plain_end(self.text.as_bytes(), self.at, b'"');
            match self.peek()? {
                b'"' => break,
                b'\\' => escape(self)?,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Reads the characters up to the next `quote`, escape sequence or control character.
    #[inline]
    pub fn plain(&mut self, quote: u8) -> &'a str {
        let start = self.at;
        self.at = plain_end(self.text.as_bytes(), start, quote);
        self.since(start)
    }

    /// Reads an escape sequence, and decodes it. A surrogate pair is one character.
    #[inline]
    pub fn escape(&mut self) -> Option<char> {
        match self.escape_letter()? {
            b'u' => self.unicode_escape(),
            letter => decode_simple_escape(letter),
        }
    }

    /// Reads what follows `\u`, and decodes it.
    fn unicode_escape(&mut self) -> Option<char> {
        let (first, second) = self.code_units()?;
        decode_utf16(first, second)
    }

    /// Reads an escape sequence, and returns it as it is written. A surrogate pair is one
    /// character, and so is a surrogate that lacks its pair.
    pub fn raw_escape(&mut self) -> Option<&'a str> {
        let start = self.at;
        match self.escape_letter()? {
            b'u' => _ = self.code_units()?,
            letter => _ = decode_simple_escape(letter)?,
        }
        Some(self.since(start))
    }

    #[inline]
    fn escape_letter(&mut self) -> Option<u8> {
        if !self.eat(b'\\') {
            return None;
        }
        let letter = self.peek().filter(u8::is_ascii)?;
        self.at += 1;
        Some(letter)
    }

    /// Reads the digits after `\u`, and those of the second surrogate if it follows the first.
    fn code_units(&mut self) -> Option<(u16, Option<u16>)> {
        let first = self.code_unit()?;
        let end = self.at;
        if matches!(first, 0xD800..0xDC00)
            && self.eat_str("\\u")
            && let Some(second @ 0xDC00..0xE000) = self.code_unit()
        {
            return Some((first, Some(second)));
        }
        self.at = end;
        Some((first, None))
    }

    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at..)?.first_chunk::<4>()?;
        let mut unit = 0;
        for digit in digits {
            unit = unit * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += digits.len();
        u16::try_from(unit).ok()
    }
}

/// Returns the character that `letter` means after a backslash; `None` for `u`, which has digits,
/// and for letters that mean nothing.
#[inline]
#[must_use]
pub fn decode_simple_escape(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        _ => return None,
    })
}

/// Returns the character of one unit of UTF-16, or of a surrogate pair; `None` if a surrogate has
/// no pair.
#[must_use]
pub fn decode_utf16(first: u16, second: Option<u16>) -> Option<char> {
    let mut decoded = char::decode_utf16([first].into_iter().chain(second));
    let decoded = (decoded.next()?.ok()?, decoded.next());
    decoded.1.is_none().then_some(decoded.0)
}

/// Returns the length in bytes of the beginning of `text` without quotes, escape sequences and
/// control characters.
#[inline]
#[must_use]
pub fn plain_length(text: &str) -> usize {
    plain_end(text.as_bytes(), 0, b'"')
}

/// Returns the position of the first byte, from `at`, that ends or interrupts a string: `quote`, a
/// backslash or a control character.
// Eight bytes at once, because strings are most of what is received.
#[inline(always)]
fn plain_end(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    const ONES: u64 = u64::MAX / 255;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        let quotes = word ^ (ONES * u64::from(quote));
        let escapes = word ^ (ONES * 0x5C);
        // The highest bit of a byte is set if the byte was small and borrowed. What it borrowed
        // may mark the bytes above it, so that only the lowest mark is right.
        let controls = word.wrapping_sub(ONES * 0x20);
        let marks = quotes.wrapping_sub(ONES) | escapes.wrapping_sub(ONES) | controls;
        let found = marks & !word & (ONES * 0x80);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_plain = |byte: &u8| *byte >= 0x20 && *byte != quote && *byte != b'\\';
    while bytes.get(at).is_some_and(is_plain) {
        at += 1;
    }
    at
}
