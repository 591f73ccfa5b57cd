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
    let open = OpenSpan::new(info_span!(
        target: "callsign",
        "execute_tool",
        "otel.name" = format!("execute_tool {}", call.name),
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = Empty,
        "gen_ai.conversation.id" = Empty,
        "gen_ai.tool.name" = Empty,
        "gen_ai.tool.type" = Empty,
        "gen_ai.tool.call.id" = call.id.as_str(),
        "gen_ai.tool.call.arguments" = Empty,
        "gen_ai.tool.call.result" = Empty,
        "callsign.outcome" = Empty,
    ));
    if !open.span.is_disabled() {
        let (name, conversation) = (call.name.clone(), conversation.clone());
        let arguments = content.then(|| call.arguments.clone());
        open.at_end(move |span| {
            span.record("gen_ai.operation.name", "execute_tool");
            span.record("gen_ai.conversation.id", conversation.as_str());
            span.record("gen_ai.tool.name", name);
            span.record("gen_ai.tool.type", "function");
            span.record("gen_ai.tool.call.arguments", arguments);
        });
    }
    open
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
