//! What happens, as it happens: in a model's reply, and in a run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::approval::ApprovalRequest;
use super::content::Content;
use super::finish::FinishReason;
use super::hidden::Hidden;
use super::id::CallNumber;
use super::message::{AssistantMessage, ToolCall};
use super::result::CallOutcome;
use super::usage::Usage;

/// One event of a model's reply.
///
/// A reply is any number of deltas, then its whole tool calls, then [`Finished`](Self::Finished).
/// A stream that ends without `Finished` was cut off, and no call of it is run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelEvent {
    /// More of the text.
    TextDelta(String),
    /// More of the reasoning.
    ReasoningDelta(String),
    /// More of the reason for a refusal.
    RefusalDelta(String),
    /// More of a call that is being made, for an audience; nothing is run from it.
    ToolCallDelta(ToolCallDelta),
    /// A whole call, of a reply that ended well.
    ToolCall(ToolCall),
    /// The model is asked again, after a failure before anything of the reply had come.
    Retrying(Retrying),
    /// The reply has ended well.
    Finished(Box<Finished>),
}

/// A model that is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retrying {
    /// Which try comes next, counted from 1: the first repetition is 2.
    pub attempt: u32,
    /// How long is waited before it.
    pub after: Duration,
    /// What failed, in one line.
    pub reason: String,
}

impl Retrying {
    /// The so-manieth try, after this wait, because of this.
    pub fn new(attempt: u32, after: Duration, reason: impl Into<String>) -> Self {
        Self { attempt, after, reason: reason.into() }
    }
}

/// A piece of a call that the model is still writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// Which call of the reply, counted from 0.
    pub index: usize,
    /// The tool's name, in the first piece.
    pub name: Option<String>,
    /// More of the arguments' JSON.
    pub arguments: String,
}

/// What is known once a reply has ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// Why it ended.
    pub reason: FinishReason,
    /// What it cost; `None` where the service did not say.
    pub usage: Option<Usage>,
    /// The service's id of the reply.
    pub response_id: Option<String>,
    /// The model that answered, as the service names it.
    pub model: Option<String>,
    /// Fields of the message that this version does not know, as they came.
    pub message_extra: Map<String, Value>,
    /// Fields of the reply that this version does not know, as they came.
    pub extra: Map<String, Value>,
    /// What the service said about the reply beside it: request ids, what is left of rate limits.
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
}

impl Finished {
    /// An end for this reason, with nothing else known.
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

/// A model's whole reply to one request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelReply {
    /// What it said.
    pub message: AssistantMessage,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// What it cost; `None` where the service did not say.
    pub usage: Option<Usage>,
    /// The service's id of the reply.
    pub response_id: Option<String>,
    /// The model that answered, as the service names it.
    pub model: Option<String>,
    /// Fields of the reply that this version does not know, as they came.
    pub extra: Map<String, Value>,
    /// What the service said about the reply beside it: request ids, what is left of rate limits.
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
}

impl ModelReply {
    pub(crate) fn new(mut message: AssistantMessage, finished: Finished) -> Self {
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

    /// The text of the reply.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.message.text
    }

    /// Whether something of the reply is missing: it was cut at a token limit, or withheld, or
    /// the service did not say why it ended.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.finish_reason.is_cut()
    }
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The model is being asked, for the so-manieth time in this run, counted from 1.
    TurnStarted {
        /// Which turn.
        turn: u32,
    },
    /// More of the text.
    TextDelta(String),
    /// More of the reasoning.
    ReasoningDelta(String),
    /// More of the reason for a refusal.
    RefusalDelta(String),
    /// More of a call that the model is still writing.
    ToolCallDelta(ToolCallDelta),
    /// The model is asked again, after a failure before anything of the reply had come.
    Retrying(Retrying),
    /// The model's reply is whole.
    TurnEnded {
        /// Why the reply ended.
        finish_reason: FinishReason,
        /// What it cost; `None` where the service did not say.
        usage: Option<Usage>,
    },
    /// A tool is being called.
    ToolCall(ToolCallStarted),
    /// A call tells how it is getting on.
    ToolProgress(ToolProgress),
    /// A call has its answer.
    ToolResult(ToolCallEnded),
    /// A call waits for a person's approval.
    ApprovalRequested(ApprovalRequest),
    /// What the model sees was made shorter.
    Compacted {
        /// The tokens that it took before, estimated.
        before: u64,
        /// The tokens that it takes now, estimated.
        after: u64,
    },
    /// The conversation is another agent's from here on.
    HandedOff {
        /// The agent's name.
        to: Arc<str>,
    },
    /// The model's answer is not what was asked for, and it is asked again.
    AnswerRejected {
        /// What is wrong with it, as the model hears it.
        reason: String,
    },
}

/// What a call says of how it is getting on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolProgress {
    /// The call's number in its conversation.
    pub number: CallNumber,
    /// The tool.
    pub name: Arc<str>,
    /// What it says.
    pub content: Content,
}

/// A call that begins.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolCallStarted {
    /// The call's number in its conversation.
    pub number: CallNumber,
    /// The tool.
    pub name: Arc<str>,
    /// The arguments, as they arrived.
    pub arguments: Arc<str>,
}

/// A call that has its answer.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolCallEnded {
    /// The call's number in its conversation.
    pub number: CallNumber,
    /// The tool.
    pub name: Arc<str>,
    /// How it went.
    pub outcome: CallOutcome,
    /// What the tool said: the model hears of it as much as the limit of bytes allows.
    pub content: Content,
    /// What only the caller gets of it, see
    /// [`ToolOutput::with_private`](crate::traits::tool::ToolOutput::with_private).
    pub private: Option<Value>,
    /// The error behind the outcome and its sources, joined by `: `, where the model was told no
    /// more than that the tool failed: a private or a fatal error, or a panic.
    ///
    /// It is for whoever runs the agent. It is in no request to a model, in no span and not in
    /// the journal, so that a conversation that goes on later does not have it.
    pub error: Option<Arc<str>>,
    /// How long it took; zero where it was never begun.
    pub elapsed: Duration,
}

impl fmt::Debug for ToolCallEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, name, outcome, content, private, error, elapsed } = self;
        f.debug_struct("ToolCallEnded")
            .field("number", number)
            .field("name", name)
            .field("outcome", outcome)
            .field("content", content)
            .field("private", &Hidden::of(private.as_ref()))
            .field("error", error)
            .field("elapsed", elapsed)
            .finish()
    }
}
