//! Encoding of one message.

use std::borrow::Cow;

use callsign_types::content::{Content, Part};
use callsign_types::message::{AssistantMessage, Message, ToolCall};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::thinking_blocks::joined;
use crate::endpoint::profile::{CallContent, Profile};

/// A message in the format of `profile`.
pub(crate) struct WireMessage<'a> {
    pub(crate) message: &'a Message,
    pub(crate) profile: &'a Profile,
}

impl Serialize for WireMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("role", self.message.role())?;
        match self.message {
            Message::System(message) | Message::Developer(message) => {
                out.serialize_entry("content", &message.content)?;
            }
            Message::User(message) => {
                out.serialize_entry("content", &WireContent(&message.content))?;
            }
            Message::Assistant(message) => self.assistant(message, &mut out)?,
            Message::Tool(message) => {
                out.serialize_entry(
                    "tool_call_id",
                    &*wire_call_id(&message.call_id, self.profile),
                )?;
                match &message.content {
                    content if self.profile.json_tool_results => {
                        out.serialize_entry("content", &as_json_object(&content.text()))?;
                    }
                    // Some providers reject arrays in tool messages, and text does not need one.
                    Content::Parts(parts) if parts.iter().all(|part| part.as_text().is_some()) => {
                        out.serialize_entry("content", &message.content.text())?;
                    }
                    content => out.serialize_entry("content", &WireContent(content))?,
                }
            }
            other => out.serialize_entry("content", &other.text())?,
        }
        out.end()
    }
}

impl WireMessage<'_> {
    fn assistant<M: SerializeMap>(
        &self,
        message: &AssistantMessage,
        out: &mut M,
    ) -> Result<(), M::Error> {
        // A refusal is sent as `content`, because not every provider knows the `refusal` field.
        let refusal = message.refusal.as_deref().unwrap_or_default();
        let text = if message.text.is_empty() { refusal } else { &message.text };
        // Audio is sent instead of text. Next to text it would only repeat it.
        let audio = message.extra.get("audio").filter(|audio| !audio.is_null() && text.is_empty());
        let is_bare = text.is_empty() && (audio.is_some() || !message.tool_calls.is_empty());
        match self.profile.call_content {
            CallContent::Omitted if is_bare => {}
            CallContent::Null if is_bare => out.serialize_entry("content", &Value::Null)?,
            _ => out.serialize_entry("content", text)?,
        }
        if let Some(audio) = audio {
            out.serialize_entry("audio", &audio_reference(audio))?;
        }
        // Gemini's thought signatures, which it requires in later requests.
        let returned = message.extra.get("extra_content").filter(|_| self.profile.returns_extra);
        if let Some(signatures) = returned {
            out.serialize_entry("extra_content", signatures)?;
        }
        if message.tool_calls.is_empty() {
            return Ok(());
        }
        self.reasoning(message, out)?;
        out.serialize_entry("tool_calls", &WireToolCalls(&message.tool_calls, self.profile))
    }

    /// Writes the reasoning of a message with calls.
    fn reasoning<M: SerializeMap>(
        &self,
        message: &AssistantMessage,
        out: &mut M,
    ) -> Result<(), M::Error> {
        let Profile { returns_reasoning, requires_reasoning, .. } = *self.profile;
        if requires_reasoning || (returns_reasoning && !message.reasoning.is_empty()) {
            let reasoning = if returns_reasoning { &*message.reasoning } else { "" };
            out.serialize_entry("reasoning_content", reasoning)?;
        }
        let extra = |name| message.extra.get(name).filter(|_| returns_reasoning);
        // OpenRouter's and MiniMax's format, which includes signatures of other providers.
        if let Some(details) = extra("reasoning_details") {
            out.serialize_entry("reasoning_details", details)?;
        }
        // LiteLLM's format for Claude.
        if let Some(blocks) = extra("thinking_blocks") {
            out.serialize_entry("thinking_blocks", &*joined(blocks))?;
        }
        Ok(())
    }
}

struct WireToolCalls<'a>(&'a [ToolCall], &'a Profile);

impl Serialize for WireToolCalls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|call| WireToolCall(call, self.1)))
    }
}

/// Returns a reference to audio by its ID, or the audio itself if it has no ID.
fn audio_reference(audio: &Value) -> Cow<'_, Value> {
    match audio.get("id") {
        None | Some(Value::Null) => Cow::Borrowed(audio),
        Some(id) => Cow::Owned(json!({ "id": id })),
    }
}

/// Returns `text` if it is a JSON object, or else an object with it as `result`.
fn as_json_object(text: &str) -> Cow<'_, str> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Cow::Borrowed(text),
        Ok(value) => Cow::Owned(json!({ "result": value }).to_string()),
        Err(_) => Cow::Owned(json!({ "result": text }).to_string()),
    }
}

/// Returns a call ID that the provider accepts. The same `id` always gives the same result.
fn wire_call_id<'a>(id: &'a str, profile: &Profile) -> Cow<'a, str> {
    let is_valid = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !profile.nine_character_call_ids || is_valid {
        return Cow::Borrowed(id);
    }
    // FNV-1a: the ID is stable across the requests of a conversation, so prompt caches stay valid.
    // Two IDs of one conversation collide once in 10^15 pairs.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |position: u32| char::from(DIGITS[((hash / 62_u64.pow(position)) % 62) as usize]);
    Cow::Owned((0..9).map(digit).collect())
}

struct WireToolCall<'a>(&'a ToolCall, &'a Profile);

impl Serialize for WireToolCall<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(call, profile) = self;
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("id", &*wire_call_id(&call.id, profile))?;
        out.serialize_entry("type", "function")?;
        out.serialize_entry("function", &WireToolCallFunction(call, profile))?;
        for (name, value) in call.extra.iter().filter(|_| profile.returns_extra) {
            if !matches!(&**name, "id" | "type" | "function" | "index") {
                out.serialize_entry(name, value)?;
            }
        }
        out.end()
    }
}

struct WireToolCallFunction<'a>(&'a ToolCall, &'a Profile);

impl Serialize for WireToolCallFunction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(call, profile) = self;
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("name", &call.name)?;
        let arguments = if call.arguments.is_empty() { "{}" } else { &call.arguments };
        out.serialize_entry("arguments", arguments)?;
        let extra = call.extra.get("function").and_then(Value::as_object);
        let extra = extra.filter(|_| profile.returns_extra);
        for (name, value) in extra.into_iter().flat_map(Map::iter) {
            if !matches!(&**name, "name" | "arguments") {
                out.serialize_entry(name, value)?;
            }
        }
        out.end()
    }
}

struct WireContent<'a>(&'a Content);

impl Serialize for WireContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Content::Text(text) => serializer.serialize_str(text),
            Content::Parts(parts) => serializer.collect_seq(parts.iter().map(WirePart)),
        }
    }
}

struct WirePart<'a>(&'a Part);

impl Serialize for WirePart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, body) = match self.0 {
            Part::Text { text } => ("text", Value::from(&**text)),
            Part::ImageUrl { url, detail: None } => ("image_url", json!({ "url": url })),
            Part::ImageUrl { url, detail } => {
                ("image_url", json!({ "url": url, "detail": detail }))
            }
            Part::InputAudio { data, format } => {
                ("input_audio", json!({ "data": data, "format": format }))
            }
            Part::AudioUrl { url } => ("audio_url", json!({ "url": url })),
            Part::Other(value) => return value.serialize(serializer),
            part => return part.serialize(serializer),
        };
        let mut out = serializer.serialize_map(Some(2))?;
        out.serialize_entry("type", kind)?;
        out.serialize_entry(kind, &body)?;
        out.end()
    }
}

#[cfg(test)]
mod tests;
