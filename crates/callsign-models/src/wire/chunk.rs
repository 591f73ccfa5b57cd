//! The shape of a reply, and of each piece of one that is streamed.
//!
//! A whole reply differs only in saying `message` where a piece says `delta`. The objects are
//! read by hand rather than by a derive: a field that stands there twice is no error, and fields
//! that are not known are kept. What is plain is read without `serde_json`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::loose::{Loose, Rest};
use super::plain::{NotPlain, Plain, Reader};
use super::usage::Bill;

#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Loose<'a>,
    pub(super) model: Loose<'a>,
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<Bill<'a>>,
    pub(super) error: Option<Box<Value>>,
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Loose<'a>,
    pub(super) delta: Option<Delta<'a>>,
    pub(super) message: Option<Delta<'a>>,
    pub(super) finish_reason: Loose<'a>,
    pub(super) error: Option<Box<Value>>,
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub(super) content: Loose<'a>,
    pub(super) refusal: Loose<'a>,
    pub(super) reasoning_content: Loose<'a>,
    pub(super) reasoning: Loose<'a>,
    pub(super) tool_calls: Option<Vec<Option<CallPiece<'a>>>>,
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default)]
pub(super) struct CallPiece<'a> {
    pub(super) index: Loose<'a>,
    pub(super) id: Loose<'a>,
    pub(super) function: Option<FunctionPiece<'a>>,
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default)]
pub(super) struct FunctionPiece<'a> {
    pub(super) name: Loose<'a>,
    pub(super) arguments: Option<Arguments<'a>>,
    pub(super) rest: Rest<'a>,
}

/// The arguments of a call: a text most of the time.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    /// As they came, because an object's very text is kept.
    pub(super) json: &'a str,
    /// The text, where it is one that can be read.
    pub(super) text: Option<Cow<'a, str>>,
}

impl<'a> Plain<'a> for Arguments<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
        (self.text, self.json) = reader.with_text(|reader| match reader.peek() {
            Some(b'"') => reader.string().map(Some),
            _ => reader.raw().map(|_| None),
        })?;
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let text = match json.starts_with('"').then(|| serde_json::from_str(json)) {
            Some(Ok(Loose::Text(text))) => Some(text),
            _ => None,
        };
        Ok(Self { json, text })
    }
}

/// An object of which some fields are known.
trait Object<'a>: Default {
    /// Reads the value of a field, and keeps it if the field is not known.
    fn read_field<F: Field<'a>>(&mut self, name: Cow<'a, str>, field: F) -> Result<(), F::Error>;
}

/// The value of a field, in whichever way it is read.
trait Field<'a> {
    type Error;

    fn read_to<T: Plain<'a> + Deserialize<'a>>(self, place: &mut T) -> Result<(), Self::Error>;

    fn skip(self) -> Result<(), Self::Error>;
}

impl<'a> Field<'a> for &mut Reader<'a> {
    type Error = NotPlain;

    #[inline]
    fn read_to<T: Plain<'a> + Deserialize<'a>>(self, place: &mut T) -> Result<(), NotPlain> {
        place.read(self)
    }

    #[inline]
    fn skip(self) -> Result<(), NotPlain> {
        self.raw().map(drop)
    }
}

/// A field that `serde_json` reads.
struct Entry<'f, A>(&'f mut A);

impl<'a, A: MapAccess<'a>> Field<'a> for Entry<'_, A> {
    type Error = A::Error;

    fn read_to<T: Plain<'a> + Deserialize<'a>>(self, place: &mut T) -> Result<(), A::Error> {
        *place = self.0.next_value()?;
        Ok(())
    }

    fn skip(self) -> Result<(), A::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }
}

/// The fields that are read, and after `skip` those that say nothing: what the object is, and
/// padding that hides how long a piece is.
macro_rules! object {
    ($object:ident: $($field:ident),*; skip $($skipped:literal),*) => {
        impl<'a> Object<'a> for $object<'a> {
            #[inline]
            fn read_field<F: Field<'a>>(
                &mut self,
                name: Cow<'a, str>,
                field: F,
            ) -> Result<(), F::Error> {
                match &*name {
                    $(stringify!($field) => field.read_to(&mut self.$field),)*
                    $($skipped => field.skip(),)*
                    _ => {
                        let mut value = Loose::Null;
                        field.read_to(&mut value)?;
                        self.rest.push(name, value);
                        Ok(())
                    }
                }
            }
        }

        impl<'a> Plain<'a> for $object<'a> {
            fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), NotPlain> {
                reader.object(|reader, name| self.read_field(name, reader))
            }
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $object<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(ObjectVisitor(PhantomData))
            }
        }
    };
}

object!(Chunk: id, model, choices, usage, error; skip "object", "obfuscation");
object!(Choice: index, delta, message, finish_reason, error; skip);
object!(Delta: content, refusal, reasoning_content, reasoning, tool_calls; skip "role");
object!(CallPiece: index, id, function; skip "type");
object!(FunctionPiece: name, arguments; skip);

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            object.read_field(name.into_key(), Entry(&mut fields))?;
        }
        Ok(object)
    }
}
