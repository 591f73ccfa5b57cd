//! The shape of a reply, and of each piece of one that is streamed.
//!
//! A whole reply differs only in saying `message` where a piece says `delta`. The objects are
//! read by hand rather than by a derive: a field that stands there twice is no error, fields
//! that are not known are kept, and a piece is read in half the time.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::loose::{Loose, Rest};

#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Loose<'a>,
    pub(super) model: Loose<'a>,
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<&'a RawValue>,
    pub(super) error: Option<Box<Value>>,
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Loose<'a>,
    /// Boxed as the next is, because choices are moved about.
    pub(super) delta: Option<Box<Delta<'a>>>,
    pub(super) message: Option<Box<Delta<'a>>>,
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
    /// A text most of the time; as it came, because an object's very text is kept.
    pub(super) arguments: Option<&'a RawValue>,
    pub(super) rest: Rest<'a>,
}

/// An object of which some fields are known.
trait Object<'de>: Default {
    /// Reads the value of this field, if it is a known one; answers whether it was.
    fn read<A: MapAccess<'de>>(&mut self, name: &str, fields: &mut A) -> Result<bool, A::Error>;

    /// Where the other fields go.
    fn rest(&mut self) -> &mut Rest<'de>;
}

/// The fields that are read, and after `skip` those that say nothing: what the object is, and
/// padding that hides how long a piece is.
macro_rules! object {
    ($object:ident: $($field:ident),*; skip $($skipped:literal),*) => {
        impl<'de> Object<'de> for $object<'de> {
            fn read<A: MapAccess<'de>>(
                &mut self,
                name: &str,
                fields: &mut A,
            ) -> Result<bool, A::Error> {
                match name {
                    $(stringify!($field) => self.$field = fields.next_value()?,)*
                    $($skipped => drop(fields.next_value::<IgnoredAny>()?),)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn rest(&mut self) -> &mut Rest<'de> {
                &mut self.rest
            }
        }

        impl<'de> Deserialize<'de> for $object<'de> {
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
            let name = name.into_key();
            if !object.read(&name, &mut fields)? {
                let value = fields.next_value()?;
                object.rest().push(name, value);
            }
        }
        Ok(object)
    }
}
