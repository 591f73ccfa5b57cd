//! The span of a run.

use callsign_types::error::Error;
use callsign_types::journal::entry::Entry;
use callsign_types::usage::Usage;
use tracing::field::Empty;
use tracing::info_span;

use super::prepare::RunRequest;
use super::reply::{Outcome, Reply};
use crate::executor::spans::content;
use crate::executor::spans::open::{OpenSpan, count, kind};

/// Opens the span of a run.
pub(crate) fn open(request: &RunRequest) -> OpenSpan {
    let (config, conversation) = (&request.config, request.conversation.as_str());
    let name = (!config.name.is_empty()).then_some(&*config.name);
    let open = OpenSpan::new(info_span!(
        target: "callsign",
        "invoke_agent",
        "otel.name" = name.map(|name| format!("invoke_agent {name}")),
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = Empty,
        "gen_ai.provider.name" = Empty,
        "gen_ai.agent.name" = Empty,
        "gen_ai.conversation.id" = conversation,
        "gen_ai.request.model" = Empty,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
        "gen_ai.input.messages" = Empty,
        "gen_ai.output.messages" = Empty,
        "callsign.outcome" = Empty,
        "callsign.turns" = Empty,
    ));
    let config = config.clone();
    open.at_end(move |span| {
        let info = config.model.info();
        span.record("gen_ai.operation.name", "invoke_agent");
        span.record("gen_ai.provider.name", info.provider);
        span.record("gen_ai.agent.name", (!config.name.is_empty()).then_some(&*config.name));
        span.record("gen_ai.request.model", info.model);
    });
    open
}

/// Records what starts the run, if content is recorded.
pub(crate) fn record_input(open: &OpenSpan, request: &RunRequest, entries: &[Entry]) {
    if request.config.hooks.record_content && !open.span.is_disabled() {
        let messages = content::new_messages(entries);
        open.at_end(move |span| {
            span.record("gen_ai.input.messages", messages);
        });
    }
}

/// Records the tokens of this run alone: those of earlier runs of its request are in their spans.
pub(crate) fn record_usage(open: &OpenSpan, spent: Usage) {
    if spent != Usage::default() {
        open.span.record("gen_ai.usage.input_tokens", count(spent.input_tokens));
        open.span.record("gen_ai.usage.output_tokens", count(spent.output_tokens));
    }
}

/// Ends the span with the outcome of the run; it has the answer if content is recorded.
pub(crate) fn end(mut open: OpenSpan, outcome: &Result<Reply, Error>, content: bool) {
    open.end();
    if open.span.is_disabled() {
        return;
    }
    let span = &open.span;
    match outcome {
        Ok(reply) => {
            let paused = matches!(reply.outcome(), Outcome::Paused(_));
            span.record("callsign.outcome", if paused { "paused" } else { "answered" });
            span.record("callsign.turns", count(reply.turns()));
            if let Some(answer) = reply.answer().filter(|_| content && !paused) {
                let answer = content::answer(answer, reply.finish_reason());
                span.record("gen_ai.output.messages", answer);
            }
        }
        Err(error) => open.fail(&kind(error.kind())),
    }
}
