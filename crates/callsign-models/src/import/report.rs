//! What was changed in a history so that it can be sent.

use std::fmt;

use callsign_core::journal::repair::Mend;

/// One thing that was changed in a history so that it can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// The position of the message in the given list, counted from 0.
    pub at: usize,
    /// What was changed.
    pub kind: RepairKind,
}

/// What was changed in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepairKind {
    /// An entry that is no object was left out.
    NotAMessage,
    /// A message of a role that is not known was left out: the role, empty where there is none.
    UnknownRole {
        /// The role.
        role: String,
    },
    /// A message was kept in the role that its own one, or its fields, stand for.
    RoleKeptAs {
        /// The role that it had, empty where there is none.
        given: String,
        /// The role that it has now.
        role: &'static str,
    },
    /// A message that says nothing was left out.
    EmptyMessage,
    /// A field was left out, for which there is no place.
    FieldLeftOut {
        /// The field's name; behind a dot where it is that of a part.
        field: String,
    },
    /// A part of a content was left out, which is not such as the role or the part's kind has.
    PartLeftOut {
        /// The part's kind, empty where there is none.
        kind: String,
    },
    /// A content that was neither a text nor a list was kept as its JSON.
    ContentAsText,
    /// A call that is no object was left out.
    NotACall,
    /// A call of a tool that takes a text became that of a function, with the text as its argument
    /// `input`.
    CustomCall {
        /// The tool's name, as it was.
        name: String,
    },
    /// A result without an id was taken for that of the nearest call without a result.
    ResultMatched {
        /// The id of the call, as it was.
        id: String,
    },
    /// The result of no call was left out.
    OrphanResult {
        /// The id of the call that it names.
        id: String,
    },
    /// A call without a result got one, which says so.
    MissingResult {
        /// The id of the call, as it is now.
        id: String,
    },
    /// A result that stood elsewhere was put behind its call.
    MovedResult {
        /// The id of the call, as it is now.
        id: String,
    },
    /// A call, and its result, got another id, because it had none or an earlier call's.
    Id {
        /// The id that it had, empty where there is none.
        given: String,
        /// The id that it has now.
        now: String,
    },
    /// A call's name has only characters now that services take.
    Name {
        /// The name that it had.
        given: String,
        /// The name that it has now.
        now: String,
    },
    /// A call's arguments were no JSON object, and are an empty one now.
    Arguments {
        /// The text that they were.
        given: String,
    },
    /// Something was mended that this version has no word for.
    Other {
        /// It, in core's words.
        what: String,
    },
}

impl From<Mend> for RepairKind {
    fn from(mend: Mend) -> Self {
        match mend {
            Mend::EmptyMessage => Self::EmptyMessage,
            Mend::OrphanResult { id } => Self::OrphanResult { id },
            Mend::MissingResult { id } => Self::MissingResult { id },
            Mend::MovedResult { id } => Self::MovedResult { id },
            Mend::Id { given, now } => Self::Id { given, now },
            Mend::Name { given, now } => Self::Name { given, now },
            Mend::Arguments { given } => Self::Arguments { given },
            other => Self::Other { what: format!("{other:?}") },
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}: {}", self.at, self.kind)
    }
}

impl fmt::Display for RepairKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage => f.write_str("left out, because it is no object"),
            Self::UnknownRole { role } => {
                write!(f, "left out, because its role `{role}` is not known")
            }
            Self::RoleKeptAs { given, role } => {
                write!(f, "its role `{given}` was taken for `{role}`")
            }
            Self::EmptyMessage => f.write_str("left out, because it says nothing"),
            Self::FieldLeftOut { field } => {
                write!(f, "its field `{field}` was left out: there is no place for it")
            }
            Self::PartLeftOut { kind } => write!(f, "a part of kind `{kind}` was left out"),
            Self::ContentAsText => {
                f.write_str("its content is neither a text nor a list, and was kept as JSON")
            }
            Self::NotACall => f.write_str("a call was left out, because it is no object"),
            Self::CustomCall { name } => {
                write!(f, "the custom call of {name:?} became a function's, its text as `input`")
            }
            Self::ResultMatched { id } => {
                write!(f, "a result without an id was taken for that of the call `{id}`")
            }
            Self::OrphanResult { id } => {
                write!(f, "left out, because it is the result of no call (`{id}`)")
            }
            Self::MissingResult { id } => {
                write!(f, "the call `{id}` has no result, and got one that says so")
            }
            Self::MovedResult { id } => {
                write!(f, "the result was put behind its call `{id}`")
            }
            Self::Id { given, now } => write!(f, "the id `{given}` of a call became `{now}`"),
            Self::Name { given, now } => {
                write!(f, "the name {given:?} of a call became `{now}`")
            }
            Self::Arguments { given } => {
                let shown: String = given.chars().take(80).collect();
                write!(f, "the arguments {shown:?} of a call are no object, and became empty")
            }
            Self::Other { what } => f.write_str(what),
        }
    }
}
