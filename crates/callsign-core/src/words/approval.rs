//! Calls that wait for a person, and what the person says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{CallNumber, ConversationId};

/// A call that waits for a person's approval.
///
/// It binds: an approval is good for this call with these very arguments, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApprovalRequest {
    /// The conversation that the call belongs to. It is another one than that which was paused
    /// where the call was made by an agent that is a tool.
    pub conversation: ConversationId,
    /// The call's number in its conversation.
    pub call: CallNumber,
    /// The tool.
    pub tool: String,
    /// The arguments that the tool would get: the text of a JSON object.
    pub arguments: String,
    /// Why a person is asked; empty where the tool is one that always asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// SHA-256, in hexadecimal, of the journal's identity, the call, the tool and the arguments.
    pub fingerprint: String,
    /// The calls of agents under which the call was made, outermost first; none for a call of the
    /// conversation itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<CallSite>,
}

/// A call of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallSite {
    /// The conversation.
    pub conversation: ConversationId,
    /// The call's number in it.
    pub call: CallNumber,
}

impl CallSite {
    /// This call of this conversation.
    #[must_use]
    pub fn new(conversation: ConversationId, call: CallNumber) -> Self {
        Self { conversation, call }
    }
}

impl ApprovalRequest {
    /// The arguments as JSON; `null` where they are not.
    #[must_use]
    pub fn arguments_value(&self) -> Value {
        serde_json::from_str(&self.arguments).unwrap_or_default()
    }
}

/// What a person said to an [`ApprovalRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The call.
    pub call: CallNumber,
    /// The fingerprint of what the person saw.
    pub fingerprint: String,
    /// What the person said.
    pub answer: DecisionAnswer,
}

impl Decision {
    /// This answer to what has this fingerprint.
    pub fn new(call: CallNumber, fingerprint: impl Into<String>, answer: DecisionAnswer) -> Self {
        Self { call, fingerprint: fingerprint.into(), answer }
    }
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionAnswer {
    /// Run it.
    Approved {
        /// The arguments to run it with, where they are not those that were asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<String>,
    },
    /// Do not run it.
    Denied {
        /// Why, for the model; empty for no reason.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Nobody is asked any longer: the user said something else before it was decided. An agent
    /// that is a tool hears so where its caller's call was withdrawn.
    Withdrawn,
}
