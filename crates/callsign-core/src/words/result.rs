//! How a tool call went.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::Content;
use super::hidden::Hidden;
use super::id::{CallNumber, JournalKey};

/// The result of a call that came when nobody waited for it any longer: its time was over, or
/// its run was gone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LateResult {
    /// The identity of the journal that the call belongs to. Another conversation of the same
    /// name, begun after that one was renamed or deleted, does not take the result.
    pub key: JournalKey,
    /// The call.
    pub call: CallNumber,
    /// The tool.
    pub tool: String,
    /// How it went.
    pub outcome: CallOutcome,
    /// What the tool said, whole.
    pub content: Content,
    /// How many bytes of it the model sees, where that is not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<u64>,
    /// What only the caller gets: it is kept in the journal, and the model never sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<Value>,
}

impl LateResult {
    /// This result of this call of a tool, in the conversation whose journal has this identity.
    pub fn new(
        key: JournalKey,
        call: CallNumber,
        tool: impl Into<String>,
        outcome: CallOutcome,
        content: impl Into<Content>,
    ) -> Self {
        let (tool, content) = (tool.into(), content.into());
        Self { key, call, tool, outcome, content, shown: None, private: None }
    }
}

impl fmt::Debug for LateResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, call, tool, outcome, content, shown, private } = self;
        f.debug_struct("LateResult")
            .field("key", key)
            .field("call", call)
            .field("tool", tool)
            .field("outcome", outcome)
            .field("content", content)
            .field("shown", shown)
            .field("private", &Hidden::of(private.as_ref()))
            .finish()
    }
}

/// How a call went. Whatever it was, the model got an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallOutcome {
    /// The tool returned a value.
    #[default]
    Answered,
    /// The tool returned an error that is meant for the model.
    Told,
    /// The tool asked the model to mend the call and try again.
    Retry,
    /// The tool failed in a way that is none of the model's business.
    Failed,
    /// The tool failed in a way that ends the run.
    Fatal,
    /// There is no tool of that name.
    UnknownTool,
    /// The arguments were not JSON, or not what the tool's schema asks for.
    InvalidArguments,
    /// The tool panicked.
    Panicked,
    /// The tool took longer than it may, and it is safe to call it again.
    TimedOut,
    /// The run was cancelled, or its time ran out, before the tool had done anything.
    Cancelled,
    /// The tool had been started and whether it did its work is not known.
    Unknown,
    /// The call was not run, because its reply was cut off or a limit was reached.
    NotRun,
    /// A policy or a person denied the call.
    Denied,
    /// The call waited for a person's approval, and the user said something else meanwhile.
    Withdrawn,
    /// The call was open in the conversation that this one was forked or imported from.
    NotCarriedOver,
    /// The call gave the run's answer.
    Accepted,
}

impl CallOutcome {
    /// Whether something went wrong that calling again in the same way will not mend: the
    /// faults that [`Limits::tool_faults`](super::limits::Limits::tool_faults) counts.
    ///
    /// An error that the tool told the model is not one of them: it is an answer.
    #[must_use]
    pub fn is_fault(self) -> bool {
        matches!(
            self,
            Self::Retry
                | Self::Failed
                | Self::Fatal
                | Self::UnknownTool
                | Self::InvalidArguments
                | Self::Panicked
                | Self::TimedOut
                | Self::Unknown
        )
    }

    /// Whether the tool returned a value.
    #[must_use]
    pub fn is_answered(self) -> bool {
        self == Self::Answered
    }
}
