//! The entries of a journal, as they are kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compact::Compaction;
use crate::words::approval::{ApprovalRequest, Decision};
use crate::words::content::Content;
use crate::words::error::ErrorKind;
use crate::words::finish::FinishReason;
use crate::words::id::{CallNumber, JournalKey};
use crate::words::limits::{LimitKind, Limits};
use crate::words::message::{AssistantMessage, Message, UserMessage};
use crate::words::money::Money;
use crate::words::result::{CallOutcome, LateResult};
use crate::words::usage::Usage;

/// The version of the format that this crate writes. It grows when an older crate could no
/// longer read what a newer one wrote.
pub const FORMAT: u32 = 3;

/// One thing that happened in a conversation. Entries are only ever added.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
        /// What people said to calls that waited for them. It counts before the messages.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        decisions: Vec<Decision>,
        /// Results of calls that had been given up.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        late: Vec<LateResult>,
    },
    /// The model replied.
    Assistant(RecordedReply),
    /// The arguments of a call were no JSON object, or not of the right types, and it was clear
    /// what was meant.
    Mended {
        /// The call.
        call: CallNumber,
        /// What was meant: the text of a JSON object.
        arguments: String,
    },
    /// The agent's policies were asked about a call.
    Judged {
        /// The call.
        call: CallNumber,
        /// What they said.
        verdict: RecordedVerdict,
        /// The arguments to run it with, where they are not the model's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<String>,
        /// What models used that the policies asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// A call can't go on before these approvals are decided: an agent's that is a tool.
    Waiting {
        /// The call.
        call: CallNumber,
        /// What a person is asked.
        requests: Vec<ApprovalRequest>,
        /// What models used that the call asked so far.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
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
        /// What the tool said, whole.
        content: Content,
        /// How many bytes of it the model sees, where that is not all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<u64>,
        /// What only the caller gets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        private: Option<Value>,
        /// What models used that the call asked, agents that are tools among them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// The conversation is another agent's, once all the calls of the reply have their answers.
    HandedOff(HandedOff),
    /// The run came to a limit that it shares with others.
    LimitReached {
        /// The limit.
        limit: LimitKind,
    },
    /// The service says that the conversation is longer than its model can read.
    TooLong,
    /// What the model sees was made shorter; the journal itself keeps everything.
    Compacted {
        /// How.
        compaction: Compaction,
        /// What models used that were asked for a summary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<RecordedSpending>,
    },
    /// Models were asked for something that came to nothing, such as a summary that is empty.
    Spent {
        /// What they used.
        spent: RecordedSpending,
    },
    /// The run's answer is asked for in another format, because the model does not take the one
    /// before.
    AnswerFormat {
        /// The format.
        format: AnswerFormat,
    },
    /// The model's answer is not what was asked for.
    Rejected {
        /// What is wrong with it, as the model hears it in a sentence of the transcript.
        reason: String,
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
    /// The run's bounds; `None` where they are those of the run before, from format 3 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// The standing instructions; `None` where they are those of the run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The agent's tools; `None` where they are those of the run before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<RecordedTool>>,
    /// Whether policies are asked before each call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy: bool,
    /// How the answer is asked for, where it has to keep to a schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerFormat>,
}

/// The tool by which a model gives the answer where that is asked for as [`AnswerFormat::Tool`].
pub(crate) const ANSWER_TOOL: &str = "final_answer";

/// How an answer is asked for that has to keep to a JSON schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerFormat {
    /// By the request's `response_format`, with the schema.
    Schema,
    /// By the request's `response_format`, as any JSON; the instructions have the schema.
    Json,
    /// By a tool that is called with the answer.
    Tool,
}

/// What policies said about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordedVerdict {
    /// Nothing speaks against it; a tool that asks for approval still does.
    Allowed,
    /// It is approved in a person's place.
    Approved,
    /// It is not run.
    Denied(String),
    /// A person is asked, because of this.
    Asked(String),
}

/// What models used, and what it cost by the agent's prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedSpending {
    /// The tokens.
    pub usage: Usage,
    /// The money.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub cost: Money,
    /// Whether some of the tokens are estimated, because a service did not count them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_estimated: bool,
}

/// The conversation is another agent's from here on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HandedOff {
    /// The agent's name.
    pub to: String,
    /// Its standing instructions; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// Its tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<RecordedTool>,
    /// Whether policies are asked before each call that it makes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub policy: bool,
    /// What it is told in place of everything that was said before; `None` where it sees that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<UserMessage>,
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
    /// Whether a person has to approve each call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// Whether it never runs beside another call of its reply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sequential: bool,
}

/// A model's reply, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedReply {
    /// What the model said; the arguments of its calls as they arrived.
    pub message: AssistantMessage,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The tokens that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Whether the tokens are estimated, because the service did not count them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_estimated: bool,
    /// What they cost by the agent's prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// The service's id of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Entry {
    /// A call's answer, of which there is nothing but what the model hears.
    pub fn result(call: CallNumber, outcome: CallOutcome, content: impl Into<Content>) -> Self {
        let content = content.into();
        Self::Result { call, outcome, content, shown: None, private: None, spent: None }
    }
}

impl RecordedSpending {
    /// These tokens, and what they cost.
    #[must_use]
    pub fn new(usage: Usage, cost: Money) -> Self {
        Self { usage, cost, is_estimated: false }
    }
}

impl HandedOff {
    /// To the agent of this name, which has these instructions and tools.
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
    /// A run that began at this time, in milliseconds since 1970, with these bounds.
    #[must_use]
    pub fn new(at: u64, limits: Limits) -> Self {
        let limits = Some(limits);
        Self { at, limits, instructions: None, tools: None, policy: false, answer: None }
    }
}

impl RecordedTool {
    /// A tool of this name, with this digest of its schema.
    pub fn new(name: impl Into<String>, schema: impl Into<String>) -> Self {
        let (name, schema) = (name.into(), schema.into());
        Self {
            name,
            schema,
            repeatable: false,
            concurrency: None,
            approval: false,
            sequential: false,
        }
    }
}

impl RecordedReply {
    /// A reply that said this and ended for this reason.
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
