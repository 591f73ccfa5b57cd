//! The span of a run.

use callsign_types::error::Error;
use tracing::field::Empty;
use tracing::info_span;

use super::prepare::RunRequest;
use super::reply::{Outcome, Reply};
use crate::executor::spans::open::{OpenSpan, count, kind};

/// Opens the span of a run.
pub(crate) fn open(request: &RunRequest) -> OpenSpan {
    let (config, conversation) = (&request.config, request.conversation.as_str());
    let name = (!config.name.is_empty()).then_some(&*config.name);
    OpenSpan::new(info_span!(
        target: "callsign",
        "invoke_agent",
        "otel.name" = name.map_or("invoke_agent".to_owned(), |name| format!("invoke_agent {name}")),
        "otel.kind" = "internal",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = "invoke_agent",
        "gen_ai.provider.name" = config.model.info().provider,
        "gen_ai.agent.name" = name,
        "gen_ai.conversation.id" = conversation,
        "gen_ai.request.model" = config.model.info().model,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "callsign.outcome" = Empty,
        "callsign.turns" = Empty,
    ))
}

/// Ends the span with the outcome of the run.
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
            error.partial_run().map(|partial| partial.usage)
        }
    };
    if let Some(usage) = usage {
        span.record("gen_ai.usage.input_tokens", count(usage.input_tokens));
        span.record("gen_ai.usage.output_tokens", count(usage.output_tokens));
    }
}
