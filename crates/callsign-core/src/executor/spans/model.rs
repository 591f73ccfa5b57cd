//! The span of a model call, opened by a wrapper of the model.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use callsign_types::error::Error;
use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::id::ConversationId;
use callsign_types::request::{Options, Request};
use callsign_types::traits::model::{Model, ModelInfo, ModelStream, ResponseAccumulator};
use futures_util::Stream;
use serde_json::json;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::content;
use super::open::{OpenSpan, count, kind};
use crate::executor::agent_config::AgentConfig;
use crate::journal::state::calls::CallIds;

/// A model that opens a span for each request. Middleware wraps it: the spans show the requests
/// that are sent, after all changes and repetitions.
#[derive(Debug)]
pub(crate) struct TracedModel {
    pub(crate) config: Arc<AgentConfig>,
    pub(crate) conversation: ConversationId,
    pub(crate) call_ids: KnownCallIds,
}

/// The ids that calls have before the model responds, so that recorded responses have the ids of
/// the journal. `None` unless content is recorded.
pub(crate) type KnownCallIds = Arc<Mutex<Option<CallIds>>>;

impl Model for TracedModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let span = self.open(&request);
        if span.span.is_disabled() {
            // Nothing records that this span ends.
            return self.config.model.stream(request);
        }
        let events = span.span.in_scope(|| self.config.model.stream(request));
        let response = self.config.hooks.record_content.then(ResponseAccumulator::default);
        let call_ids = self.call_ids.clone();
        Box::pin(TracedStream { events, span, response, call_ids })
    }

    fn info(&self) -> ModelInfo<'_> {
        self.config.model.info()
    }
}

impl TracedModel {
    fn open(&self, request: &Request) -> OpenSpan {
        let open = OpenSpan::new(info_span!(
            target: "callsign",
            "chat",
            "otel.name" = self.config.model.info().model.map(|model| format!("chat {model}")),
            // Only a span that opens can have a kind.
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "error.type" = Empty,
            "gen_ai.operation.name" = Empty,
            "gen_ai.provider.name" = Empty,
            "gen_ai.agent.name" = Empty,
            "gen_ai.conversation.id" = Empty,
            "gen_ai.request.model" = Empty,
            "gen_ai.request.max_tokens" = Empty,
            "gen_ai.request.temperature" = Empty,
            "gen_ai.request.top_p" = Empty,
            "gen_ai.request.seed" = Empty,
            "gen_ai.request.frequency_penalty" = Empty,
            "gen_ai.request.presence_penalty" = Empty,
            "gen_ai.response.id" = Empty,
            "gen_ai.response.model" = Empty,
            "gen_ai.response.finish_reasons" = Empty,
            "gen_ai.usage.input_tokens" = Empty,
            "gen_ai.usage.output_tokens" = Empty,
            "gen_ai.usage.cache_read.input_tokens" = Empty,
            "gen_ai.usage.reasoning.output_tokens" = Empty,
            "gen_ai.system_instructions" = Empty,
            "gen_ai.input.messages" = Empty,
            "gen_ai.output.messages" = Empty,
        ));
        if !open.span.is_disabled() {
            let (config, conversation) = (self.config.clone(), self.conversation.clone());
            let options = request.options.clone();
            open.at_end(move |span| record_request(span, &config, &conversation, &options));
            if self.config.hooks.record_content {
                let instructions = request.instructions.as_deref().map(content::instructions);
                let messages = content::messages(&request.messages);
                open.at_end(move |span| {
                    span.record("gen_ai.system_instructions", instructions);
                    span.record("gen_ai.input.messages", messages);
                });
            }
        }
        open
    }
}

fn record_request(
    span: &Span,
    config: &AgentConfig,
    conversation: &ConversationId,
    options: &Options,
) {
    let ModelInfo { model, provider, .. } = config.model.info();
    span.record("gen_ai.operation.name", "chat");
    span.record("gen_ai.provider.name", provider);
    span.record("gen_ai.agent.name", (!config.name.is_empty()).then_some(&*config.name));
    span.record("gen_ai.conversation.id", conversation.as_str());
    span.record("gen_ai.request.model", model);
    span.record("gen_ai.request.max_tokens", options.max_tokens.map(count));
    span.record("gen_ai.request.temperature", options.temperature);
    span.record("gen_ai.request.top_p", options.top_p);
    span.record("gen_ai.request.seed", options.seed);
    span.record("gen_ai.request.frequency_penalty", options.frequency_penalty);
    span.record("gen_ai.request.presence_penalty", options.presence_penalty);
}

/// A model's events, read inside a span.
struct TracedStream<'a> {
    events: ModelStream<'a>,
    span: OpenSpan,
    /// The response so far, if content is recorded.
    response: Option<ResponseAccumulator>,
    call_ids: KnownCallIds,
}

impl Stream for TracedStream<'_> {
    type Item = Result<ModelEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = this.span.span.in_scope(|| this.events.as_mut().poll_next(context));
        let event = ready!(event);
        this.record(event.as_ref());
        Poll::Ready(event)
    }
}

impl TracedStream<'_> {
    fn record(&mut self, event: Option<&Result<ModelEvent, Error>>) {
        if self.span.is_ended() {
            return;
        }
        match event {
            Some(Ok(ModelEvent::Finished(end))) => {
                self.span.end();
                record_end(&self.span.span, end);
                if let Some(response) = self.response.take() {
                    let mut reply = response.finish((**end).clone());
                    let known = self.call_ids.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(known) = &*known {
                        known.assign(&mut reply.message.tool_calls);
                    }
                    let recorded = content::response(&reply);
                    self.span.span.record("gen_ai.output.messages", recorded);
                }
            }
            Some(Ok(event)) => {
                if let Some(response) = &mut self.response {
                    response.push(event.clone());
                }
            }
            Some(Err(error)) => {
                self.span.end();
                self.span.fail(&kind(error.kind()));
            }
            None => {
                self.span.end();
                self.span.fail("unfinished");
            }
        }
    }
}

fn record_end(span: &Span, end: &ResponseEnd) {
    span.record("gen_ai.response.id", end.response_id.as_deref());
    span.record("gen_ai.response.model", end.model.as_deref());
    if let Some(reason) = end.reason.as_str() {
        // Fields have no lists: the list of one reason is written as JSON.
        span.record("gen_ai.response.finish_reasons", json!([reason]).to_string());
    }
    if let Some(usage) = end.usage {
        span.record("gen_ai.usage.input_tokens", count(usage.input_tokens));
        span.record("gen_ai.usage.output_tokens", count(usage.output_tokens));
        span.record("gen_ai.usage.cache_read.input_tokens", count(usage.cached_input_tokens));
        span.record("gen_ai.usage.reasoning.output_tokens", count(usage.reasoning_tokens));
    }
}
