//! Journal entries, as stores keep them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compaction::Compaction;
use crate::approval::{ApprovalRequest, Decision};
use crate::content::Content;
use crate::error::ErrorKind;
use crate::finish_reason::FinishReason;
use crate::id::{CallIndex, JournalKey};
use crate::limits::{LimitKind, Limits};
use crate::message::{AssistantMessage, Message, ToolCall, UserMessage};
use crate::pricing::Cost;
use crate::tool_status::{LateToolResult, ToolCallStatus};
use crate::usage::Usage;

/// The version of the journal format that this library writes. It is increased if older versions
/// of the library cannot read what a newer one writes.
pub const FORMAT: u32 = 3;

/// The version of the rules by which a run's entries become messages. It is increased if the rules
/// change, so that positions in older journals stay right.
///
/// - 0: every rejected output stays, and so does a compaction that did not help.
/// - 1: an output replaces the rejected one before it; a compaction after which the history is still
///   too long is undone; a response of white space alone is empty.
#[doc(hidden)]
pub const RULES: u32 = 1;

/// One event of a conversation. A journal is an append-only list of entries.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The journal was created. Always the first entry.
    Created {
        /// The version of the format, see [`FORMAT`].
        format: u32,
        /// The journal's identity, which idempotency keys contain.
        key: JournalKey,
    },
    /// Messages from before this journal, sanitized so that a provider accepts them.
    History {
        /// The messages.
        messages: Vec<Message>,
    },
    /// A run started, or resumed in another process.
    RunStarted(RunStarted),
    /// The user sent a message.
    User {
        /// The message.
        message: UserMessage,
    },
    /// Items were taken from the inbox. Their messages are appended to the history.
    #[serde(rename = "taken")]
    InboxDrained {
        /// The total number of inbox items taken so far.
        upto: u64,
        /// The user messages among the items.
        messages: Vec<UserMessage>,
        /// The approval decisions among the items. They apply before the messages.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        decisions: Vec<Decision>,
        /// Late results of calls that had timed out or whose run had ended.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        late: Vec<LateToolResult>,
    },
    /// The model responded.
    Assistant(RecordedReply),
    /// The arguments of a call were not a JSON object or had wrong types, and could be repaired
    /// without ambiguity.
    #[serde(rename = "mended")]
    ArgumentsRepaired {
        /// The index of the call.
        call: CallIndex,
        /// The repaired arguments: the text of a JSON object.
        arguments: String,
    },
    /// The agent's policies decided about a call.
    #[serde(rename = "judged")]
    PolicyDecided {
        /// The index of the call.
        call: CallIndex,
        /// The decision.
        verdict: RecordedVerdict,
        /// The arguments to run the call with; `None` for the model's arguments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<String>,
        /// The usage of model calls that the policies made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// A call of a sub-agent is suspended until these approval requests are decided.
    #[serde(rename = "waiting")]
    AwaitingApproval {
        /// The index of the call.
        call: CallIndex,
        /// The approval requests.
        requests: Vec<ApprovalRequest>,
        /// The usage of model calls that the call has made so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// A call is about to start. Calls of repeatable tools have no such entry.
    Started {
        /// The index of the call.
        call: CallIndex,
    },
    /// A call has a result.
    Result {
        /// The index of the call.
        call: CallIndex,
        /// The status of the call.
        #[serde(rename = "outcome")]
        status: ToolCallStatus,
        /// The complete result.
        content: Content,
        /// How many bytes of the result the model receives; `None` for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<u64>,
        /// Metadata for the caller only.
        #[serde(rename = "private", default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Value>,
        /// The usage of model calls that the call made, including those of sub-agents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// The conversation is handed off to another agent, once all calls of the response have
    /// results.
    HandedOff(HandedOff),
    /// A limit that the run shares with its parent run was reached.
    LimitReached {
        /// The limit.
        limit: LimitKind,
    },
    /// The provider rejected the request because the conversation exceeds the context length.
    #[serde(rename = "too_long")]
    ContextOverflow,
    /// The history that the model receives was compacted. The journal keeps everything.
    Compacted {
        /// The compaction.
        compaction: Compaction,
        /// The usage of model calls that wrote the summary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// Model calls were made without a usable result, such as an empty summary.
    #[serde(rename = "spent")]
    UsageRecorded {
        /// Their usage.
        spent: RecordedSpending,
    },
    /// The run's output is requested in another mode, because the model rejected the previous one.
    #[serde(rename = "answer_format")]
    OutputModeChanged {
        /// The new mode.
        format: OutputMode,
    },
    /// The model's output was rejected.
    #[serde(rename = "rejected")]
    OutputRejected {
        /// What is wrong with it. The transcript returns this to the model in a sentence.
        reason: String,
    },
    /// The run reached its time limit.
    #[serde(rename = "out_of_time")]
    TimedOut {
        /// The text of the incomplete response, which the user may have seen.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
    /// The model failed, which ended the run.
    Failed {
        /// The kind of the error.
        kind: ErrorKind,
        /// The error, in one line.
        message: String,
        /// The text of the incomplete response, which the user may have seen.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
    /// The run was cancelled: its future was dropped.
    Cancelled {
        /// The text of the incomplete response, which the user may have seen.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        partial_text: String,
    },
}

/// The configuration that a run started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunStarted {
    /// The time, in milliseconds since 1970 (UTC).
    pub at: u64,
    /// The run's limits; `None` if they are those of the previous run, since format 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// The instructions; `None` if they are those of the previous run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The agent's tools; `None` if they are those of the previous run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<RecordedTool>>,
    /// Whether the agent has policies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy: bool,
    /// How structured output is requested; `None` if the output is text.
    #[serde(default, rename = "answer", skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputMode>,
    /// The name of the request, if it is idempotent: see `RunBuilder::once`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// The version of the rules by which the run's entries become messages.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rules: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
fn is_zero(version: &u32) -> bool {
    *version == 0
}

/// The name of the tool that the model calls with its output in [`OutputMode::Tool`].
#[doc(hidden)]
pub const OUTPUT_TOOL: &str = "final_answer";

/// How output that has to match a JSON schema is requested from a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutputMode {
    /// By `response_format` with the schema.
    Schema,
    /// By `response_format` for any JSON object. The instructions contain the schema.
    Json,
    /// By a tool that the model calls with the output.
    Tool,
}

/// The decision of an agent's policies about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedVerdict {
    /// The call may run. A tool that requires approval still requires it.
    Allowed,
    /// The call may run without human approval.
    Approved,
    /// The call does not run, for this reason.
    Denied(String),
    /// The call requires human approval, for this reason.
    Asked(String),
}

/// Tokens that model calls used, and their cost by the agent's price table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedSpending {
    /// The tokens.
    pub usage: Usage,
    /// The cost.
    #[serde(default, skip_serializing_if = "Cost::is_zero")]
    pub cost: Cost,
    /// Whether some tokens are estimated, because a provider did not report them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_estimated: bool,
}

/// A handoff of the conversation to another agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HandedOff {
    /// The agent's name.
    pub to: String,
    /// The agent's instructions; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// The agent's tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<RecordedTool>,
    /// Whether the agent has policies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy: bool,
    /// The message that the agent receives instead of the conversation so far; `None` if it
    /// receives the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<UserMessage>,
}

/// What the journal records about a tool, so that a later process can interpret its calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedTool {
    /// The tool's name.
    pub name: String,
    /// A digest of the tool's JSON schema, to detect changes.
    pub schema: String,
    /// Whether a call that started without a result may run again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
    /// The maximum number of concurrent calls of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Whether each call requires human approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// Whether the tool never runs concurrently with another call of the same response.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sequential: bool,
    /// The JSON schema of the arguments, if a person may have to decide about calls: a process
    /// without the tool checks the arguments that the person has edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Whether arguments of other types are converted to those of the schema.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coerce: bool,
}

/// A model's response, as recorded in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedReply {
    /// The message. The arguments of its calls are as received.
    pub message: AssistantMessage,
    /// Why the response ended.
    pub finish_reason: FinishReason,
    /// The tokens used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Whether the tokens are estimated, because the provider did not report them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_estimated: bool,
    /// The cost, by the agent's price table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// The provider's id of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The model that generated the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Entry {
    /// Creates the result of a call, without metadata and usage. The model receives all of
    /// `content`.
    pub fn result(call: CallIndex, status: ToolCallStatus, content: impl Into<Content>) -> Self {
        let content = content.into();
        Self::Result { call, status, content, shown: None, metadata: None, spent: None }
    }

    /// Returns what the entry records as spent.
    #[doc(hidden)]
    #[must_use]
    pub fn spending(&self) -> Option<RecordedSpending> {
        match self {
            Self::Assistant(reply) => {
                let (usage, cost) = (reply.usage?, reply.cost.unwrap_or_default());
                let is_estimated = reply.is_estimated;
                Some(RecordedSpending { is_estimated, ..RecordedSpending::new(usage, cost) })
            }
            Self::PolicyDecided { spent, .. }
            | Self::AwaitingApproval { spent, .. }
            | Self::Result { spent, .. }
            | Self::Compacted { spent, .. } => *spent,
            Self::UsageRecorded { spent } => Some(*spent),
            _ => None,
        }
    }

    /// Returns whether the entry contains a message of the user.
    #[doc(hidden)]
    #[must_use]
    pub fn has_user_message(&self) -> bool {
        match self {
            Self::User { .. } => true,
            Self::InboxDrained { messages, .. } => !messages.is_empty(),
            _ => false,
        }
    }
}

impl RecordedSpending {
    /// Creates a record of tokens and their cost.
    #[must_use]
    pub fn new(usage: Usage, cost: Cost) -> Self {
        Self { usage, cost, is_estimated: false }
    }
}

impl HandedOff {
    /// Creates a handoff to the agent named `to`.
    pub fn new(
        to: impl Into<String>,
        instructions: impl Into<String>,
        tools: Vec<RecordedTool>,
    ) -> Self {
        let (to, instructions) = (to.into(), instructions.into());
        Self { to, instructions, tools, policy: false, message: None }
    }
}

impl RunStarted {
    /// Creates the start of a run at `at` milliseconds since 1970 (UTC), with these limits.
    #[must_use]
    pub fn new(at: u64, limits: Limits) -> Self {
        Self { limits: Some(limits), ..Self::unchanged(at) }
    }

    /// Creates the start of a run whose limits, instructions and tools are those of the run before.
    #[must_use]
    pub fn unchanged(at: u64) -> Self {
        Self {
            at,
            limits: None,
            instructions: None,
            tools: None,
            policy: false,
            output: None,
            once: None,
            rules: RULES,
        }
    }

    /// Returns whether the entry contains only its time.
    #[doc(hidden)]
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let Self { at: _, limits, instructions, tools, policy, output, once, rules } = self;
        let is_default = limits.is_none() && instructions.is_none() && tools.is_none();
        is_default && !policy && output.is_none() && once.is_none() && *rules == RULES
    }
}

impl RecordedTool {
    /// Creates a record of a tool from its name and a digest of its schema.
    pub fn new(name: impl Into<String>, schema: impl Into<String>) -> Self {
        let (name, schema) = (name.into(), schema.into());
        Self {
            name,
            schema,
            repeatable: false,
            concurrency: None,
            approval: false,
            sequential: false,
            parameters: None,
            coerce: false,
        }
    }
}

impl RecordedReply {
    /// Returns whether the reply has only text, tool calls without unknown fields, a finish reason,
    /// usage, an id and a model. These are the fields that the memory store packs.
    #[doc(hidden)]
    #[must_use]
    pub fn is_packable(&self) -> bool {
        // Exhaustive patterns, so that a new field cannot be lost when a reply is packed.
        let is_plain = |call: &ToolCall| {
            let ToolCall { id: _, name: _, arguments: _, extra } = call;
            extra.is_empty()
        };
        let Self {
            message: AssistantMessage { text: _, reasoning, refusal, tool_calls, extra },
            finish_reason: _,
            usage: _,
            is_estimated,
            cost,
            response_id: _,
            model: _,
        } = self;
        reasoning.is_empty()
            && refusal.is_none()
            && extra.is_empty()
            && tool_calls.iter().all(is_plain)
            && !is_estimated
            && cost.is_none()
    }

    /// Creates a record of a message and its finish reason.
    #[must_use]
    pub fn new(message: AssistantMessage, finish_reason: FinishReason) -> Self {
        Self {
            message,
            finish_reason,
            usage: None,
            is_estimated: false,
            cost: None,
            response_id: None,
            model: None,
        }
    }
}
