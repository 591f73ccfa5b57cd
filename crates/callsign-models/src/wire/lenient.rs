//! Values whose type varies between providers.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

use super::fast_json::{FastJson, FastReader, Unsupported};

/// A value that should be a string but may be of any type. Strings are borrowed if possible.
#[derive(Debug, Default)]
pub(super) enum Lenient<'a> {
    /// Null, or the field is absent.
    #[default]
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// An integer. Other numbers are [`Other`](Self::Other).
    Number(Number),
    /// Any other value. Boxed to keep the enum small, because it is rare.
    Other(Box<Value>),
}

impl<'a> Lenient<'a> {
    /// Returns the text if the value is a non-empty string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is a non-empty string, or neither a string nor an integer.
    pub(super) fn has_content(&self) -> bool {
        self.text().is_some() || matches!(self, Self::Other(_))
    }

    /// Returns the trimmed text, or the digits of a number: some servers send numeric IDs.
    pub(super) fn id(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.trim()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            _ => Cow::Borrowed(""),
        }
    }

    /// Returns the number, which may be written as a string.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_u64(),
            Self::Null | Self::Other(_) => None,
        }
    }

    /// Returns the value if it is an object.
    pub(super) fn object(&self) -> Option<Value> {
        match self {
            Self::Other(value) if value.is_object() => Some((**value).clone()),
            _ => None,
        }
    }

    /// Replaces a string by the one in `other`.
    pub(super) fn take_text(&mut self, other: Self) {
        if matches!((&*self, &other), (Self::Text(_), Self::Text(_))) {
            *self = other;
        }
    }

    /// Returns the object in the field `name` of this object.
    pub(super) fn object_field(&self, name: &str) -> Option<Value> {
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

    /// Returns whether this equals `value`.
    pub(super) fn equals(&self, value: &Value) -> bool {
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

    /// Returns the text as a field name.
    pub(super) fn into_key(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            _ => Cow::Borrowed(""),
        }
    }
}

impl<'a> FastJson<'a> for Lenient<'a> {
    #[inline]
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        *self = match reader.peek() {
            Some(b'"') => Self::Text(reader.string()?),
            Some(b'n') => {
                reader.consume("null")?;
                Self::Null
            }
            Some(b'{' | b'[') => {
                let mut value = Box::<Value>::default();
                value.read(reader)?;
                Self::Other(value)
            }
            _ => match reader.unsigned() {
                Some(number) => Self::Number(number.into()),
                None => serde_json::from_str(reader.raw()?).map_err(|_| Unsupported)?,
            },
        };
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Lenient<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor)
    }
}

struct LenientVisitor;

impl<'de> Visitor<'de> for LenientVisitor {
    type Value = Lenient<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Text(Cow::Owned(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Lenient<'de>, D::Error> {
        Lenient::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Lenient<'de>, E> {
        Ok(Lenient::other(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Lenient<'de>, E> {
        Ok(Lenient::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Lenient<'de>, E> {
        Ok(Lenient::other(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Lenient<'de>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Lenient::other)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Lenient<'de>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(fields)).map(Lenient::other)
    }
}

/// An object. A value of another type counts as absent. Boxed, because it is rare.
#[derive(Debug)]
pub(super) struct LenientObject<T>(pub(super) Option<Box<T>>);

impl<T> Default for LenientObject<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'a, T: FastJson<'a>> FastJson<'a> for LenientObject<T> {
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        if reader.peek() == Some(b'{') {
            return self.0.insert(Box::default()).read(reader);
        }
        self.0 = None;
        reader.raw().map(drop)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LenientObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let object = json.starts_with('{').then(|| serde_json::from_str(json));
        object.transpose().map(Self).map_err(D::Error::custom)
    }
}

/// The unknown fields of an object, without nulls.
#[derive(Debug, Default)]
pub(super) struct UnknownFields<'a>(pub(super) Vec<(Cow<'a, str>, Lenient<'a>)>);

impl<'a> UnknownFields<'a> {
    pub(super) fn push(&mut self, name: Cow<'a, str>, value: Lenient<'a>) {
        if !value.is_null() {
            self.0.push((name, value));
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Lenient<'a>> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Lenient<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}
