//! JSON structure of a response and of each chunk of a streamed response.
//!
//! A response that is not streamed has `message` instead of `delta`. The implementations are not
//! derived, because duplicate fields are accepted and unknown fields are kept. Common input is
//! parsed by [`fast_json`](super::fast_json) instead of `serde_json`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::fast_json::{FastJson, FastReader, Unsupported};
use super::lenient::{Lenient, LenientObject, UnknownFields};
use super::usage::UsageField;

#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Lenient<'a>,
    pub(super) model: Lenient<'a>,
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<UsageField<'a>>,
    pub(super) error: Option<Box<Value>>,
    pub(super) unknown: UnknownFields<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Lenient<'a>,
    pub(super) delta: Option<Delta<'a>>,
    pub(super) message: Option<Delta<'a>>,
    /// The text, as in the older completions API.
    pub(super) text: Lenient<'a>,
    pub(super) finish_reason: Lenient<'a>,
    pub(super) error: Option<Box<Value>>,
    pub(super) unknown: UnknownFields<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    pub(super) content: Lenient<'a>,
    pub(super) refusal: Lenient<'a>,
    pub(super) reasoning_content: Lenient<'a>,
    pub(super) reasoning: Lenient<'a>,
    pub(super) tool_calls: Option<Vec<Option<DeltaToolCall<'a>>>>,
    /// The only call, as in the API before tools.
    pub(super) function_call: LenientObject<DeltaFunction<'a>>,
    pub(super) unknown: UnknownFields<'a>,
}

impl<'a> Chunk<'a> {
    /// Replaces the texts that arrive in pieces by those of `other`, which has the same structure.
    pub(super) fn take_pieces(&mut self, other: Chunk<'a>) {
        let (ours, theirs) = (self.choices.iter_mut().flatten(), other.choices.into_iter());
        for (ours, theirs) in ours.zip(theirs.flatten()) {
            ours.text = theirs.text;
            let deltas = [(&mut ours.delta, theirs.delta), (&mut ours.message, theirs.message)];
            for (ours, theirs) in deltas {
                if let (Some(ours), Some(theirs)) = (ours, theirs) {
                    ours.take_pieces(theirs);
                }
            }
        }
    }
}

impl<'a> Delta<'a> {
    /// Converts a `function_call` into a tool call without an id. If both are present, they are the
    /// same call.
    pub(super) fn convert_function_call(&mut self) {
        if let Some(function) = self.function_call.0.take()
            && !self.has_calls()
        {
            let call = DeltaToolCall { function: Some(*function), ..DeltaToolCall::default() };
            self.tool_calls = Some(vec![Some(call)]);
        }
    }

    fn take_pieces(&mut self, other: Self) {
        for (ours, theirs) in [
            (&mut self.content, other.content),
            (&mut self.refusal, other.refusal),
            (&mut self.reasoning_content, other.reasoning_content),
            (&mut self.reasoning, other.reasoning),
        ] {
            ours.take_text(theirs);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.function_call.0, other.function_call.0) {
            ours.take_arguments(*theirs);
        }
        let ours = self.tool_calls.iter_mut().flatten().flatten();
        // Both have the same items, so the pairs are the same.
        for (ours, theirs) in ours.zip(other.tool_calls.into_iter().flatten().flatten()) {
            if let (Some(ours), Some(theirs)) = (&mut ours.custom.0, theirs.custom.0) {
                ours.input.take_text(theirs.input);
            }
            if let (Some(ours), Some(theirs)) = (&mut ours.function, theirs.function) {
                ours.take_arguments(theirs);
            }
        }
    }

    /// Returns whether it has no text and no part of a tool call.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_text() && !self.has_reasoning() && !self.has_calls()
    }

    /// Returns whether it has text or a refusal.
    pub(super) fn has_text(&self) -> bool {
        self.content.has_content() || self.refusal.has_content()
    }

    /// Returns whether it has reasoning.
    pub(super) fn has_reasoning(&self) -> bool {
        self.reasoning_content.has_content() || self.reasoning.has_content()
    }

    /// Returns whether it has a part of a tool call.
    pub(super) fn has_calls(&self) -> bool {
        self.tool_calls.as_ref().is_some_and(|calls| calls.iter().any(Option::is_some))
    }
}

#[derive(Debug, Default)]
pub(super) struct DeltaToolCall<'a> {
    pub(super) index: Lenient<'a>,
    pub(super) id: Lenient<'a>,
    pub(super) function: Option<DeltaFunction<'a>>,
    pub(super) custom: LenientObject<DeltaCustom<'a>>,
    pub(super) unknown: UnknownFields<'a>,
}

#[derive(Debug, Default)]
pub(super) struct DeltaFunction<'a> {
    pub(super) name: Lenient<'a>,
    pub(super) arguments: Option<RawArguments<'a>>,
    pub(super) unknown: UnknownFields<'a>,
}

impl<'a> DeltaFunction<'a> {
    fn take_arguments(&mut self, other: Self) {
        let theirs = other.arguments.filter(|arguments| arguments.text.is_some());
        if let (Some(ours), Some(theirs)) = (&mut self.arguments, theirs) {
            *ours = theirs;
        }
    }
}

/// The call of a custom tool, whose input is a text instead of JSON.
#[derive(Debug, Default)]
pub(super) struct DeltaCustom<'a> {
    pub(super) name: Lenient<'a>,
    pub(super) input: Lenient<'a>,
    pub(super) unknown: UnknownFields<'a>,
}

/// The arguments of a tool call. They should be a string; some providers send an object.
#[derive(Debug, Default)]
pub(super) struct RawArguments<'a> {
    /// The raw JSON. An object is kept exactly as the provider wrote it.
    pub(super) json: &'a str,
    /// The decoded string; `None` if it is not a string or cannot be decoded.
    pub(super) text: Option<Cow<'a, str>>,
}

impl<'a> FastJson<'a> for RawArguments<'a> {
    fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
        (self.text, self.json) = reader.with_raw(|reader| match reader.peek() {
            Some(b'"') => reader.string().map(Some),
            _ => reader.raw().map(|_| None),
        })?;
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawArguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let text = match json.starts_with('"').then(|| serde_json::from_str(json)) {
            Some(Ok(Lenient::Text(text))) => Some(text),
            _ => None,
        };
        Ok(Self { json, text })
    }
}

/// An object with known fields.
trait ObjectFields<'a>: Default {
    /// Reads the value of the field `name`. Unknown fields are kept.
    fn read_field<F: FieldValue<'a>>(
        &mut self,
        name: Cow<'a, str>,
        field: F,
    ) -> Result<(), F::Error>;
}

/// The value of a field, read by either parser.
trait FieldValue<'a> {
    type Error;

    fn read_to<T: FastJson<'a> + Deserialize<'a>>(self, target: &mut T) -> Result<(), Self::Error>;

    fn skip(self) -> Result<(), Self::Error>;
}

impl<'a> FieldValue<'a> for &mut FastReader<'a> {
    type Error = Unsupported;

    #[inline]
    fn read_to<T: FastJson<'a> + Deserialize<'a>>(self, target: &mut T) -> Result<(), Unsupported> {
        target.read(self)
    }

    #[inline]
    fn skip(self) -> Result<(), Unsupported> {
        self.raw().map(drop)
    }
}

/// A field value that `serde_json` parses.
struct SerdeField<'f, A>(&'f mut A);

impl<'a, A: MapAccess<'a>> FieldValue<'a> for SerdeField<'_, A> {
    type Error = A::Error;

    fn read_to<T: FastJson<'a> + Deserialize<'a>>(self, target: &mut T) -> Result<(), A::Error> {
        *target = self.0.next_value()?;
        Ok(())
    }

    fn skip(self) -> Result<(), A::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }
}

/// Implements both parsers for an object. The fields after `skip` carry no information: the type
/// of the object, and padding that hides the length of a chunk (`obfuscation`).
macro_rules! object {
    ($object:ident: $($field:ident),*; skip $($skipped:literal),*) => {
        impl<'a> ObjectFields<'a> for $object<'a> {
            #[inline]
            fn read_field<F: FieldValue<'a>>(
                &mut self,
                name: Cow<'a, str>,
                field: F,
            ) -> Result<(), F::Error> {
                match &*name {
                    $(stringify!($field) => field.read_to(&mut self.$field),)*
                    $($skipped => field.skip(),)*
                    _ => {
                        let mut value = Lenient::Null;
                        field.read_to(&mut value)?;
                        self.unknown.push(name, value);
                        Ok(())
                    }
                }
            }
        }

        impl<'a> FastJson<'a> for $object<'a> {
            fn read(&mut self, reader: &mut FastReader<'a>) -> Result<(), Unsupported> {
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
object!(Choice: index, delta, message, text, finish_reason, error; skip);
object!(Delta: content, refusal, reasoning_content, reasoning, tool_calls, function_call; skip "role");
object!(DeltaToolCall: index, id, function, custom; skip "type");
object!(DeltaFunction: name, arguments; skip);
object!(DeltaCustom: name, input; skip);

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: ObjectFields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(name) = fields.next_key::<Lenient<'de>>()? {
            object.read_field(name.into_key(), SerdeField(&mut fields))?;
        }
        Ok(object)
    }
}
