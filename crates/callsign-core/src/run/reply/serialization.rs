//! The serialized form of a reply, for user interfaces and logs.

use callsign_types::event::{SubAgentResult, ToolCallEnded};
use callsign_types::finish_reason::FinishReason;
use callsign_types::id::ConversationId;
use callsign_types::limits::LimitKind;
use callsign_types::messages::Messages;
use callsign_types::pricing::Cost;
use callsign_types::usage::Usage;
use serde::{Serialize, Serializer};

use super::{Outcome, Reply};

#[derive(Serialize)]
struct SerializedReply<'a> {
    outcome: &'a Outcome,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    /// The conversation that continues a paused run.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a ConversationId>,
    messages: &'a Messages,
    finish_reason: &'a FinishReason,
    usage: Usage,
    turns: u32,
    tool_calls: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_reached: Option<LimitKind>,
    cost: Cost,
    is_usage_estimated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    result_metadata: &'a [ToolCallEnded],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sub_agent_results: &'a [SubAgentResult],
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reply = SerializedReply {
            outcome: &self.outcome,
            text: self.text(),
            refusal: self.refusal(),
            conversation: self.paused_at.as_ref().map(|paused_at| &paused_at.conversation),
            messages: &self.messages,
            finish_reason: &self.finish_reason,
            usage: self.usage,
            turns: self.turns,
            tool_calls: self.tool_calls,
            limit_reached: self.limit_reached,
            cost: self.cost,
            is_usage_estimated: self.is_usage_estimated,
            agent: self.agent(),
            result_metadata: &self.results_with_metadata,
            sub_agent_results: &self.sub_agent_results,
        };
        reply.serialize(serializer)
    }
}
