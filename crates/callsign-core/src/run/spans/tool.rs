//! The span of a tool's call.

use tracing::field::Empty;
use tracing::info_span;

use super::open::{OpenSpan, kind};
use crate::dispatch::answer::Answer;
use crate::journal::open_call::OpenCall;
use crate::words::id::ConversationId;
use crate::words::result::CallOutcome;

/// Opens the span of a call, with its arguments if content is asked for.
pub(crate) fn open(open: &OpenCall, conversation: &ConversationId, content: bool) -> OpenSpan {
    let call = &open.call;
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

/// Ends it with the call's answer, which is recorded if content is asked for.
pub(crate) fn end(mut open: OpenSpan, answer: &Answer, content: bool) {
    open.end();
    if open.span.is_disabled() {
        return;
    }
    if !answer.waiting.is_empty() {
        open.span.record("callsign.outcome", "waiting");
        return;
    }
    let outcome = kind(answer.outcome);
    open.span.record("callsign.outcome", outcome.as_str());
    if content {
        open.span.record("gen_ai.tool.call.result", &*answer.content.text());
    }
    if answer.outcome.is_fault() || answer.outcome == CallOutcome::Cancelled {
        open.fail(&outcome);
    }
}
