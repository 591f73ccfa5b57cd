//! A reply, put together from its pieces.
//!
//! A reply that comes whole is one piece. Deltas are told as they come; calls and the end only
//! once the reply has ended well.

use std::borrow::Cow;
use std::sync::Arc;

use callsign_core::words::event::{Finished, ModelEvent};
use callsign_core::words::finish::FinishReason;
use callsign_core::words::request::ToolDefinition;
use callsign_core::words::usage::Usage;
use serde_json::{Map, Value};

use super::calls::Calls;
use super::chunk::{Choice, Chunk, Delta};
use super::extras;
use super::fault::Fault;
use super::loose::Loose;
use super::plain;
use super::template::{Place, Template};
use super::usage::{self, Bill};

/// Puts a reply together.
#[derive(Debug)]
pub(crate) struct Assembler {
    calls: Calls,
    finish_reason: Option<FinishReason>,
    usage: Option<Usage>,
    response_id: Option<String>,
    model: Option<String>,
    message_extra: Map<String, Value>,
    choice_extra: Map<String, Value>,
    extra: Vec<(String, Value)>,
    /// The last usage as it came, where it says more than is known.
    odd_usage: Option<Value>,
    /// Whether a delta has come; a whole message beside deltas only says them again.
    streamed: bool,
    /// Whether the service has said that nothing more comes.
    done: bool,
    template: Template,
}

/// How the pieces came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The stream said so, or the reply came whole.
    Said,
    /// The connection was closed in good order, and that was all.
    EndOfFile,
}

impl Assembler {
    /// Begins a reply to a request that offered these tools.
    pub(crate) fn new(tools: Arc<[ToolDefinition]>) -> Self {
        Self {
            calls: Calls::new(tools),
            finish_reason: None,
            usage: None,
            response_id: None,
            model: None,
            message_extra: Map::new(),
            choice_extra: Map::new(),
            extra: Vec::new(),
            odd_usage: None,
            streamed: false,
            done: false,
            template: Template::default(),
        }
    }

    /// Whether the stream has said that nothing more comes.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Has the next piece read in full, whatever came before it.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn forget_template(&mut self) {
        self.template = Template::default();
    }

    /// Takes one event of a stream: its name and its data.
    pub(crate) fn take_event(
        &mut self,
        name: &str,
        data: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), Fault> {
        let data = data.trim();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        if name == "error" {
            let plain = || Value::String(data.to_owned());
            return Err(Fault::Reported(serde_json::from_str(data).unwrap_or_else(|_| plain())));
        }
        self.take(data, out)
    }

    /// Takes a whole reply.
    pub(crate) fn take_body(
        &mut self,
        json: &str,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), Fault> {
        self.take(json, out)?;
        let answered = self.finish_reason.is_some() || self.streamed;
        if answered { Ok(()) } else { Err(not_understood("it has no choice in it", None)) }
    }

    /// Ends the reply: its calls, and its end.
    pub(crate) fn finish(
        self,
        end: End,
        end_of_file_ends: bool,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), Fault> {
        let cut_off = end == End::EndOfFile && !self.done && !end_of_file_ends;
        let reason = match self.finish_reason {
            Some(reason) => reason,
            None if cut_off => return Err(Fault::CutOff),
            None => FinishReason::Missing,
        };
        out.extend(self.calls.finish().map(ModelEvent::ToolCall));
        let mut finished = Finished::new(reason);
        finished.usage = self.usage;
        finished.response_id = self.response_id;
        finished.model = self.model;
        finished.message_extra = self.message_extra;
        finished.extra = self.extra.into_iter().collect();
        finished.extra.extend(self.odd_usage.map(|usage| ("usage".to_owned(), usage)));
        for (name, value) in self.choice_extra {
            finished.extra.entry(name).or_insert(value);
        }
        out.extend(Some(ModelEvent::Finished(Box::new(finished))));
        Ok(())
    }

    fn take(&mut self, json: &str, out: &mut impl Extend<ModelEvent>) -> Result<(), Fault> {
        if let Some((place, text)) = self.template.text(json) {
            self.take_text(place, text, out);
            return Ok(());
        }
        let chunk: Chunk<'_> = match plain::read(json) {
            Ok(chunk) => chunk,
            Err(error) => return Err(misread(json, error)),
        };
        self.template.learn(json, &chunk);
        if let Some(error) = chunk.error.filter(|error| is_error(error)) {
            // Some services put the status and the code beside the error.
            let beside = ["code", "status", "status_code", "statusCode", "type"];
            let told = if beside.iter().any(|name| chunk.rest.get(name).is_some()) {
                serde_json::from_str(json).unwrap_or(*error)
            } else {
                *error
            };
            return Err(Fault::Reported(told));
        }
        // Some services put an error's fields at the root, where a reply would be.
        let complains = || ["message", "detail"].iter().any(|name| chunk.rest.get(name).is_some());
        if chunk.choices.is_none() && chunk.usage.is_none() && complains() {
            return Err(Fault::Reported(serde_json::from_str(json).unwrap_or_default()));
        }
        learn(&mut self.response_id, &chunk.id);
        learn(&mut self.model, &chunk.model);
        if !self.take_usage(chunk.usage) {
            // Groq's streams have it in a field of their own where it was not asked for.
            self.take_usage_beside(chunk.rest.get("x_groq").and_then(|groq| groq.within("usage")));
        }
        extras::replace(&mut self.extra, chunk.rest);
        for choice in chunk.choices.into_iter().flatten() {
            // Other choices are other replies to the same request; one is what was asked for.
            if choice.index.number().unwrap_or(0) == 0 {
                self.take_choice(choice, out)?;
            }
        }
        Ok(())
    }

    /// Takes a piece that differs from one before in this text alone.
    fn take_text(&mut self, place: Place, text: Cow<'_, str>, out: &mut impl Extend<ModelEvent>) {
        match place {
            _ if text.is_empty() => {}
            Place::Content => out.extend(Some(ModelEvent::TextDelta(text.into_owned()))),
            Place::Reasoning => out.extend(Some(ModelEvent::ReasoningDelta(text.into_owned()))),
            Place::Arguments(index) => self.calls.take_arguments(index, text, out),
        }
    }

    /// The last usage holds: services that tell it more than once tell a running total.
    /// Says whether there was one.
    fn take_usage(&mut self, bill: Option<Bill<'_>>) -> bool {
        let Some(Bill { json, told: Some(told) }) = bill else { return false };
        self.usage = Some(told.usage);
        // It was read before, so that it can be read again.
        self.odd_usage = told.says_more.then(|| serde_json::from_str(json).unwrap_or_default());
        true
    }

    /// Takes a usage that stands where another service has something else.
    fn take_usage_beside(&mut self, usage: Option<Value>) {
        if let Some(json) = usage.map(|usage| usage.to_string()) {
            self.take_usage(Some(Bill { told: usage::read(&json), json: &json }));
        }
    }

    fn take_choice(
        &mut self,
        choice: Choice<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), Fault> {
        if let Some(error) = choice.error.filter(|error| is_error(error)) {
            return Err(Fault::Reported(*error));
        }
        let piece = match (choice.delta, choice.message) {
            (Some(delta), _) => Some(delta),
            (None, message) => message.filter(|_| !self.streamed),
        };
        if let Some(piece) = piece {
            self.streamed = true;
            self.take_delta(piece, out)?;
        }
        // Moonshot's streams have it in the last choice.
        self.take_usage_beside(choice.rest.get("usage").and_then(Loose::object));
        extras::append(&mut self.choice_extra, choice.rest);
        match choice.finish_reason.text() {
            Some("error") => {
                let message = "the reply ended with the finish reason \"error\"";
                Err(Fault::Reported(Value::String(message.to_owned())))
            }
            Some(reason) => {
                self.finish_reason = Some(FinishReason::from(reason));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn take_delta(
        &mut self,
        delta: Delta<'_>,
        out: &mut impl Extend<ModelEvent>,
    ) -> Result<(), Fault> {
        // Where both are there, the one only says the other again.
        let reasoning = delta.reasoning_content.text().or_else(|| delta.reasoning.text());
        if let Some(text) = reasoning {
            out.extend(Some(ModelEvent::ReasoningDelta(text.to_owned())));
        }
        for (name, value) in
            [("reasoning_content", delta.reasoning_content), ("reasoning", delta.reasoning)]
        {
            if let Some(value) = extras::other(value) {
                extras::append_one(&mut self.message_extra, name, value);
            }
        }
        match delta.content {
            Loose::Text(text) if text.is_empty() => {}
            Loose::Text(text) => out.extend(Some(ModelEvent::TextDelta(text.into_owned()))),
            content => match extras::other(content) {
                Some(Value::Array(parts)) => self.take_parts(parts, out),
                Some(value) => extras::append_one(&mut self.message_extra, "content", value),
                None => {}
            },
        }
        match delta.refusal {
            Loose::Text(text) if text.is_empty() => {}
            Loose::Text(text) => out.extend(Some(ModelEvent::RefusalDelta(text.into_owned()))),
            refusal => {
                if let Some(value) = extras::other(refusal) {
                    extras::append_one(&mut self.message_extra, "refusal", value);
                }
            }
        }
        extras::append(&mut self.message_extra, delta.rest);
        let pieces = delta.tool_calls.unwrap_or_default();
        if pieces.is_empty() {
            return Ok(());
        }
        self.calls.take(pieces, out).map_err(|error| {
            not_understood("the arguments of a call are not readable", Some(error))
        })
    }

    /// Takes content that is a list of parts: text, reasoning, and what is not known.
    fn take_parts(&mut self, parts: Vec<Value>, out: &mut impl Extend<ModelEvent>) {
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

/// Keeps the first text that is not empty.
fn learn(known: &mut Option<String>, said: &Loose<'_>) {
    if known.is_none() {
        *known = said.text().map(str::to_owned);
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

/// The text of a part: its own, or that of the parts within.
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

fn misread(json: &str, error: serde_json::Error) -> Fault {
    // Google's endpoint wraps its errors in a list.
    if let Ok(Value::Array(items)) = serde_json::from_str(json)
        && let Some(error) = items.first().and_then(|item| item.get("error"))
    {
        return Fault::Reported(error.clone());
    }
    if error.is_eof() {
        return Fault::CutOff;
    }
    not_understood("it is not the JSON of chat completions", Some(error))
}

fn not_understood(what: &str, error: Option<serde_json::Error>) -> Fault {
    Fault::NotUnderstood(what.to_owned(), error)
}

/// Whether a JSON text is one that is read quickly.
///
/// # Panics
/// Where it is, and is read otherwise than `serde_json` reads it.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn check_plain(json: &str) -> bool {
    plain::check::<Loose<'_>>(json);
    plain::check::<Chunk<'_>>(json)
}

#[cfg(test)]
mod tests;
