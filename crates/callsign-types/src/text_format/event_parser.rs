//! The events of a response whose text has a format.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::parser::TextParser;
use super::pieces::{Piece, WrittenCall};
use super::text_format::TextFormat;
use crate::error::Error;
use crate::event::{ModelEvent, ResponseEnd, ToolCallDelta};
use crate::finish_reason::FinishReason;
use crate::message::ToolCall;
use crate::request::{Request, ToolChoice, ToolDefinition};
use crate::traits::model::ModelStream;

/// Takes reasoning and calls out of the text of one response's events.
#[derive(Debug)]
pub struct EventParser {
    parser: TextParser,
    /// What a parser of the next attempt starts with, if the response is discarded.
    start: (TextFormat, Arc<[ToolDefinition]>),
    /// The calls that were written as text.
    written: Vec<WrittenCall>,
    /// Whether the provider has sent a call of its own. Its text is not read as calls then, because
    /// it may repeat them.
    has_calls: bool,
    ready: VecDeque<Result<ModelEvent, Error>>,
}

/// Returns a parser of the response to `request`; `None` if nothing in it can have the format. Calls
/// are looked for if the request has tools and its tool choice allows calls.
#[doc(hidden)]
#[must_use]
pub fn parse_events(format: &TextFormat, request: &Request) -> Option<EventParser> {
    if format.is_plain() {
        return None;
    }
    let mut format = format.clone();
    if request.tools.is_empty() || request.tool_choice == ToolChoice::None {
        format.calls = Vec::new().into();
    }
    if format.is_plain() {
        return None;
    }
    let start = (format, request.tools.clone());
    Some(EventParser {
        parser: TextParser::new(start.0.clone(), start.1.clone()),
        start,
        written: Vec::new(),
        has_calls: false,
        ready: VecDeque::new(),
    })
}

impl EventParser {
    /// Returns the events of `response`, parsed.
    #[doc(hidden)]
    #[must_use]
    pub fn stream(self, response: ModelStream<'_>) -> ModelStream<'_> {
        let parsed = (Box::new(self), Some(response));
        Box::pin(stream::unfold(parsed, |(mut this, mut response)| async move {
            loop {
                if let Some(event) = this.ready.pop_front() {
                    return Some((event, (this, response)));
                }
                let event = response.as_mut()?.next().await;
                if !matches!(event, Some(Ok(_))) {
                    response = None;
                }
                this.push(event);
            }
        }))
    }

    /// Processes the next event of the response; `None` is its end.
    fn push(&mut self, event: Option<Result<ModelEvent, Error>>) {
        match event {
            Some(Ok(ModelEvent::TextDelta(text))) => {
                let pieces = self.parser.push(&text);
                self.emit(pieces);
            }
            Some(Ok(ModelEvent::ReasoningDelta(text))) => {
                self.parser.skip_expected_reasoning();
                self.ready.push_back(Ok(ModelEvent::ReasoningDelta(text)));
            }
            Some(Ok(event @ (ModelEvent::ToolCall(_) | ModelEvent::ToolCallDelta(_)))) => {
                self.prefer_native_calls();
                self.ready.push_back(Ok(event));
            }
            Some(Ok(ModelEvent::Finished(end))) => self.finish(*end),
            Some(Ok(event @ ModelEvent::Retrying(_))) => {
                // What came before is discarded, also the text that was held back.
                let (format, tools) = self.start.clone();
                self.parser = TextParser::new(format, tools);
                (self.written, self.has_calls) = (Vec::new(), false);
                self.ready.push_back(Ok(event));
            }
            Some(Ok(event)) => self.ready.push_back(Ok(event)),
            // The text that has arrived is kept with the error.
            ended => {
                let pieces = self.parser.abort();
                self.emit(pieces);
                self.ready.extend(ended);
            }
        }
    }

    fn emit(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            let event = match piece {
                Piece::Text(text) => ModelEvent::TextDelta(text),
                Piece::Reasoning(text) => ModelEvent::ReasoningDelta(text),
                Piece::Call(call) => {
                    let (name, arguments) = (call.name.clone(), call.arguments.clone());
                    let index = self.written.len();
                    self.written.push(call);
                    ModelEvent::ToolCallDelta(ToolCallDelta::new(index, Some(name), arguments))
                }
            };
            self.ready.push_back(Ok(event));
        }
    }

    /// Turns written calls back into text.
    fn prefer_native_calls(&mut self) {
        if std::mem::replace(&mut self.has_calls, true) {
            return;
        }
        let written = std::mem::take(&mut self.written);
        let texts = written.into_iter().map(|call| call.text).filter(|text| !text.is_empty());
        self.ready.extend(texts.map(|text| Ok(ModelEvent::TextDelta(text))));
        let pieces = self.parser.stop_calls();
        self.emit(pieces);
    }

    fn finish(&mut self, mut end: ResponseEnd) {
        let is_cut = end.reason.is_cut();
        let pieces = if is_cut { self.parser.abort() } else { self.parser.finish() };
        self.emit(pieces);
        if !self.written.is_empty() && end.reason == FinishReason::Stop {
            end.reason = FinishReason::ToolCalls;
        }
        for call in std::mem::take(&mut self.written) {
            let call = ToolCall::new(call.id, call.name, call.arguments);
            self.ready.push_back(Ok(ModelEvent::ToolCall(call)));
        }
        self.ready.push_back(Ok(ModelEvent::Finished(Box::new(end))));
    }
}
