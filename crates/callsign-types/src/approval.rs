//! Approval requests and decisions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{CallIndex, ConversationId};

/// A tool call that waits for human approval.
///
/// An approval binds: it is valid once, for this call with exactly these arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApprovalRequest {
    /// The conversation that contains the call. It differs from the paused conversation if a
    /// sub-agent made the call.
    pub conversation: ConversationId,
    /// The index of the call in `conversation`.
    pub call: CallIndex,
    /// The name of the tool.
    pub tool: String,
    /// The arguments that the tool would receive: the text of a JSON object.
    pub arguments: String,
    /// Why approval is required; empty if the tool requires it for every call.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The SHA-256 digest, in hexadecimal, of the journal key, the call index, the tool and the
    /// arguments.
    pub fingerprint: String,
    /// The chain of sub-agent calls that led to the call, outermost first. Empty if the paused
    /// conversation itself made the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<CallSite>,
}

/// A call in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallSite {
    /// The conversation.
    pub conversation: ConversationId,
    /// The index of the call in `conversation`.
    pub call: CallIndex,
}

impl CallSite {
    /// Creates a reference to a call of a conversation.
    #[must_use]
    pub fn new(conversation: ConversationId, call: CallIndex) -> Self {
        Self { conversation, call }
    }
}

impl ApprovalRequest {
    /// Creates a request to approve a call of `tool` with `arguments`, the text of a JSON object.
    pub fn new(
        conversation: ConversationId,
        call: CallIndex,
        tool: impl Into<String>,
        arguments: impl Into<String>,
        fingerprint: impl Into<String>,
    ) -> Self {
        Self {
            conversation,
            call,
            tool: tool.into(),
            arguments: arguments.into(),
            reason: String::new(),
            fingerprint: fingerprint.into(),
            via: Vec::new(),
        }
    }

    /// Returns the conversation that is paused because of the request, and in which it is decided.
    /// That is [`conversation`](Self::conversation), unless a sub-agent made the call.
    #[must_use]
    pub fn paused_conversation(&self) -> &ConversationId {
        self.via.first().map_or(&self.conversation, |site| &site.conversation)
    }

    /// Returns the arguments as JSON, or `null` if they are not valid JSON.
    #[must_use]
    pub fn arguments_value(&self) -> Value {
        serde_json::from_str(&self.arguments).unwrap_or_default()
    }
}

/// A decision about an [`ApprovalRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The index of the call.
    pub call: CallIndex,
    /// The fingerprint of the request that was decided.
    pub fingerprint: String,
    /// The decision.
    pub answer: ApprovalDecision,
}

impl Decision {
    /// Creates a decision about the request with this fingerprint.
    pub fn new(call: CallIndex, fingerprint: impl Into<String>, answer: ApprovalDecision) -> Self {
        Self { call, fingerprint: fingerprint.into(), answer }
    }
}

/// Whether a call may run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApprovalDecision {
    /// The call runs.
    Approved {
        /// The arguments to run it with; `None` for the arguments of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<String>,
    },
    /// The call does not run.
    Denied {
        /// The reason, which is returned to the model; empty for none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The request was withdrawn: the user sent another message before it was decided. A
    /// sub-agent receives this when its caller's call is withdrawn.
    Withdrawn,
}
