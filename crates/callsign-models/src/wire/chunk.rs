//! The shape of a reply, and of each piece of one that is streamed.
//!
//! A whole reply differs only in saying `message` where a piece says `delta`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::loose::{Loose, Rest};

#[derive(Debug, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) id: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) model: Loose<'a>,
    /// Says what this is, which is known.
    #[serde(default, rename = "object")]
    _object: IgnoredAny,
    #[serde(borrow, default)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    pub(super) usage: Option<Value>,
    #[serde(default)]
    pub(super) error: Option<Value>,
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow, default)]
    pub(super) index: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) message: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Loose<'a>,
    #[serde(default)]
    pub(super) error: Option<Value>,
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Delta<'a> {
    /// It is the assistant's, however it is spelled.
    #[serde(default, rename = "role")]
    _role: IgnoredAny,
    #[serde(borrow, default)]
    pub(super) content: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) tool_calls: Option<Vec<Option<CallPiece<'a>>>>,
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CallPiece<'a> {
    #[serde(borrow, default)]
    pub(super) index: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) id: Loose<'a>,
    /// `function`, where it is there at all.
    #[serde(default, rename = "type")]
    _kind: IgnoredAny,
    #[serde(borrow, default)]
    pub(super) function: Option<FunctionPiece<'a>>,
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct FunctionPiece<'a> {
    #[serde(borrow, default)]
    pub(super) name: Loose<'a>,
    /// A text most of the time; as it came, because an object's very text is kept.
    #[serde(borrow, default)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}
