//! A request's body that grows: what was written for the last request is not written again.
//!
//! The messages come first in a body, and each is written without a look at the others. So the
//! text of the next request of a conversation begins with that of the last, which is left as a
//! note with the messages that it stands for; only what is new is written. What comes behind the
//! messages stays the same for as long as tools and options do.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use callsign_core::words::message::Message;
use callsign_core::words::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};

use super::encode::{Behind, Body};
use super::history::says_something;
use super::message::WireMessage;
use super::tool_media::is_with_media;
use crate::endpoint::profile::{CallContent, Profile};

/// Writes the bodies of requests to one service, and keeps of them what comes again.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    /// What came behind the messages of the newest request.
    behind: Mutex<Option<BehindMessages>>,
}

/// What comes behind the messages, and for what it was written.
#[derive(Debug)]
struct BehindMessages {
    tools: Arc<[ToolDefinition]>,
    tool_choice: ToolChoice,
    options: Arc<Options>,
    json: Arc<[u8]>,
}

/// The note with a list of messages: a body, as far as it is theirs.
#[derive(Debug)]
struct Grown {
    dialect: Dialect,
    instructions: Option<Arc<str>>,
    /// How many messages are theirs.
    messages: usize,
    json: Arc<Vec<u8>>,
    /// Where the messages end in it.
    end: usize,
}

/// What of a profile decides how a message is written, and whether without a look at the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dialect {
    call_content: CallContent,
    returns_extra: bool,
    returns_reasoning: bool,
    json_tool_results: bool,
    nine_character_call_ids: bool,
    single_system_message: bool,
    tool_media_apart: bool,
}

impl Bodies {
    /// The body of a request. All that are written by the same `Bodies` name the same model, go
    /// to the same service, and are all streamed or all not.
    pub(crate) fn write(&self, body: &Body<'_>) -> serde_json::Result<Bytes> {
        let Body { request, profile, .. } = *body;
        let (dialect, instructions) = (Dialect::of(profile), &request.instructions);
        // What was written before was looked at before.
        let fits = |grown: &Grown| {
            grown.dialect == dialect
                && grown.instructions == *instructions
                && is_one_by_one(request, grown.messages, profile)
        };
        let (written, mut grown) = match request.messages.take_note(fits) {
            Some(found) => found,
            None if is_one_by_one(request, 0, profile) => {
                let json = begin(request, profile)?;
                let end = json.len();
                let (instructions, json) = (instructions.clone(), Arc::new(json));
                (0, Box::new(Grown { dialect, instructions, messages: 0, json, end }))
            }
            None => return serde_json::to_vec(body).map(Bytes::from),
        };
        let mut json = grown.go_on();
        let new = request.messages.iter().skip(written);
        for message in new.filter(|message| says_something(message)) {
            add(&mut json, message, profile)?;
        }
        (grown.messages, grown.end) = (request.messages.len(), json.len());
        json.extend_from_slice(&self.behind(body)?);
        let json = grown.keep(json);
        request.messages.leave_note(grown);
        Ok(Bytes::from_owner(Shared(json)))
    }

    /// What comes behind the messages, their closing bracket first.
    fn behind(&self, body: &Body<'_>) -> serde_json::Result<Arc<[u8]>> {
        let Request { tools, tool_choice, options, .. } = body.request;
        let mut newest = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*newest
            && Arc::ptr_eq(&known.tools, tools)
            && Arc::ptr_eq(&known.options, options)
            && known.tool_choice == *tool_choice
        {
            return Ok(known.json.clone());
        }
        let object = serde_json::to_vec(&Behind(body))?;
        let comma: &[u8] = if object == b"{}" { b"]" } else { b"]," };
        let json: Arc<[u8]> = [comma, &object[1..]].concat().into();
        let (tools, options) = (tools.clone(), options.clone());
        let tool_choice = tool_choice.clone();
        *newest = Some(BehindMessages { tools, tool_choice, options, json: json.clone() });
        Ok(json)
    }
}

/// Whether each message is written without a look at the others, if that is so of the first ones.
fn is_one_by_one(request: &Request, first: usize, profile: &Profile) -> bool {
    let depends = |message: &Message| match message {
        Message::System(_) | Message::Developer(_) => profile.single_system_message,
        message => profile.tool_media_apart && is_with_media(message),
    };
    let wants_json = request.options.response_format == Some(ResponseFormat::JsonObject);
    let asks_for_json = wants_json && profile.json_instruction.is_some();
    !asks_for_json && !request.messages.iter().skip(first).any(depends)
}

/// A body up to its first message.
fn begin(request: &Request, profile: &Profile) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(1024);
    json.extend_from_slice(OPENING);
    if let Some(instructions) = &request.instructions {
        add(&mut json, &Message::system(&**instructions), profile)?;
    }
    Ok(json)
}

const OPENING: &[u8] = b"{\"messages\":[";

fn add(json: &mut Vec<u8>, message: &Message, profile: &Profile) -> serde_json::Result<()> {
    if json.len() > OPENING.len() {
        json.push(b',');
    }
    serde_json::to_writer(json, &WireMessage { message, profile })
}

impl Grown {
    /// The body without what came behind the messages. Where it is still being sent, or is a
    /// fork's as well, it is copied.
    fn go_on(&mut self) -> Vec<u8> {
        match Arc::get_mut(&mut self.json) {
            Some(json) => {
                let mut json = std::mem::take(json);
                json.truncate(self.end);
                json
            }
            None => self.json[..self.end].to_vec(),
        }
    }

    /// Keeps the body, in the place of the one before if nobody else has that.
    fn keep(&mut self, json: Vec<u8>) -> Arc<Vec<u8>> {
        match Arc::get_mut(&mut self.json) {
            Some(place) => *place = json,
            None => self.json = Arc::new(json),
        }
        self.json.clone()
    }
}

impl Dialect {
    fn of(profile: &Profile) -> Self {
        Self {
            call_content: profile.call_content,
            returns_extra: profile.returns_extra,
            returns_reasoning: profile.returns_reasoning,
            json_tool_results: profile.json_tool_results,
            nine_character_call_ids: profile.nine_character_call_ids,
            single_system_message: profile.single_system_message,
            tool_media_apart: profile.tool_media_apart,
        }
    }
}

/// A body that is sent and kept.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
