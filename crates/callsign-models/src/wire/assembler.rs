//! Assembly of a response from its chunks.
//!
//! A response that was not streamed is one chunk. Deltas are emitted as they arrive. Tool calls
//! and the end are emitted by [`ResponseAssembler::finish`], if the response ended properly.

mod content;
mod end;
mod notice;
mod other_choices;

use std::borrow::Cow;
use std::sync::Arc;

use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::ToolDefinition;
use callsign_types::usage::Usage;
use serde_json::{Map, Value};

use self::content::{Piece, SeenDeltas};
pub(crate) use self::end::{EndOfInput, Progress};
use self::notice::Notice;
use self::other_choices::OtherChoice;
use super::chunk::{Choice, Chunk, Delta};
use super::extras;
use super::fast_json;
use super::finish_reason::{self, Spellings};
use super::lenient::Lenient;
use super::response_error::ResponseError;
use super::surrogates::{self, HalfJoiner, Marks, Rewritten};
use super::template::{ChunkTemplate, TextField};
use super::tool_call_assembler::ToolCallAssembler;
use super::usage::{self, UsageField};
use crate::endpoint::finish_reasons::FINISH_REASONS;

/// Assembles one response and emits its events.
#[derive(Debug)]
pub(crate) struct ResponseAssembler {
    /// The tools of the request.
    tools: Arc<[ToolDefinition]>,
    /// The finish reasons of the profile.
    finish_reasons: Spellings,
    calls: ToolCallAssembler,
    /// The index of the first choice. Some gateways count from 1.
    index: Option<u64>,
    /// The choices with another index.
    other_choices: Vec<OtherChoice>,
    /// Whether the request asked for several choices.
    has_alternatives: bool,
    finish_reason: Option<FinishReason>,
    usage: Option<Usage>,
    response_id: Option<String>,
    model: Option<String>,
    message_extra: Map<String, Value>,
    choice_extra: Map<String, Value>,
    extra: Vec<(String, Value)>,
    /// The last usage object as received, if it has figures that [`Usage`] lacks.
    raw_usage: Option<Value>,
    /// The number of chunks that added something.
    chunks: u64,
    /// Whether a delta or a message has arrived. A complete message after deltas repeats them.
    seen_message: bool,
    deltas: SeenDeltas,
    /// Whether content has arrived after the finish reason, which was not the end then.
    reason_was_early: bool,
    /// Whether any text or refusal was emitted.
    has_text: bool,
    halves: PieceHalves,
    /// The last event that may explain why the response breaks off.
    notice: Option<Value>,
    /// Whether the provider has sent `[DONE]`.
    done: bool,
    template: ChunkTemplate,
}

/// The surrogate halves at the ends of the last pieces.
#[derive(Debug, Default)]
struct PieceHalves {
    text: HalfJoiner,
    reasoning: HalfJoiner,
    refusal: HalfJoiner,
}

impl ResponseAssembler {
    /// Creates an assembler for the response to a request that offered `tools`.
    pub(crate) fn new(tools: Arc<[ToolDefinition]>) -> Self {
        Self {
            calls: ToolCallAssembler::new(tools.clone()),
            tools,
            finish_reasons: Cow::Borrowed(FINISH_REASONS),
            index: None,
            other_choices: Vec::new(),
            has_alternatives: false,
            finish_reason: None,
            usage: None,
            response_id: None,
            model: None,
            message_extra: Map::new(),
            choice_extra: Map::new(),
            extra: Vec::new(),
            raw_usage: None,
            chunks: 0,
            seen_message: false,
            deltas: SeenDeltas::default(),
            reason_was_early: false,
            has_text: false,
            halves: PieceHalves::default(),
            notice: None,
            done: false,
            template: ChunkTemplate::default(),
        }
    }

    /// Sets the finish reasons of the profile.
    pub(crate) fn finish_reasons(mut self, spellings: &Spellings) -> Self {
        self.finish_reasons.clone_from(spellings);
        self
    }

    /// Sets the parameter `n` of the request. The choices of a request for several are alternatives.
    pub(crate) fn choice_count(mut self, count: Option<&Value>) -> Self {
        self.has_alternatives = count.and_then(Value::as_u64).is_some_and(|count| count > 1);
        self
    }

    /// Returns whether the stream has sent its end marker.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Forces a full parse of the next chunk.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn reset_template(&mut self) {
        self.template = ChunkTemplate::default();
    }

    /// Processes one server-sent event of a stream.
    pub(crate) fn push_event(
        &mut self,
        name: &str,
        data: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        let data = data.trim();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        if name == "error" {
            let text = || Value::String(data.to_owned());
            let report = serde_json::from_str(data).unwrap_or_else(|_| text());
            return Err(ResponseError::Reported(report));
        }
        if !data.starts_with('{')
            && let Some(notice) = notice::from_text(data)
        {
            return self.push_notice(notice);
        }
        self.push_chunk(data, true, out)
    }

    /// Processes the body of a response that was not streamed.
    pub(crate) fn push_body(
        &mut self,
        json: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        self.push_chunk(json, false, out)?;
        if self.index.is_none() {
            return Err(malformed("it has no choices", None));
        }
        // A filter removes the message.
        let is_cut = self.finish_reason.as_ref().is_some_and(FinishReason::is_cut);
        let has_message = self.seen_message || self.has_text || !self.other_choices.is_empty();
        if has_message || is_cut {
            return Ok(());
        }
        let reason = self.finish_reason.as_ref().unwrap_or(&FinishReason::Missing);
        Err(malformed(&format!("its choice has no message; finish reason: {reason}"), None))
    }

    /// Emits the tool calls and the end of the response.
    ///
    /// `eof_is_end` says whether the end of the input ends a response without a finish reason.
    pub(crate) fn finish(
        mut self,
        end: EndOfInput,
        eof_is_end: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        let has_ended = end == EndOfInput::Complete || self.done;
        self.merge_other_choices(has_ended, out)?;
        let reason = self.end_reason(end, has_ended, eof_is_end)?;
        self.check_content(&reason)?;
        self.finish_pieces(out);
        self.calls.complete(out);
        out.extend(self.calls.finish().map(ModelEvent::ToolCall));
        let mut finished = ResponseEnd::new(reason);
        finished.usage = self.usage;
        finished.response_id = self.response_id;
        finished.model = self.model;
        finished.message_extra = self.message_extra;
        finished.extra = self.extra.into_iter().collect();
        finished.extra.extend(self.raw_usage.map(|usage| ("usage".to_owned(), usage)));
        for (name, value) in self.choice_extra {
            finished.extra.entry(name).or_insert(value);
        }
        out.extend(Some(ModelEvent::Finished(Box::new(finished))));
        Ok(())
    }

    /// Processes one chunk. `streamed` says whether others may follow.
    fn push_chunk(
        &mut self,
        json: &str,
        streamed: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        if let Some((field, text)) = self.template.match_text(json) {
            self.push_text(field, text, out);
            return Ok(());
        }
        let mut rewritten = None;
        let (json, chunk, marks) = match fast_json::read_fast(json) {
            Ok(chunk) => (json, chunk, None),
            Err(_) => read_unusual(json, &mut rewritten)?,
        };
        if marks.is_none() {
            self.template.learn(json, &chunk, self.index);
        }
        self.calls.marks = marks;
        let processed = self.process_chunk(json, chunk, streamed, out);
        self.calls.marks = None;
        processed
    }

    fn process_chunk(
        &mut self,
        json: &str,
        chunk: Chunk<'_>,
        streamed: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        if let Some(error) = chunk.error.filter(|error| is_error(error)) {
            // Some providers put the status and the code next to the error object, not inside.
            let siblings = ["code", "status", "status_code", "statusCode", "type"];
            let report = if siblings.iter().any(|name| chunk.unknown.get(name).is_some()) {
                serde_json::from_str(json).unwrap_or(*error)
            } else {
                *error
            };
            return Err(ResponseError::Reported(report));
        }
        // Some providers put an error's fields at the root of the document.
        let is_notice = || notice::is_notice(&chunk.unknown);
        if chunk.choices.is_none() && chunk.usage.is_none() && is_notice() {
            let report = serde_json::from_str(json).unwrap_or_default();
            return match streamed {
                true => self.push_notice(notice::from_object(report)),
                false => Err(ResponseError::Reported(report)),
            };
        }
        self.chunks += u64::from(chunk.usage.is_some());
        set_once(&mut self.response_id, &chunk.id);
        set_once(&mut self.model, &chunk.model);
        if !self.set_usage(chunk.usage) {
            // Groq's streams report usage here unless `stream_options` requests it.
            let groq = chunk.unknown.get("x_groq");
            self.set_usage_value(groq.and_then(|groq| groq.object_field("usage")));
        }
        extras::replace(&mut self.extra, chunk.unknown);
        let choices = chunk.choices.unwrap_or_default();
        if self.index.is_none() {
            self.index = choices.iter().map(|choice| choice.index.number().unwrap_or(0)).min();
        }
        for mut choice in choices {
            for delta in [&mut choice.delta, &mut choice.message].into_iter().flatten() {
                delta.convert_function_call();
            }
            match choice.index.number().filter(|index| Some(*index) != self.index) {
                None => self.push_choice(choice, out)?,
                Some(index) => self.push_other_choice(index, choice)?,
            }
        }
        Ok(())
    }

    fn push_notice(&mut self, notice: Notice) -> Result<(), ResponseError> {
        match notice {
            Notice::Ping => {}
            Notice::Message(message) => self.notice = Some(message),
            Notice::Error(report) => return Err(ResponseError::Reported(report)),
        }
        Ok(())
    }

    /// Processes a chunk that the template reduced to one text.
    fn push_text(
        &mut self,
        field: TextField,
        text: Cow<'_, str>,
        out: &mut impl Extend<ModelEvent>,
    ) {
        self.reason_was_early |= self.finish_reason.is_some() && !text.is_empty();
        match field {
            _ if text.is_empty() => {}
            TextField::Content => self.push_piece(Piece::Text, text, out),
            TextField::Reasoning => self.push_piece(Piece::Reasoning, text, out),
            TextField::Arguments(index) => self.calls.push_arguments(index, text, out),
        }
    }

    /// Replaces the usage, because providers that report it repeatedly report a running total.
    /// Returns whether the field held a usage object.
    fn set_usage(&mut self, field: Option<UsageField<'_>>) -> bool {
        let Some(UsageField { json, parsed: Some(parsed) }) = field else { return false };
        self.usage = Some(parsed.usage);
        // `json` was parsed before, so this does not fail.
        self.raw_usage =
            parsed.has_other_figures.then(|| serde_json::from_str(json).unwrap_or_default());
        true
    }

    /// Replaces the usage by one from a provider-specific field.
    fn set_usage_value(&mut self, usage: Option<Value>) {
        if let Some(json) = usage.map(|usage| usage.to_string()) {
            self.set_usage(Some(UsageField { parsed: usage::read(&json), json: &json }));
        }
    }

    fn push_choice(
        &mut self,
        choice: Choice<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        if let Some(error) = choice.error.filter(|error| is_error(error)) {
            return Err(ResponseError::Reported(*error));
        }
        let is_empty = |delta: &Option<Delta<'_>>| delta.as_ref().is_none_or(Delta::is_empty);
        let is_bare = is_empty(&choice.delta) && is_empty(&choice.message);
        let has_content = !is_bare || choice.text.text().is_some();
        let has_reason = choice.finish_reason.text().is_some();
        self.chunks += u64::from(has_content || has_reason || !choice.unknown.0.is_empty());
        self.reason_was_early |= self.finish_reason.is_some() && has_content;
        let text = is_bare.then_some(choice.text);
        if let Some(delta) = choice.delta {
            self.seen_message = true;
            self.deltas.add(&delta);
            self.push_delta(delta, out)?;
        }
        if let Some(message) = choice.message {
            self.seen_message = true;
            self.push_message(message, out)?;
        }
        if let Some(Lenient::Text(text)) = text {
            self.seen_message = true;
            self.push_piece(Piece::Text, text, out);
        }
        // Moonshot's streams report usage in the last choice.
        self.set_usage_value(choice.unknown.get("usage").and_then(Lenient::object));
        extras::append(&mut self.choice_extra, choice.unknown);
        if choice.finish_reason.text() == Some("error") {
            let message = "the response ended with the finish reason \"error\"";
            return Err(ResponseError::Reported(Value::String(message.to_owned())));
        }
        let reason = choice.finish_reason.text();
        finish_reason::update(&mut self.finish_reason, reason, &self.finish_reasons);
        Ok(())
    }
}

/// Sets `target` to the first text that is not empty.
fn set_once(target: &mut Option<String>, value: &Lenient<'_>) {
    if target.is_none() {
        *target = value.text().map(str::to_owned);
    }
}

fn is_error(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

/// Reads a chunk that the fast parser does not support. If it has lone surrogate halves, returns the
/// text without them, which is kept in `rewritten`, and the marks that replace them in the chunk.
fn read_unusual<'a>(
    json: &'a str,
    rewritten: &'a mut Option<Rewritten>,
) -> Result<(&'a str, Chunk<'a>, Option<Marks>), ResponseError> {
    let read = |json| serde_json::from_str(json).map_err(|error| parse_error(json, error));
    *rewritten = surrogates::rewrite(json);
    let Some(Rewritten { clean, marked, marks }) = rewritten else {
        return Ok((json, read(json)?, None));
    };
    let mut chunk: Chunk<'a> = read(clean)?;
    chunk.take_pieces(read(marked)?);
    Ok((clean, chunk, Some(*marks)))
}

fn parse_error(json: &str, error: serde_json::Error) -> ResponseError {
    // Google's endpoint wraps its errors in an array.
    if let Ok(Value::Array(items)) = serde_json::from_str(json)
        && let Some(error) = items.first().and_then(|item| item.get("error"))
    {
        return ResponseError::Reported(error.clone());
    }
    if error.is_eof() {
        return ResponseError::Incomplete;
    }
    malformed("it is not a chat completion", Some(error))
}

fn malformed(what: &str, error: Option<serde_json::Error>) -> ResponseError {
    ResponseError::Malformed(what.to_owned(), error)
}

/// Returns whether the fast path parses `json`.
///
/// # Panics
/// Panics if the fast path and `serde_json` read different values.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn check_fast_path(json: &str) -> bool {
    fast_json::check::<Lenient<'_>>(json);
    fast_json::check::<Chunk<'_>>(json)
}

#[cfg(test)]
mod tests;
