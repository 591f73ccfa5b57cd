//! A fast JSON parser for the common case, with `serde_json` as the fallback.
//!
//! Responses are small objects with short strings. A general parser spends most of its time on
//! cases that do not occur in them. Input that this parser does not support (malformed, of another
//! type, or deeply nested) is parsed again by `serde_json`, which decides. This parser may give up
//! anywhere, but a value that it returns is the value that `serde_json` would return.

#[cfg(any(test, feature = "fuzzing"))]
mod differential;
mod reader;

use serde_json::{Map, Value};

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use self::differential::check;
pub(super) use self::reader::FastReader;

/// A type that the fast parser can read. The result equals that of its `Deserialize`.
pub(super) trait FastJson<'a>: Default {
    /// Reads the next value into `self`, which holds the default. Reading in place avoids moves.
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported>;
}

/// The fast parser does not support the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported;

/// Parses a JSON text by the fast parser alone. The caller falls back to `serde_json`.
///
/// # Errors
/// Returns [`Unsupported`] if the fast parser does not support the input.
pub(super) fn read_fast<'a, T: FastJson<'a>>(json: &'a str) -> Result<T, Unsupported> {
    let mut reader = FastReader::new(json);
    let mut value = T::default();
    value.read(&mut reader)?;
    if reader.peek().is_none() { Ok(value) } else { Err(Unsupported) }
}

impl<'a, T: FastJson<'a>> FastJson<'a> for Option<T> {
    #[inline]
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        *self = None;
        if reader.peek() == Some(b'n') {
            return reader.consume("null");
        }
        self.insert(T::default()).read(reader)
    }
}

impl<'a, T: FastJson<'a>> FastJson<'a> for Box<T> {
    #[inline]
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        T::read(self, reader)
    }
}

impl<'a, T: FastJson<'a>> FastJson<'a> for Vec<T> {
    #[inline]
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        reader.array(|reader| {
            // Nearly all arrays have one item.
            if self.is_empty() {
                self.reserve_exact(1);
            }
            self.push(T::default());
            self.last_mut().map_or(Ok(()), |item| item.read(reader))
        })
    }
}

impl FastJson<'_> for Value {
    fn read(&mut self, reader: &mut FastReader<'_>) -> Result<(), Unsupported> {
        match reader.peek() {
            Some(b'"') => *self = Self::String(reader.string()?.into_owned()),
            Some(b'[') => {
                let mut items = Vec::new();
                items.read(reader)?;
                *self = Self::Array(items);
            }
            Some(b'{') => {
                let mut fields = Map::new();
                reader.object(|reader, name| {
                    let mut value = Self::Null;
                    value.read(reader)?;
                    fields.insert(name.into_owned(), value);
                    Ok(())
                })?;
                *self = Self::Object(fields);
            }
            _ => match reader.unsigned() {
                Some(number) => *self = number.into(),
                None => *self = serde_json::from_str(reader.raw()?).map_err(|_| Unsupported)?,
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
