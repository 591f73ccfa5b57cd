//! Reuse of request bodies: each message of a conversation is serialized once.
//!
//! The messages come first in a body, and each is serialized independently of the others. The body
//! of the next request therefore starts with the bytes of the previous one. Those are kept as a
//! note on the message list, and only new messages are serialized. The fields after the messages
//! are cached as long as the tools and the options stay the same.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use callsign_types::message::Message;
use callsign_types::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};

use super::alternation::can_merge;
use super::encode::{RequestBody, TrailingFields};
use super::message::WireMessage;
use super::message_list::is_sendable;
use super::tool_media::has_media;
use crate::endpoint::profile::{CallContent, Profile};

/// Serializes the bodies of requests to one endpoint and caches their reusable parts.
#[derive(Debug, Default)]
pub(crate) struct BodyCache {
    /// The fields after the messages of the last request.
    trailer: Mutex<Option<CachedTrailer>>,
}

/// The serialized fields after the messages, and the values that they were written from.
#[derive(Debug)]
struct CachedTrailer {
    tools: Arc<[ToolDefinition]>,
    tool_choice: ToolChoice,
    options: Arc<Options>,
    json: Arc<[u8]>,
}

/// The note on a message list: the body up to the end of those messages.
#[derive(Debug)]
struct CachedPrefix {
    format: MessageFormat,
    instructions: Option<Arc<str>>,
    /// How many messages of the list `json` has.
    messages: usize,
    json: Arc<Vec<u8>>,
    /// The length of `json` up to the end of the messages.
    end: usize,
}

/// The fields of a [`Profile`] that affect how messages are serialized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MessageFormat {
    call_content: CallContent,
    returns_extra: bool,
    returns_reasoning: bool,
    json_tool_results: bool,
    nine_character_call_ids: bool,
    single_system_message: bool,
    tool_media_apart: bool,
    requires_reasoning: bool,
    alternating_roles: bool,
}

impl BodyCache {
    /// Serializes the body of a request. All requests of one cache must have the same model, the
    /// same endpoint, and the same `streaming`.
    pub(crate) fn write(&self, body: &RequestBody<'_>) -> serde_json::Result<Bytes> {
        let RequestBody { request, profile, .. } = *body;
        let (format, instructions) = (MessageFormat::of(profile), &request.instructions);
        // The messages in the prefix were checked when it was created.
        let is_reusable = |prefix: &CachedPrefix| {
            prefix.format == format
                && prefix.instructions == *instructions
                && are_independent(request, prefix.messages, profile)
        };
        let (written, mut prefix) = match request.messages.take_cached(is_reusable) {
            Some(found) => found,
            None if are_independent(request, 0, profile) => {
                let json = start_body(request, profile)?;
                let end = json.len();
                let (instructions, json) = (instructions.clone(), Arc::new(json));
                (0, Box::new(CachedPrefix { format, instructions, messages: 0, json, end }))
            }
            None => return serde_json::to_vec(body).map(Bytes::from),
        };
        let mut json = prefix.take_json();
        let new = request.messages.iter().skip(written);
        for message in new.filter(|message| is_sendable(message)) {
            push_message(&mut json, message, profile)?;
        }
        (prefix.messages, prefix.end) = (request.messages.len(), json.len());
        json.extend_from_slice(&self.trailer(body)?);
        let json = prefix.store_json(json);
        request.messages.cache(prefix);
        Ok(Bytes::from_owner(SharedBody(json)))
    }

    /// Returns the rest of the body after the messages, from their closing bracket on.
    fn trailer(&self, body: &RequestBody<'_>) -> serde_json::Result<Arc<[u8]>> {
        let Request { tools, tool_choice, options, .. } = body.request;
        let mut cached = self.trailer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*cached
            && Arc::ptr_eq(&known.tools, tools)
            && Arc::ptr_eq(&known.options, options)
            && known.tool_choice == *tool_choice
        {
            return Ok(known.json.clone());
        }
        let object = serde_json::to_vec(&TrailingFields(body))?;
        let comma: &[u8] = if object == b"{}" { b"]" } else { b"]," };
        let json: Arc<[u8]> = [comma, &object[1..]].concat().into();
        let (tools, options) = (tools.clone(), options.clone());
        let tool_choice = tool_choice.clone();
        *cached = Some(CachedTrailer { tools, tool_choice, options, json: json.clone() });
        Ok(json)
    }
}

/// Returns whether each message can be serialized independently. The `checked` oldest messages are
/// known to be.
fn are_independent(request: &Request, checked: usize, profile: &Profile) -> bool {
    let depends = |message: &Message| match message {
        Message::System(_) | Message::Developer(_) => profile.single_system_message,
        message => profile.tool_media_apart && has_media(message),
    };
    let wants_json = request.options.response_format == Some(ResponseFormat::JsonObject);
    let adds_instruction = wants_json && profile.json_instruction.is_some();
    let are_merged = profile.alternating_roles && has_neighbors(request);
    !adds_instruction && !are_merged && !request.messages.iter().skip(checked).any(depends)
}

/// Returns whether two neighbors would be merged into one message.
fn has_neighbors(request: &Request) -> bool {
    let sendable = || request.messages.iter().filter(|message| is_sendable(message));
    let instructions_have_one =
        request.instructions.is_some() && matches!(sendable().next(), Some(Message::System(_)));
    instructions_have_one
        || sendable().zip(sendable().skip(1)).any(|(first, second)| can_merge(first, second))
}

/// Returns a body up to its first message, with the instructions.
fn start_body(request: &Request, profile: &Profile) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(1024);
    json.extend_from_slice(OPENING);
    if let Some(instructions) = &request.instructions {
        push_message(&mut json, &Message::system(&**instructions), profile)?;
    }
    Ok(json)
}

const OPENING: &[u8] = b"{\"messages\":[";

fn push_message(
    json: &mut Vec<u8>,
    message: &Message,
    profile: &Profile,
) -> serde_json::Result<()> {
    if json.len() > OPENING.len() {
        json.push(b',');
    }
    serde_json::to_writer(json, &WireMessage { message, profile })
}

impl CachedPrefix {
    /// Takes the body without the fields after the messages. Copies it if it is still being sent or
    /// is shared with a fork of the conversation.
    fn take_json(&mut self) -> Vec<u8> {
        match Arc::get_mut(&mut self.json) {
            Some(json) => {
                let mut json = std::mem::take(json);
                json.truncate(self.end);
                json
            }
            None => self.json[..self.end].to_vec(),
        }
    }

    /// Stores the body, in the previous allocation if that is not shared.
    fn store_json(&mut self, json: Vec<u8>) -> Arc<Vec<u8>> {
        match Arc::get_mut(&mut self.json) {
            Some(stored) => *stored = json,
            None => self.json = Arc::new(json),
        }
        self.json.clone()
    }
}

impl MessageFormat {
    fn of(profile: &Profile) -> Self {
        Self {
            call_content: profile.call_content,
            returns_extra: profile.returns_extra,
            returns_reasoning: profile.returns_reasoning,
            json_tool_results: profile.json_tool_results,
            nine_character_call_ids: profile.nine_character_call_ids,
            single_system_message: profile.single_system_message,
            tool_media_apart: profile.tool_media_apart,
            requires_reasoning: profile.requires_reasoning,
            alternating_roles: profile.alternating_roles,
        }
    }
}

/// A body that is shared by the cache and the request being sent.
struct SharedBody(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBody {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
