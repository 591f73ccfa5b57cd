//! A JSON text that is read from its beginning to its end.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::NotPlain;

/// How deep objects and lists may be within each other; `serde_json` goes a little deeper.
const DEEPEST: u8 = 100;

/// A JSON text, as far as it was read.
#[derive(Debug)]
pub(in crate::wire) struct Reader<'a> {
    json: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    pub(in crate::wire) fn new(json: &'a str) -> Self {
        Self { json, at: 0, depth: 0 }
    }

    /// The next byte that is no white space.
    #[inline]
    pub(in crate::wire) fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.json.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Passes over this text, if it is what comes next.
    #[inline]
    pub(in crate::wire) fn take(&mut self, text: &str) -> Result<(), NotPlain> {
        self.peek();
        let rest = self.json.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(text.as_bytes()) {
            return Err(NotPlain);
        }
        self.at += text.len();
        Ok(())
    }

    /// Reads an object: `read` gets the name of each field, and reads its value.
    #[inline]
    pub(in crate::wire) fn object(
        &mut self,
        mut read: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), NotPlain>,
    ) -> Result<(), NotPlain> {
        self.members("{", b'}', |reader| {
            let name = reader.string()?;
            reader.take(":")?;
            read(reader, name)
        })
    }

    /// Reads a list: `read` reads each item.
    #[inline]
    pub(in crate::wire) fn list(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<(), NotPlain>,
    ) -> Result<(), NotPlain> {
        self.members("[", b']', read)
    }

    #[inline]
    fn members(
        &mut self,
        begin: &str,
        end: u8,
        mut read: impl FnMut(&mut Self) -> Result<(), NotPlain>,
    ) -> Result<(), NotPlain> {
        self.take(begin)?;
        if self.depth == DEEPEST {
            return Err(NotPlain);
        }
        self.depth += 1;
        if self.peek() != Some(end) {
            read(self)?;
            while self.peek() == Some(b',') {
                self.at += 1;
                read(self)?;
            }
        }
        self.depth -= 1;
        if self.peek() != Some(end) {
            return Err(NotPlain);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string.
    #[inline(always)]
    pub(in crate::wire) fn string(&mut self) -> Result<Cow<'a, str>, NotPlain> {
        if self.peek() != Some(b'"') {
            return Err(NotPlain);
        }
        let start = self.at + 1;
        let end = end_of_plain(self.json.as_bytes(), start);
        if self.json.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.json.get(start..end).map(Cow::Borrowed).ok_or(NotPlain);
        }
        self.escaped_string(end).map(Cow::Owned)
    }

    /// Reads a string in which something is escaped, here for the first time.
    fn escaped_string(&mut self, first: usize) -> Result<String, NotPlain> {
        let bytes = self.json.as_bytes();
        let (mut start, mut at) = (self.at + 1, first);
        let mut text = String::with_capacity(64.max(2 * (first - start)));
        loop {
            text.push_str(self.json.get(start..at).ok_or(NotPlain)?);
            match (bytes.get(at), bytes.get(at + 1)) {
                (Some(b'"'), _) => break,
                (Some(b'\\'), Some(b'u')) => return self.string_spelled_by_number(at),
                (Some(b'\\'), Some(&escape)) => text.push(escaped(escape)?),
                _ => return Err(NotPlain),
            }
            start = at + 2;
            at = end_of_plain(bytes, start);
        }
        self.at = at + 1;
        if text.len() > 256 {
            // It may be kept for long.
            text.shrink_to_fit();
        }
        Ok(text)
    }

    /// Reads a string of which some characters are their numbers, here for the first time.
    fn string_spelled_by_number(&mut self, first: usize) -> Result<String, NotPlain> {
        let start = self.at;
        self.skip_string(first)?;
        serde_json::from_str(self.since(start)?).map_err(|_| NotPlain)
    }

    /// Passes over a string that has nothing escaped before this place.
    fn skip_string(&mut self, mut at: usize) -> Result<(), NotPlain> {
        let bytes = self.json.as_bytes();
        loop {
            at = end_of_plain(bytes, at);
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += length_of_escape(bytes.get(at + 1..).unwrap_or_default())?,
                _ => return Err(NotPlain),
            }
        }
        self.at = at + 1;
        Ok(())
    }

    /// Reads a small natural number, if one comes next that is spelled as one.
    #[inline]
    pub(in crate::wire) fn natural(&mut self) -> Option<u64> {
        let bytes = self.json.as_bytes();
        let (mut at, mut value) = (self.at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        let is_spelled_so = match at - self.at {
            1 => true,
            2..=18 => bytes.get(self.at) != Some(&b'0'),
            _ => false,
        };
        if !is_spelled_so || matches!(bytes.get(at), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.at = at;
        Some(value)
    }

    /// Passes over a value, and answers its text.
    pub(in crate::wire) fn raw(&mut self) -> Result<&'a str, NotPlain> {
        let next = self.peek();
        let start = self.at;
        match next {
            Some(b'"') => self.skip_string(start + 1)?,
            Some(b'{') => self.object(|reader, _| reader.raw().map(drop))?,
            Some(b'[') => self.list(|reader| reader.raw().map(drop))?,
            Some(b'n') => self.take("null")?,
            Some(b't') => self.take("true")?,
            Some(b'f') => self.take("false")?,
            _ if self.natural().is_some() => {}
            _ => {
                let rest = self.json.as_bytes().get(start..).unwrap_or_default();
                let in_number =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                self.at += rest.iter().take_while(|byte| in_number(byte)).count();
                let _: IgnoredAny =
                    serde_json::from_str(self.since(start)?).map_err(|_| NotPlain)?;
            }
        }
        self.since(start)
    }

    /// Reads something, and answers its text besides.
    pub(in crate::wire) fn with_text<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, NotPlain>,
    ) -> Result<(T, &'a str), NotPlain> {
        self.peek();
        let start = self.at;
        Ok((read(self)?, self.since(start)?))
    }

    fn since(&self, start: usize) -> Result<&'a str, NotPlain> {
        self.json.get(start..self.at).ok_or(NotPlain)
    }
}

/// Where the first byte is, at or behind this place, that does not simply stand for itself in a
/// string: its end, an escape, or what may not be there.
#[inline(always)]
fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        let (quote, escape) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5C));
        // The highest bit of a byte is set where it was small and borrowed. What it borrowed may
        // mark the bytes above it, so that the lowest mark alone is right.
        let below = word.wrapping_sub(ONES * 0x20);
        let marks = quote.wrapping_sub(ONES) | escape.wrapping_sub(ONES) | below;
        let found = marks & !word & (ONES * 0x80);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')) {
        at += 1;
    }
    at
}

/// How long the escape is of which this comes behind its first byte.
fn length_of_escape(behind: &[u8]) -> Result<usize, NotPlain> {
    match behind {
        [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => {
            Ok(6)
        }
        [escape, ..] => escaped(*escape).map(|_| 2),
        [] => Err(NotPlain),
    }
}

/// What this stands for behind a backslash.
fn escaped(escape: u8) -> Result<char, NotPlain> {
    Ok(match escape {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        _ => return Err(NotPlain),
    })
}
