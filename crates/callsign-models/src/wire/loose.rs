//! Values that should be of one type and are not always.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::plain::{NotPlain, Plain, Reader};

/// A value that is a text most of the time, borrowed where that is possible.
#[derive(Debug, Default)]
pub(super) enum Loose<'a> {
    /// Null, or no such field.
    #[default]
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(Number),
    /// Anything else; boxed, because pieces are moved about and it is rare.
    Other(Box<Value>),
}

impl<'a> Loose<'a> {
    /// The text, where it is one and not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text, or a number's digits: ids are numbers on some servers.
    pub(super) fn id(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.trim()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            _ => Cow::Borrowed(""),
        }
    }

    /// The number, also where it is spelled as a text.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_u64(),
            Self::Null | Self::Other(_) => None,
        }
    }

    /// The object, where it is one.
    pub(super) fn object(&self) -> Option<Value> {
        match self {
            Self::Other(value) if value.is_object() => Some((**value).clone()),
            _ => None,
        }
    }

    /// The object in this field of an object.
    pub(super) fn within(&self, name: &str) -> Option<Value> {
        match self {
            Self::Other(value) => value.get(name).filter(|inner| inner.is_object()).cloned(),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Number(number) => Value::Number(number),
            Self::Other(value) => *value,
        }
    }

    /// Whether it says the same as this value.
    pub(super) fn same(&self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Text(text) => value.as_str() == Some(text),
            Self::Number(number) => matches!(value, Value::Number(other) if other == number),
            Self::Other(other) => **other == *value,
        }
    }

    fn other(value: impl Into<Value>) -> Self {
        Self::Other(Box::new(value.into()))
    }

    /// The name of a field.
    pub(super) fn into_key(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            _ => Cow::Borrowed(""),
        }
    }
}

impl<'a> Plain<'a> for Loose<'a> {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        *self = match reader.peek() {
            Some(b'"') => Self::Text(reader.string()?),
            Some(b'n') => {
                reader.take("null")?;
                Self::Null
            }
            Some(b'{' | b'[') => {
                let mut value = Box::<Value>::default();
                value.read(reader)?;
                Self::Other(value)
            }
            _ => match reader.natural() {
                Some(number) => Self::Number(number.into()),
                None => serde_json::from_str(reader.raw()?).map_err(|_| NotPlain)?,
            },
        };
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Loose<'de>, D::Error> {
        Loose::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::other(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::other(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Loose<'de>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Loose::other)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Loose<'de>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(fields)).map(Loose::other)
    }
}

/// The fields of an object that are not known here; nulls are passed over.
#[derive(Debug, Default)]
pub(super) struct Rest<'a>(pub(super) Vec<(Cow<'a, str>, Loose<'a>)>);

impl<'a> Rest<'a> {
    pub(super) fn push(&mut self, name: Cow<'a, str>, value: Loose<'a>) {
        if !value.is_null() {
            self.0.push((name, value));
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Loose<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}
