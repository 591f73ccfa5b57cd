//! Events of a model's response and of a run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::approval::ApprovalRequest;
use super::content::Content;
use super::finish_reason::FinishReason;
use super::id::CallIndex;
use super::message::{AssistantMessage, ToolCall};
use super::redacted::Redacted;
use super::serialization::{arc_str, millis, option_arc_str};
use super::tool_status::ToolCallStatus;
use super::usage::Usage;

/// One event of a model's response.
///
/// A response consists of any number of deltas, then its complete tool calls, then
/// [`Finished`](Self::Finished). A stream that ends without `Finished` was cut off, and none of
/// its calls runs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelEvent {
    /// A piece of the text.
    TextDelta(String),
    /// A piece of the reasoning.
    ReasoningDelta(String),
    /// A piece of the explanation of a refusal.
    RefusalDelta(String),
    /// A piece of a tool call, for display. No call runs from it.
    ToolCallDelta(ToolCallDelta),
    /// A complete tool call.
    ToolCall(ToolCall),
    /// The request is retried, because an attempt failed. What came before it is discarded: that is
    /// nothing, unless the request is [restartable](crate::request::Request::restartable).
    Retrying(RetryNotice),
    /// The response is complete.
    Finished(Box<ResponseEnd>),
}

/// A retry notice: the next attempt, the delay before it and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RetryNotice {
    /// The number of the next attempt, counted from 1. The first retry is attempt 2.
    pub attempt: u32,
    /// The delay before the next attempt. Serialized as `after_ms`, in whole milliseconds.
    #[serde(rename = "after_ms", serialize_with = "millis::serialize")]
    pub after: Duration,
    /// The error of the last attempt, in one line.
    pub reason: String,
}

impl RetryNotice {
    /// Creates a notice that attempt number `attempt` follows after a delay, because of `reason`.
    pub fn new(attempt: u32, after: Duration, reason: impl Into<String>) -> Self {
        Self { attempt, after, reason: reason.into() }
    }
}

/// A piece of a tool call that the model is generating.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ToolCallDelta {
    /// The position of the call in the response, counted from 0.
    pub index: usize,
    /// The tool's name, in the first piece only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A piece of the arguments' JSON text.
    pub arguments: String,
}

impl ToolCallDelta {
    /// Creates a piece of the call at position `index`.
    pub fn new(index: usize, name: Option<String>, arguments: impl Into<String>) -> Self {
        Self { index, name, arguments: arguments.into() }
    }
}

/// The metadata of a complete response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResponseEnd {
    /// Why the response ended.
    pub reason: FinishReason,
    /// The tokens used; `None` if the provider did not report them.
    pub usage: Option<Usage>,
    /// The provider's id of the response.
    pub response_id: Option<String>,
    /// The model that generated the response, as the provider names it.
    pub model: Option<String>,
    /// Unknown fields of the message, unchanged.
    pub message_extra: Map<String, Value>,
    /// Unknown fields of the response, unchanged.
    pub extra: Map<String, Value>,
    /// Response headers such as request ids and remaining rate limits. Names are in lower case.
    pub headers: Vec<(String, String)>,
}

impl ResponseEnd {
    /// Creates metadata with a finish reason only.
    #[must_use]
    pub fn new(reason: FinishReason) -> Self {
        Self {
            reason,
            usage: None,
            response_id: None,
            model: None,
            message_extra: Map::new(),
            extra: Map::new(),
            headers: Vec::new(),
        }
    }
}

/// A model's complete response to one request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelResponse {
    /// The message.
    pub message: AssistantMessage,
    /// Why the response ended.
    pub finish_reason: FinishReason,
    /// The tokens used; `None` if the provider did not report them.
    pub usage: Option<Usage>,
    /// The provider's id of the response.
    pub response_id: Option<String>,
    /// The model that generated the response, as the provider names it.
    pub model: Option<String>,
    /// Unknown fields of the response, unchanged.
    pub extra: Map<String, Value>,
    /// Response headers such as request ids and remaining rate limits. Names are in lower case.
    pub headers: Vec<(String, String)>,
}

impl ModelResponse {
    /// Combines an accumulated message with the metadata of its response.
    #[doc(hidden)]
    pub fn new(mut message: AssistantMessage, finished: ResponseEnd) -> Self {
        message.extra = finished.message_extra;
        Self {
            message,
            finish_reason: finished.reason,
            usage: finished.usage,
            response_id: finished.response_id,
            model: finished.model,
            extra: finished.extra,
            headers: finished.headers,
        }
    }

    /// Returns the text of the response.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.message.text
    }

    /// Returns whether the response is truncated: a token limit was reached, the content filter
    /// blocked the rest, or the provider gave no finish reason.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.finish_reason.is_cut()
    }
}

/// One event of a run.
///
/// Serializes as an object with the fields `type` and `data`, such as
/// `{"type":"text_delta","data":"Hello"}`. [`ToolCallEnded::metadata`] and
/// [`ToolCallEnded::error`] are included: remove them before an event is sent to an end user.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A turn started: a request is sent to the model.
    TurnStarted {
        /// The number of the turn in this run, counted from 1.
        turn: u32,
    },
    /// A piece of the text.
    TextDelta(String),
    /// A piece of the reasoning.
    ReasoningDelta(String),
    /// A piece of the explanation of a refusal.
    RefusalDelta(String),
    /// A piece of a tool call that the model is generating.
    ToolCallDelta(ToolCallDelta),
    /// The request is retried, because an attempt failed before a subscriber had received a part of its response.
    Retrying(RetryNotice),
    /// The model's response is complete.
    TurnEnded {
        /// Why the response ended.
        finish_reason: FinishReason,
        /// The tokens used; `None` if the provider did not report them.
        #[serde(skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
    /// A tool call starts, or gets its result without running. Precedes the call's
    /// [`ToolResult`](Self::ToolResult). Calls that start together are announced together, in the
    /// order of the response.
    ToolCall(ToolCallStarted),
    /// A tool call reported its progress.
    ToolProgress(ToolProgress),
    /// A tool call has ended.
    ToolResult(ToolCallEnded),
    /// A tool call waits for human approval.
    ApprovalRequested(ApprovalRequest),
    /// The history was compacted.
    Compacted {
        /// The estimated tokens before the compaction.
        before: u64,
        /// The estimated tokens after the compaction.
        after: u64,
    },
    /// The conversation was handed off to another agent.
    HandedOff {
        /// The agent's name.
        #[serde(serialize_with = "arc_str")]
        to: Arc<str>,
    },
    /// An event of a sub-agent's run.
    SubAgent(SubAgentEvent),
    /// The model's output was rejected, and the model is asked to correct it.
    OutputRejected {
        /// What is wrong with the output, as returned to the model.
        reason: String,
    },
}

/// An event of a run that a tool call of this run has started: a sub-agent's, at any depth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SubAgentEvent {
    /// The calls that lead to the run, outermost first. Each index counts in its own conversation.
    pub path: Vec<CallIndex>,
    /// The name of the agent; empty if it has none.
    #[serde(serialize_with = "arc_str")]
    pub agent: Arc<str>,
    /// The event. It is never a [`SubAgent`](Event::SubAgent) event itself.
    pub event: Box<Event>,
}

/// The result of a sub-agent's tool call, for the caller of the parent run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SubAgentResult {
    /// The calls that lead to the sub-agent's run, outermost first. Each index counts in its own
    /// conversation.
    pub path: Vec<CallIndex>,
    /// The name of the agent; empty if it has none.
    #[serde(serialize_with = "arc_str")]
    pub agent: Arc<str>,
    /// The result.
    pub result: ToolCallEnded,
}

impl SubAgentEvent {
    /// Creates an event of a run of `agent` that `call` has started.
    pub fn new(call: CallIndex, agent: impl Into<Arc<str>>, event: Event) -> Self {
        match event {
            // The path grows at its front on the way to the outermost run.
            Event::SubAgent(mut inner) => {
                inner.path.insert(0, call);
                inner
            }
            event => Self { path: vec![call], agent: agent.into(), event: Box::new(event) },
        }
    }
}

impl SubAgentResult {
    /// Creates the result of a call in a run of `agent` that `call` has started.
    pub fn new(call: CallIndex, agent: impl Into<Arc<str>>, result: ToolCallEnded) -> Self {
        Self { path: vec![call], agent: agent.into(), result }
    }
}

/// A progress report of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolProgress {
    /// The index of the call in its conversation.
    pub index: CallIndex,
    /// The tool's name.
    #[serde(serialize_with = "arc_str")]
    pub name: Arc<str>,
    /// The report.
    pub content: Content,
}

/// The start of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolCallStarted {
    /// The index of the call in its conversation.
    pub index: CallIndex,
    /// The id of the call, which is unique in its conversation.
    #[serde(serialize_with = "arc_str")]
    pub call_id: Arc<str>,
    /// The tool's name.
    #[serde(serialize_with = "arc_str")]
    pub name: Arc<str>,
    /// The arguments' JSON text, after repair and after changes by policies or people.
    #[serde(serialize_with = "arc_str")]
    pub arguments: Arc<str>,
}

/// The end of a tool call.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ToolCallEnded {
    /// The index of the call in its conversation.
    pub index: CallIndex,
    /// The id of the call, which is unique in its conversation.
    #[serde(serialize_with = "arc_str")]
    pub call_id: Arc<str>,
    /// The tool's name.
    #[serde(serialize_with = "arc_str")]
    pub name: Arc<str>,
    /// The arguments' JSON text, after repair and after changes by policies or people.
    #[serde(serialize_with = "arc_str")]
    pub arguments: Arc<str>,
    /// The status of the call.
    pub status: ToolCallStatus,
    /// The complete result. The model receives at most
    /// [`Limits::max_result_bytes`](super::limits::Limits::max_result_bytes) of it.
    pub content: Content,
    /// Metadata for the caller only, see
    /// [`ToolOutput::with_metadata`](crate::traits::tool::ToolOutput::with_metadata).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// The error and its sources, joined by `: `, if the model receives only that the tool
    /// failed: a private error, a fatal error or a panic.
    ///
    /// It is meant for the operator of the program. It is never part of a request to a model, a
    /// span or the journal, so it is not available after the run.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "option_arc_str")]
    pub error: Option<Arc<str>>,
    /// The time that the call took; zero if it never started. Serialized as `elapsed_ms`, in
    /// whole milliseconds.
    #[serde(rename = "elapsed_ms", serialize_with = "millis::serialize")]
    pub elapsed: Duration,
}

impl ToolCallStarted {
    /// Creates the event of a call that starts.
    pub fn new(
        index: CallIndex,
        call_id: impl Into<Arc<str>>,
        name: impl Into<Arc<str>>,
        arguments: impl Into<Arc<str>>,
    ) -> Self {
        Self { index, call_id: call_id.into(), name: name.into(), arguments: arguments.into() }
    }
}

impl ToolProgress {
    /// Creates the event of a progress report.
    pub fn new(index: CallIndex, name: impl Into<Arc<str>>, content: impl Into<Content>) -> Self {
        Self { index, name: name.into(), content: content.into() }
    }
}

impl ToolCallEnded {
    /// Creates the event of a call that has ended, without metadata, error and elapsed time.
    pub fn new(call: ToolCallStarted, status: ToolCallStatus, content: impl Into<Content>) -> Self {
        let ToolCallStarted { index, call_id, name, arguments } = call;
        Self {
            index,
            call_id,
            name,
            arguments,
            status,
            content: content.into(),
            metadata: None,
            error: None,
            elapsed: Duration::ZERO,
        }
    }
}

// The metadata is for the caller only, and `Debug` output ends up in logs.
impl fmt::Debug for ToolCallEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, call_id, name, arguments, status, content, metadata, error, elapsed } =
            self;
        f.debug_struct("ToolCallEnded")
            .field("index", index)
            .field("call_id", call_id)
            .field("name", name)
            .field("arguments", arguments)
            .field("status", status)
            .field("content", content)
            .field("metadata", &Redacted::of(metadata.as_ref()))
            .field("error", error)
            .field("elapsed", elapsed)
            .finish()
    }
}

#[cfg(test)]
mod tests;
