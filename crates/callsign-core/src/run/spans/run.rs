//! The span of a run.

use tracing::field::Empty;
use tracing::info_span;

use super::open::{OpenSpan, count, kind};
use crate::run::opening::Beginning;
use crate::run::reply::{Outcome, Reply};
use crate::words::error::Error;

/// Opens the span of a run.
pub(crate) fn open(beginning: &Beginning) -> OpenSpan {
    let (parts, conversation) = (&beginning.parts, beginning.conversation.as_str());
    let name = (!parts.name.is_empty()).then_some(&*parts.name);
    OpenSpan::new(info_span!(
        target: "callsign",
        "invoke_agent",
        "otel.name" = name.map_or("invoke_agent".to_owned(), |name| format!("invoke_agent {name}")),
        "otel.kind" = "internal",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = "invoke_agent",
        "gen_ai.provider.name" = parts.model.identity().provider,
        "gen_ai.agent.name" = name,
        "gen_ai.conversation.id" = conversation,
        "gen_ai.request.model" = parts.model.identity().model,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "callsign.outcome" = Empty,
        "callsign.turns" = Empty,
    ))
}

/// Ends it with what the run came to.
pub(crate) fn end(mut open: OpenSpan, outcome: &Result<Reply, Error>) {
    open.end();
    if open.span.is_disabled() {
        return;
    }
    let span = &open.span;
    let usage = match outcome {
        Ok(reply) => {
            let paused = matches!(reply.outcome(), Outcome::Paused(_));
            span.record("callsign.outcome", if paused { "paused" } else { "answered" });
            span.record("callsign.turns", count(reply.turns()));
            Some(reply.usage())
        }
        Err(error) => {
            open.fail(&kind(error.kind()));
            error.progress().map(|progress| progress.usage)
        }
    };
    if let Some(usage) = usage {
        span.record("gen_ai.usage.input_tokens", count(usage.input_tokens));
        span.record("gen_ai.usage.output_tokens", count(usage.output_tokens));
    }
}
