//! The span of a tool call.

use callsign_types::id::ConversationId;
use callsign_types::tool_status::ToolCallStatus;
use tracing::field::Empty;
use tracing::info_span;

use super::open::{OpenSpan, kind};
use crate::journal::pending_call::PendingCall;
use crate::tools::call_result::CallResult;

/// Opens the span of a call; it has the arguments if content is recorded.
pub(crate) fn open(
    pending: &PendingCall,
    conversation: &ConversationId,
    content: bool,
) -> OpenSpan {
    let call = &pending.call;
    OpenSpan::new(info_span!(
        target: "callsign",
        "execute_tool",
        "otel.name" = format!("execute_tool {}", call.name),
        "otel.kind" = "internal",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = "execute_tool",
        "gen_ai.conversation.id" = conversation.as_str(),
        "gen_ai.tool.name" = call.name.as_str(),
        "gen_ai.tool.type" = "function",
        "gen_ai.tool.call.id" = call.id.as_str(),
        "gen_ai.tool.call.arguments" = content.then_some(call.arguments.as_str()),
        "gen_ai.tool.call.result" = Empty,
        "callsign.outcome" = Empty,
    ))
}

/// Ends the span; it has the result if content is recorded.
pub(crate) fn end(mut open: OpenSpan, result: &CallResult, content: bool) {
    open.end();
    if open.span.is_disabled() {
        return;
    }
    if !result.suspended_on.is_empty() {
        open.span.record("callsign.outcome", "waiting");
        return;
    }
    let outcome = kind(result.status);
    open.span.record("callsign.outcome", outcome.as_str());
    if content {
        open.span.record("gen_ai.tool.call.result", &*result.content.text());
    }
    if result.status.is_failure() || result.status == ToolCallStatus::Cancelled {
        open.fail(&outcome);
    }
}
