//! JSON that is plain, read quickly.
//!
//! Replies are small objects of short texts, over which a parser for everything spends most of its
//! time on what does not occur. What is not plain here (malformed, of another type, very deep) is
//! read again by `serde_json`, whose word holds: this reader may give up anywhere, but what it
//! reads is what `serde_json` reads.

#[cfg(any(test, feature = "fuzzing"))]
mod agreement;
mod reader;

use serde::Deserialize;
use serde_json::{Map, Value};

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use self::agreement::check;
pub(super) use self::reader::Reader;

/// Something that can be read both ways, with the same outcome.
pub(super) trait Plain<'a>: Default {
    /// Reads what begins here into its place, in which there is nothing yet: what is read is not
    /// moved about.
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain>;
}

/// Somebody else has to read it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotPlain;

/// Reads a JSON text, in whichever way it takes.
pub(super) fn read<'a, T>(json: &'a str) -> serde_json::Result<T>
where
    T: Plain<'a> + Deserialize<'a>,
{
    read_plain(json).map_or_else(|NotPlain| serde_json::from_str(json), Ok)
}

/// Reads a JSON text where it is plain.
pub(super) fn read_plain<'a, T: Plain<'a>>(json: &'a str) -> Result<T, NotPlain> {
    let mut reader = Reader::new(json);
    let mut value = T::default();
    value.read(&mut reader)?;
    if reader.peek().is_none() { Ok(value) } else { Err(NotPlain) }
}

impl<'a, T: Plain<'a>> Plain<'a> for Option<T> {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        *self = None;
        if reader.peek() == Some(b'n') {
            return reader.take("null");
        }
        self.insert(T::default()).read(reader)
    }
}

impl<'a, T: Plain<'a>> Plain<'a> for Box<T> {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        T::read(self, reader)
    }
}

impl<'a, T: Plain<'a>> Plain<'a> for Vec<T> {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        reader.list(|reader| {
            // Nearly all lists have one item.
            if self.is_empty() {
                self.reserve_exact(1);
            }
            self.push(T::default());
            self.last_mut().map_or(Ok(()), |item| item.read(reader))
        })
    }
}

impl Plain<'_> for Value {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), NotPlain> {
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
            _ => match reader.natural() {
                Some(number) => *self = number.into(),
                None => *self = serde_json::from_str(reader.raw()?).map_err(|_| NotPlain)?,
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
