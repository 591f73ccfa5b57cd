//! Assembly of a response from its chunks.
//!
//! A response that was not streamed is one chunk. Deltas are emitted as they arrive. Tool calls
//! and the end are emitted by [`ResponseAssembler::finish`], if the response ended properly.

use std::borrow::Cow;
use std::sync::Arc;

use callsign_types::event::{ModelEvent, ResponseEnd};
use callsign_types::finish_reason::FinishReason;
use callsign_types::request::ToolDefinition;
use callsign_types::usage::Usage;
use serde_json::{Map, Value};

use super::chunk::{Choice, Chunk, Delta};
use super::extras;
use super::fast_json;
use super::finish_reason;
use super::lenient::Lenient;
use super::response_error::ResponseError;
use super::template::{ChunkTemplate, TextField};
use super::tool_call_assembler::ToolCallAssembler;
use super::usage::{self, UsageField};

/// Assembles one response and emits its events.
#[derive(Debug)]
pub(crate) struct ResponseAssembler {
    calls: ToolCallAssembler,
    finish_reason: Option<FinishReason>,
    usage: Option<Usage>,
    response_id: Option<String>,
    model: Option<String>,
    message_extra: Map<String, Value>,
    choice_extra: Map<String, Value>,
    extra: Vec<(String, Value)>,
    /// The last usage object as received, if it has figures that [`Usage`] lacks.
    raw_usage: Option<Value>,
    /// Whether a delta or a message has arrived. A complete message after deltas repeats them.
    seen_message: bool,
    /// Whether a delta had text, a refusal or reasoning.
    delta_text: bool,
    /// Whether a delta had a part of a tool call.
    delta_calls: bool,
    /// Whether the provider has sent `[DONE]`.
    done: bool,
    template: ChunkTemplate,
}

/// How the input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndOfInput {
    /// The stream sent its end marker, or the response was not streamed.
    Complete,
    /// The connection was closed cleanly, without an end marker.
    ConnectionClosed,
}

impl ResponseAssembler {
    /// Creates an assembler for the response to a request that offered `tools`.
    pub(crate) fn new(tools: Arc<[ToolDefinition]>) -> Self {
        Self {
            calls: ToolCallAssembler::new(tools),
            finish_reason: None,
            usage: None,
            response_id: None,
            model: None,
            message_extra: Map::new(),
            choice_extra: Map::new(),
            extra: Vec::new(),
            raw_usage: None,
            seen_message: false,
            delta_text: false,
            delta_calls: false,
            done: false,
            template: ChunkTemplate::default(),
        }
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
        self.push_chunk(data, out)
    }

    /// Processes the body of a response that was not streamed.
    pub(crate) fn push_body(
        &mut self,
        json: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        self.push_chunk(json, out)?;
        let has_choice = self.finish_reason.is_some() || self.seen_message;
        if has_choice { Ok(()) } else { Err(malformed("it has no choices", None)) }
    }

    /// Emits the tool calls and the end of the response.
    ///
    /// `eof_is_end` says whether a closed connection without a finish reason ends a response.
    pub(crate) fn finish(
        self,
        end: EndOfInput,
        eof_is_end: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        let is_incomplete = end == EndOfInput::ConnectionClosed && !self.done && !eof_is_end;
        let reason = match self.finish_reason {
            Some(reason) => reason,
            None if is_incomplete => return Err(ResponseError::Incomplete),
            None => FinishReason::Missing,
        };
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

    fn push_chunk(
        &mut self,
        json: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        if let Some((field, text)) = self.template.match_text(json) {
            self.push_text(field, text, out);
            return Ok(());
        }
        let chunk: Chunk<'_> = match fast_json::read(json) {
            Ok(chunk) => chunk,
            Err(error) => return Err(parse_error(json, error)),
        };
        self.template.learn(json, &chunk);
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
        let has_error_fields =
            || ["message", "detail"].iter().any(|name| chunk.unknown.get(name).is_some());
        if chunk.choices.is_none() && chunk.usage.is_none() && has_error_fields() {
            return Err(ResponseError::Reported(serde_json::from_str(json).unwrap_or_default()));
        }
        set_once(&mut self.response_id, &chunk.id);
        set_once(&mut self.model, &chunk.model);
        if !self.set_usage(chunk.usage) {
            // Groq's streams report usage here unless `stream_options` requests it.
            let groq = chunk.unknown.get("x_groq");
            self.set_usage_value(groq.and_then(|groq| groq.object_field("usage")));
        }
        extras::replace(&mut self.extra, chunk.unknown);
        for choice in chunk.choices.into_iter().flatten() {
            // Choices with other indexes are alternatives (`n` > 1), which are not supported.
            if choice.index.number().unwrap_or(0) == 0 {
                self.push_choice(choice, out)?;
            }
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
        match field {
            _ if text.is_empty() => {}
            TextField::Content => out.extend(Some(ModelEvent::TextDelta(text.into_owned()))),
            TextField::Reasoning => out.extend(Some(ModelEvent::ReasoningDelta(text.into_owned()))),
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
        if let Some(delta) = choice.delta {
            self.seen_message = true;
            self.delta_text |= delta.has_text();
            self.delta_calls |= delta.has_calls();
            self.push_delta(delta, out)?;
        }
        if let Some(message) = choice.message {
            self.seen_message = true;
            self.push_message(message, out)?;
        }
        // Moonshot's streams report usage in the last choice.
        self.set_usage_value(choice.unknown.get("usage").and_then(Lenient::object));
        extras::append(&mut self.choice_extra, choice.unknown);
        match choice.finish_reason.text() {
            Some("error") => {
                let message = "the response ended with the finish reason \"error\"";
                Err(ResponseError::Reported(Value::String(message.to_owned())))
            }
            Some(reason) => {
                // A later chunk does not make a truncated response complete.
                let is_cut = self.finish_reason.as_ref().is_some_and(FinishReason::is_cut);
                if let Some(reason) = finish_reason::decode(reason).filter(|_| !is_cut) {
                    self.finish_reason = Some(reason);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Processes a whole message, or an increment that a stream sends as `message`. It repeats what
    /// has come as deltas: some servers send both.
    fn push_message(
        &mut self,
        message: Delta<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        let missing = match (self.delta_text, self.delta_calls) {
            (false, false) => message,
            (true, false) => Delta { tool_calls: message.tool_calls, ..Delta::default() },
            (false, true) => Delta { tool_calls: None, ..message },
            (true, true) => return Ok(()),
        };
        self.push_delta(missing, out)
    }

    fn push_delta(
        &mut self,
        delta: Delta<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), ResponseError> {
        // If both fields are present, they hold the same text.
        let reasoning = delta.reasoning_content.text().or_else(|| delta.reasoning.text());
        if let Some(text) = reasoning {
            out.extend(Some(ModelEvent::ReasoningDelta(text.to_owned())));
        }
        for (name, value) in
            [("reasoning_content", delta.reasoning_content), ("reasoning", delta.reasoning)]
        {
            if let Some(value) = extras::non_text(value) {
                extras::append_one(&mut self.message_extra, name, value);
            }
        }
        match delta.content {
            Lenient::Text(text) if text.is_empty() => {}
            Lenient::Text(text) => out.extend(Some(ModelEvent::TextDelta(text.into_owned()))),
            content => match extras::non_text(content) {
                Some(Value::Array(parts)) => self.push_parts(parts, out),
                Some(value) => extras::append_one(&mut self.message_extra, "content", value),
                None => {}
            },
        }
        match delta.refusal {
            Lenient::Text(text) if text.is_empty() => {}
            Lenient::Text(text) => out.extend(Some(ModelEvent::RefusalDelta(text.into_owned()))),
            refusal => {
                if let Some(value) = extras::non_text(refusal) {
                    extras::append_one(&mut self.message_extra, "refusal", value);
                }
            }
        }
        extras::append(&mut self.message_extra, delta.unknown);
        let tool_calls = delta.tool_calls.unwrap_or_default();
        if tool_calls.is_empty() {
            return Ok(());
        }
        self.calls.push(tool_calls, out).map_err(|error| {
            malformed("the arguments of a tool call are not valid JSON", Some(error))
        })
    }

    /// Processes content that is an array of parts. Unknown parts are kept in the extra fields.
    fn push_parts(&mut self, parts: Vec<Value>, out: &mut impl Extend<ModelEvent>) {
        for part in parts {
            let text = part_text(&part).filter(|text| !text.is_empty());
            match (part.get("type").and_then(Value::as_str), text) {
                (Some("text" | "output_text") | None, Some(text)) => {
                    out.extend(Some(ModelEvent::TextDelta(text)));
                }
                (Some("thinking" | "reasoning"), Some(text)) => {
                    out.extend(Some(ModelEvent::ReasoningDelta(text)));
                }
                (Some("text" | "thinking" | "reasoning"), None) => {}
                _ => {
                    let parts = Value::Array(vec![part]);
                    extras::append_one(&mut self.message_extra, "content", parts);
                }
            }
        }
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

/// Returns the text of a content part, or the concatenated text of its nested parts.
fn part_text(part: &Value) -> Option<String> {
    match part {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(part_text).collect()),
        Value::Object(fields) => {
            ["text", "thinking", "reasoning"].iter().find_map(|name| part_text(fields.get(*name)?))
        }
        _ => None,
    }
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
