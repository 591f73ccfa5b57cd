//! The repairs that make a history acceptable to a provider.

use std::fmt;

/// A repair of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// An entry that is not an object was dropped.
    NotAMessage,
    /// A message with an unknown role was dropped.
    UnknownRole {
        /// The role; empty if absent.
        role: String,
    },
    /// The role of a message was changed to the one that its name or its fields indicate.
    RoleKeptAs {
        /// The original role; empty if absent.
        given: String,
        /// The new role.
        role: &'static str,
    },
    /// An empty message was dropped.
    EmptyMessage,
    /// An unsupported field was dropped.
    FieldLeftOut {
        /// The name of the field. A field of a part is prefixed with the part's type and a dot.
        field: String,
    },
    /// A part was dropped, because its type is invalid or not supported for the role.
    PartLeftOut {
        /// The part's type; empty if absent.
        kind: String,
    },
    /// Content that is neither a string nor an array was converted to JSON text.
    ContentAsText,
    /// A tool call that is not an object was dropped.
    NotACall,
    /// A custom tool call was converted to a function call. Its text became the argument `input`.
    CustomCall {
        /// The original name of the tool.
        name: String,
    },
    /// A result without an id was matched to the nearest call without a result.
    ResultMatched {
        /// The original id of the call.
        id: String,
    },
    /// A result without a matching call was dropped.
    OrphanResult {
        /// The call id of the result.
        id: String,
    },
    /// A placeholder result was added for a call without a result.
    MissingResult {
        /// The new id of the call.
        id: String,
    },
    /// A result was moved after the message with its call.
    MovedResult {
        /// The new id of the call.
        id: String,
    },
    /// The id of a call and its result was replaced, because it was missing or already used.
    Id {
        /// The original id; empty if absent.
        given: String,
        /// The new id.
        now: String,
    },
    /// Characters of a tool's name that providers reject were replaced.
    Name {
        /// The original name.
        given: String,
        /// The new name.
        now: String,
    },
    /// The arguments of a call were not a JSON object and were replaced by an empty one.
    Arguments {
        /// The original arguments.
        given: String,
    },
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage => f.write_str("dropped: not an object"),
            Self::UnknownRole { role } => write!(f, "dropped: unknown role `{role}`"),
            Self::RoleKeptAs { given, role } => write!(f, "role `{given}` changed to `{role}`"),
            Self::EmptyMessage => f.write_str("dropped: empty message"),
            Self::FieldLeftOut { field } => write!(f, "field `{field}` dropped: not supported"),
            Self::PartLeftOut { kind } => write!(f, "part of type `{kind}` dropped: not supported"),
            Self::ContentAsText => {
                f.write_str("content is neither a string nor an array: converted to JSON text")
            }
            Self::NotACall => f.write_str("tool call dropped: not an object"),
            Self::CustomCall { name } => {
                write!(f, "custom tool call {name:?} converted to a function call")
            }
            Self::ResultMatched { id } => write!(f, "result without an id matched to call `{id}`"),
            Self::OrphanResult { id } => write!(f, "dropped: result without a call (`{id}`)"),
            Self::MissingResult { id } => write!(f, "call `{id}` has no result: placeholder added"),
            Self::MovedResult { id } => write!(f, "result moved after its call `{id}`"),
            Self::Id { given, now } => write!(f, "call id `{given}` changed to `{now}`"),
            Self::Name { given, now } => write!(f, "tool name {given:?} changed to `{now}`"),
            Self::Arguments { given } => {
                let shown: String = given.chars().take(80).collect();
                write!(f, "arguments {shown:?} are not a JSON object: replaced by an empty one")
            }
        }
    }
}
