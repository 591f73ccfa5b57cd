//! The span of a model's call, by a model around the model.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use serde_json::json;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::content;
use super::open::{OpenSpan, count, kind};
use crate::journal::entry::AnswerFormat;
use crate::run::parts::Parts;
use crate::traits::model::{Fold, Model, ModelIdentity, ModelStream};
use crate::words::error::Error;
use crate::words::event::{Finished, ModelEvent};
use crate::words::id::ConversationId;
use crate::words::request::{Request, ToolDefinition};

/// A model each of whose calls has a span. Hooks go around it, so that a span is what the model
/// was really asked, and how often.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) parts: Arc<Parts>,
    pub(crate) conversation: ConversationId,
}

impl Model for Traced {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let span = self.open(&request);
        if span.is_disabled() {
            return self.parts.model.stream(request);
        }
        let events = span.in_scope(|| self.parts.model.stream(request));
        let fold = self.parts.hooks.record_content.then(Fold::default);
        Box::pin(Spanned { events, span: OpenSpan::new(span), fold })
    }

    fn name(&self) -> &str {
        self.parts.model.name()
    }

    fn identity(&self) -> ModelIdentity<'_> {
        self.parts.model.identity()
    }

    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.parts.model.check_tools(tools)
    }

    fn answer_format(&self) -> AnswerFormat {
        self.parts.model.answer_format()
    }
}

impl Traced {
    fn open(&self, request: &Request) -> Span {
        let Parts { name, model, hooks, .. } = &*self.parts;
        let (ModelIdentity { model, provider, .. }, options) = (model.identity(), &request.options);
        let span = info_span!(
            target: "callsign",
            "chat",
            "otel.name" = model.map_or("chat".to_owned(), |model| format!("chat {model}")),
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "error.type" = Empty,
            "gen_ai.operation.name" = "chat",
            "gen_ai.provider.name" = provider,
            "gen_ai.agent.name" = (!name.is_empty()).then_some(&**name),
            "gen_ai.conversation.id" = self.conversation.as_str(),
            "gen_ai.request.model" = model,
            "gen_ai.request.max_tokens" = options.max_tokens.map(count),
            "gen_ai.request.temperature" = options.temperature,
            "gen_ai.request.top_p" = options.top_p,
            "gen_ai.request.seed" = options.seed,
            "gen_ai.request.frequency_penalty" = options.frequency_penalty,
            "gen_ai.request.presence_penalty" = options.presence_penalty,
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
        );
        if hooks.record_content && !span.is_disabled() {
            let instructions = request.instructions.as_deref().map(content::instructions);
            span.record("gen_ai.system_instructions", instructions);
            span.record("gen_ai.input.messages", content::messages(&request.messages));
        }
        span
    }
}

/// A model's events, read inside a span.
struct Spanned<'a> {
    events: ModelStream<'a>,
    span: OpenSpan,
    /// The reply so far, where it is recorded.
    fold: Option<Fold>,
}

impl Stream for Spanned<'_> {
    type Item = Result<ModelEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = this.span.span.in_scope(|| this.events.as_mut().poll_next(context));
        let event = ready!(event);
        this.look(event.as_ref());
        Poll::Ready(event)
    }
}

impl Spanned<'_> {
    fn look(&mut self, event: Option<&Result<ModelEvent, Error>>) {
        if self.span.is_ended() {
            return;
        }
        match event {
            Some(Ok(ModelEvent::Finished(finished))) => {
                self.span.end();
                finish(&self.span.span, finished);
                if let Some(fold) = self.fold.take() {
                    let reply = fold.finish((**finished).clone());
                    let recorded = content::reply(&reply);
                    self.span.span.record("gen_ai.output.messages", recorded);
                }
            }
            Some(Ok(event)) => {
                if let Some(fold) = &mut self.fold {
                    fold.take(event.clone());
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

fn finish(span: &Span, finished: &Finished) {
    span.record("gen_ai.response.id", finished.response_id.as_deref());
    span.record("gen_ai.response.model", finished.model.as_deref());
    if let Some(reason) = finished.reason.as_str() {
        // Fields have no lists, so that the convention's list of one is its JSON.
        span.record("gen_ai.response.finish_reasons", json!([reason]).to_string());
    }
    if let Some(usage) = finished.usage {
        span.record("gen_ai.usage.input_tokens", count(usage.input_tokens));
        span.record("gen_ai.usage.output_tokens", count(usage.output_tokens));
        span.record("gen_ai.usage.cache_read.input_tokens", count(usage.cached_input_tokens));
        span.record("gen_ai.usage.reasoning.output_tokens", count(usage.reasoning_tokens));
    }
}
