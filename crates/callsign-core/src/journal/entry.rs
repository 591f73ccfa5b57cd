//! The entries of a journal, as they are kept.

use serde::{Deserialize, Serialize};

use crate::words::content::Content;
use crate::words::error::ErrorKind;
use crate::words::finish::FinishReason;
use crate::words::id::{CallNumber, JournalKey};
use crate::words::limits::Limits;
use crate::words::message::{AssistantMessage, Message, UserMessage};
use crate::words::result::CallOutcome;
use crate::words::usage::Usage;

/// The version of the format that this crate writes. It grows when an older crate could no
/// longer read what a newer one wrote.
pub const FORMAT: u32 = 1;

/// One thing that happened in a conversation. Entries are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The journal was begun; always its first entry.
    Created {
        /// The version of the format, see [`FORMAT`].
        format: u32,
        /// The journal's identity, on which idempotency keys are built.
        key: JournalKey,
    },
    /// Messages from before this journal, mended so that they can be sent.
    History {
        /// The messages.
        messages: Vec<Message>,
    },
    /// A run began, or went on after its process ended.
    RunStarted(RunStarted),
    /// The user said something.
    User {
        /// What was said.
        message: UserMessage,
    },
    /// Items of the inbox were taken; their messages follow the ones before them.
    Taken {
        /// How many items of the inbox are taken by now, all together.
        upto: u64,
        /// What the user said in them.
        messages: Vec<UserMessage>,
    },
    /// The model replied.
    Assistant(RecordedReply),
    /// A call was about to be run. Repeatable calls need no such entry.
    Started {
        /// The call.
        call: CallNumber,
    },
    /// A call has its answer.
    Result {
        /// The call.
        call: CallNumber,
        /// How it went.
        outcome: CallOutcome,
        /// What the model hears of it.
        content: Content,
    },
    /// The run's time was over.
    OutOfTime {
        /// The text that the user may have seen of the reply that was being written.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
    /// The model failed, and with it the run.
    Failed {
        /// The kind of the error.
        kind: ErrorKind,
        /// The error, in one line.
        message: String,
        /// The text that had come by then.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
    /// The run was cancelled: its future was dropped.
    Cancelled {
        /// The text that the user may have seen of the reply that was being written.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
}

/// What a run was begun with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunStarted {
    /// When, in milliseconds since 1970 (UTC).
    pub at: u64,
    /// The run's bounds.
    pub limits: Limits,
    /// The standing instructions; `None` where they are those of the run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The agent's tools; `None` where they are those of the run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<RecordedTool>>,
}

/// What the journal keeps of a tool, so that a later process can tell what a call meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedTool {
    /// The tool's name.
    pub name: String,
    /// A digest of its JSON schema, to see whether it changed.
    pub schema: String,
    /// Whether a call that was begun and not finished may be begun again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
    /// Calls of it that run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

/// A model's reply, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedReply {
    /// What the model said; the arguments of its calls as they arrived.
    pub message: AssistantMessage,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The service's id of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl RunStarted {
    /// A run that began at this time, in milliseconds since 1970, with these bounds.
    #[must_use]
    pub fn new(at: u64, limits: Limits) -> Self {
        Self { at, limits, instructions: None, tools: None }
    }
}

impl RecordedTool {
    /// A tool of this name, with this digest of its schema.
    pub fn new(name: impl Into<String>, schema: impl Into<String>) -> Self {
        let (name, schema) = (name.into(), schema.into());
        Self { name, schema, repeatable: false, concurrency: None }
    }
}

impl RecordedReply {
    /// A reply that said this and ended for this reason.
    #[must_use]
    pub fn new(message: AssistantMessage, finish_reason: FinishReason) -> Self {
        Self { message, finish_reason, usage: None, response_id: None, model: None }
    }
}
