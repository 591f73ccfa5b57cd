//! Lexer for JSON text: a cursor that the readers of this workspace share.

mod strings;

#[cfg(test)]
mod tests;

use serde_json::Number;

pub use self::strings::{decode_simple_escape, decode_utf16, plain_length};

/// The depth to which arrays and objects may be nested. `serde_json` reads no deeper by default.
pub const MAX_DEPTH: usize = 127;

/// A number without an exponent is in the range of `f64` up to this length in bytes.
const SAFE_NUMBER_LENGTH: usize = 300;

/// A cursor over JSON text.
///
/// The methods read the grammar of RFC 8259, piece by piece, and copy nothing unless an escape
/// sequence has to be decoded. None of them panics, whatever the text is. If a method returns
/// `None`, the position is unspecified, unless its documentation says otherwise.
///
/// ```
/// use callsign_json::lexer::Lexer;
///
/// let mut lexer = Lexer::new(r#"{"city": "Porto", "nights": 3}"#);
/// let mut names = Vec::new();
/// let read = lexer.sequence(b'{', b'}', |lexer| {
///     names.push(lexer.string()?);
///     lexer.colon()?;
///     lexer.skip_value()
/// });
/// assert_eq!(read, Some(()));
/// assert_eq!(names, ["city", "nights"]);
/// ```
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// How many more arrays and objects may be opened within each other.
    depth_left: usize,
}

impl<'a> Lexer<'a> {
    /// Creates a cursor at the beginning of `text`, for a depth of at most [`MAX_DEPTH`].
    #[inline]
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self::with_max_depth(text, MAX_DEPTH)
    }

    /// Creates a cursor at the beginning of `text`, for a depth of at most `max_depth`.
    #[inline]
    #[must_use]
    pub fn with_max_depth(text: &'a str, max_depth: usize) -> Self {
        Self { text, at: 0, depth_left: max_depth }
    }

    /// Returns the position in bytes.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns the text from byte `start` up to the position.
    #[inline]
    #[must_use]
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Returns the text from the position to the end.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the next byte; `None` at the end.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips whitespace and returns the byte after it; `None` at the end.
    #[inline]
    pub fn peek_token(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Skips `byte` if it is next, and returns whether it was. `byte` is in ASCII.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Skips `text` if it is next, and returns whether it was.
    #[inline]
    pub fn eat_str(&mut self, text: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_next = rest.starts_with(text.as_bytes());
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// Skips the next bytes for which `accepts` returns true, and returns them. `accepts` returns
    /// the same for all bytes outside of ASCII.
    #[inline]
    pub fn take_while(&mut self, accepts: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&accepts) {
            self.at += 1;
        }
        self.since(start)
    }

    /// Skips `length` bytes, or what is left if that is less.
    #[inline]
    pub fn advance(&mut self, length: usize) {
        self.at = self.at.saturating_add(length).min(self.text.len());
    }

    /// Skips the colon between a key and its value, with whitespace around it.
    #[inline]
    pub fn colon(&mut self) -> Option<()> {
        self.peek_token();
        if !self.eat(b':') {
            return None;
        }
        self.peek_token();
        Some(())
    }

    /// Skips an opening bracket if it is next and not too deep, and returns whether it was.
    #[inline]
    pub fn open(&mut self, bracket: u8) -> bool {
        let is_open = self.depth_left > 0 && self.eat(bracket);
        self.depth_left -= usize::from(is_open);
        is_open
    }

    /// Skips a closing bracket if it is next, and returns whether it was.
    #[inline]
    pub fn close(&mut self, bracket: u8) -> bool {
        let is_closed = self.eat(bracket);
        self.depth_left = self.depth_left.saturating_add(usize::from(is_closed));
        is_closed
    }

    /// Reads an array or an object: `read` reads each element or member. Whitespace before an
    /// element is skipped already.
    #[inline]
    pub fn sequence(
        &mut self,
        open: u8,
        close: u8,
        mut read: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if !self.open(open) {
            return None;
        }
        if self.peek_token()? != close {
            read(self)?;
            while self.peek_token()? == b',' {
                self.at += 1;
                self.peek_token();
                read(self)?;
            }
        }
        self.close(close).then_some(())
    }

    /// Reads `true`, `false` or `null`, and returns it.
    #[inline]
    pub fn literal(&mut self) -> Option<&'a str> {
        let literals = ["true", "false", "null"];
        let start = self.at;
        literals.into_iter().any(|literal| self.eat_str(literal)).then(|| self.since(start))
    }

    /// Reads a number, and returns its text. It may be out of the range of `f64`.
    pub fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Some(self.since(start))
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        (!digits.is_empty()).then_some(())
    }

    /// Reads an unsigned integer of at most 18 digits. Returns `None` if anything else is next, and
    /// keeps the position then.
    #[inline]
    pub fn unsigned(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let (mut at, mut value) = (self.at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            // A number that wraps has more than 18 digits and is refused below.
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        let is_in_range = match at - self.at {
            1 => true,
            2..=18 => bytes.get(self.at) != Some(&b'0'),
            _ => false,
        };
        if !is_in_range || matches!(bytes.get(at), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.at = at;
        Some(value)
    }

    /// Skips a value of any type that `serde_json` reads as well: numbers are in the range of
    /// `f64`, surrogates come in pairs, and the depth is within the limit.
    pub fn skip_value(&mut self) -> Option<()> {
        match self.peek_token()? {
            b'"' => self.skip_string(),
            b'{' => self.sequence(b'{', b'}', |lexer| {
                lexer.skip_string()?;
                lexer.colon()?;
                lexer.skip_value()
            }),
            b'[' => self.sequence(b'[', b']', Self::skip_value),
            b't' | b'f' | b'n' => self.literal().map(drop),
            _ => self.number().filter(|number| is_in_range(number)).map(drop),
        }
    }
}

/// Returns whether `serde_json` reads a number, which the grammar allows.
fn is_in_range(number: &str) -> bool {
    let is_safe = number.len() <= SAFE_NUMBER_LENGTH && !number.contains(['e', 'E']);
    is_safe || serde_json::from_str::<Number>(number).is_ok()
}
