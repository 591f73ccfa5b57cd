//! The status of a tool call, and results that arrive late.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::Content;
use super::id::{CallIndex, JournalKey};
use super::redacted::Redacted;

/// The result of a call that arrived after the call had timed out or its run had ended.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LateToolResult {
    /// The identity of the journal that contains the call. If the conversation was renamed or
    /// deleted, a new conversation with the same id does not receive the result.
    pub key: JournalKey,
    /// The index of the call.
    pub call: CallIndex,
    /// The tool's name.
    pub tool: String,
    /// The status of the call.
    #[serde(rename = "outcome")]
    pub status: ToolCallStatus,
    /// The complete result.
    pub content: Content,
    /// How many bytes of the result the model receives; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<u64>,
    /// Metadata for the caller only. The journal keeps it, and no model receives it.
    #[serde(rename = "private", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

impl LateToolResult {
    /// Creates a late result of a call, for the conversation whose journal has this key.
    pub fn new(
        key: JournalKey,
        call: CallIndex,
        tool: impl Into<String>,
        status: ToolCallStatus,
        content: impl Into<Content>,
    ) -> Self {
        let (tool, content) = (tool.into(), content.into());
        Self { key, call, tool, status, content, shown: None, metadata: None }
    }
}

// The metadata is for the caller only, and `Debug` output ends up in logs.
impl fmt::Debug for LateToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, call, tool, status, content, shown, metadata } = self;
        f.debug_struct("LateToolResult")
            .field("key", key)
            .field("call", call)
            .field("tool", tool)
            .field("status", status)
            .field("content", content)
            .field("shown", shown)
            .field("metadata", &Redacted::of(metadata.as_ref()))
            .finish()
    }
}

/// The status of a tool call that has a result. Every status comes with a result for the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolCallStatus {
    /// The tool returned a value.
    #[default]
    #[serde(rename = "answered")]
    Success,
    /// The tool returned an error that is visible to the model.
    #[serde(rename = "told")]
    Error,
    /// The tool asked the model to fix the call and try again.
    #[serde(rename = "retry")]
    RetryRequested,
    /// The tool failed with a private error.
    Failed,
    /// The tool failed with an error that ends the run.
    Fatal,
    /// No tool has this name.
    UnknownTool,
    /// The arguments were not valid JSON, or did not match the tool's schema.
    InvalidArguments,
    /// The tool panicked.
    Panicked,
    /// A repeatable tool exceeded its timeout.
    TimedOut,
    /// The run was cancelled or timed out before the call had a result. The tool had not started, or
    /// is repeatable: an idempotent tool may have had its effect.
    Cancelled,
    /// The tool started, but it is unknown whether it had an effect.
    Unknown,
    /// The call did not run, because the response was truncated or a limit was reached.
    NotRun,
    /// A policy or a human denied the call.
    Denied,
    /// The call waited for approval when the user sent another message.
    #[serde(rename = "withdrawn")]
    Superseded,
    /// The call had no result in the conversation that this one was forked or imported from.
    #[serde(rename = "not_carried_over")]
    Discarded,
    /// The call delivered the run's output.
    #[serde(rename = "accepted")]
    OutputAccepted,
}

impl ToolCallStatus {
    /// Returns whether the call failed in a way that counts for
    /// [`Limits::max_consecutive_failures`](super::limits::Limits::max_consecutive_failures).
    ///
    /// A visible error does not count: it is a result.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::RetryRequested
                | Self::Failed
                | Self::Fatal
                | Self::UnknownTool
                | Self::InvalidArguments
                | Self::Panicked
                | Self::TimedOut
                | Self::Unknown
        )
    }

    /// Returns whether the tool returned a value.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Success
    }
}
