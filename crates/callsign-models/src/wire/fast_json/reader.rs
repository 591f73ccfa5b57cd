//! The cursor of the fast parser.

use std::borrow::Cow;

use callsign_json::lexer::Lexer;

use super::Unsupported;

/// The maximum nesting of objects and arrays. The limit of `serde_json` is 127.
const MAX_DEPTH: usize = 100;

/// A position in a JSON text.
#[derive(Debug)]
pub(in crate::wire) struct FastReader<'a> {
    lexer: Lexer<'a>,
}

impl<'a> FastReader<'a> {
    #[inline]
    pub(in crate::wire) fn new(json: &'a str) -> Self {
        Self { lexer: Lexer::with_max_depth(json, MAX_DEPTH) }
    }

    /// Skips whitespace and returns the next byte without consuming it.
    #[inline]
    pub(in crate::wire) fn peek(&mut self) -> Option<u8> {
        self.lexer.peek_token()
    }

    /// Consumes `text` if it comes next.
    #[inline]
    pub(in crate::wire) fn consume(&mut self, text: &str) -> Result<(), Unsupported> {
        self.peek();
        if self.lexer.eat_str(text) { Ok(()) } else { Err(Unsupported) }
    }

    /// Reads an object. `read` receives the name of each field and reads its value.
    #[inline]
    pub(in crate::wire) fn object(
        &mut self,
        mut read: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Unsupported>,
    ) -> Result<(), Unsupported> {
        self.delimited(b'{', b'}', |reader| {
            let name = reader.string()?;
            reader.consume(":")?;
            read(reader, name)
        })
    }

    /// Reads an array. `read` reads each item.
    #[inline]
    pub(in crate::wire) fn array(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<(), Unsupported>,
    ) -> Result<(), Unsupported> {
        self.delimited(b'[', b']', read)
    }

    #[inline]
    fn delimited(
        &mut self,
        begin: u8,
        end: u8,
        mut read: impl FnMut(&mut Self) -> Result<(), Unsupported>,
    ) -> Result<(), Unsupported> {
        self.peek();
        if !self.lexer.open(begin) {
            return Err(Unsupported);
        }
        if self.peek() != Some(end) {
            read(self)?;
            while self.peek() == Some(b',') {
                self.lexer.eat(b',');
                read(self)?;
            }
        }
        if self.lexer.close(end) { Ok(()) } else { Err(Unsupported) }
    }

    /// Reads a string.
    #[inline(always)]
    pub(in crate::wire) fn string(&mut self) -> Result<Cow<'a, str>, Unsupported> {
        self.peek();
        self.lexer.string().ok_or(Unsupported)
    }

    /// Reads an unsigned integer of up to 18 digits if one comes next. Consumes nothing otherwise.
    #[inline]
    pub(in crate::wire) fn unsigned(&mut self) -> Option<u64> {
        self.lexer.unsigned()
    }

    /// Skips a value and returns its raw JSON.
    pub(in crate::wire) fn raw(&mut self) -> Result<&'a str, Unsupported> {
        self.peek();
        let start = self.lexer.position();
        self.lexer.skip_value().ok_or(Unsupported)?;
        Ok(self.lexer.since(start))
    }

    /// Calls `read` and returns its result with the raw JSON that it consumed.
    pub(in crate::wire) fn with_raw<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Unsupported>,
    ) -> Result<(T, &'a str), Unsupported> {
        self.peek();
        let start = self.lexer.position();
        let value = read(self)?;
        Ok((value, self.lexer.since(start)))
    }
}
