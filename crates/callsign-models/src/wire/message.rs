//! One message, as the wire has it.

use callsign_core::words::content::{Content, Part};
use callsign_core::words::message::{AssistantMessage, Message, ToolCall};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::endpoint::profile::{CallContent, Profile};

/// A message, as a service of this profile takes it.
pub(super) struct WireMessage<'a> {
    pub(super) message: &'a Message,
    pub(super) profile: &'a Profile,
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
                out.serialize_entry("tool_call_id", &message.call_id)?;
                match &message.content {
                    // Lists are not taken everywhere here, and text needs none.
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
        // A refusal goes back as what the model said: its own field is not known everywhere.
        let refusal = message.refusal.as_deref().unwrap_or_default();
        let text = if message.text.is_empty() { refusal } else { &message.text };
        match self.profile.call_content {
            CallContent::Omitted if text.is_empty() && !message.tool_calls.is_empty() => {}
            CallContent::Null if text.is_empty() && !message.tool_calls.is_empty() => {
                out.serialize_entry("content", &Value::Null)?;
            }
            _ => out.serialize_entry("content", text)?,
        }
        if message.tool_calls.is_empty() {
            return Ok(());
        }
        if self.profile.returns_reasoning && !message.reasoning.is_empty() {
            out.serialize_entry("reasoning_content", &message.reasoning)?;
        }
        let calls: Vec<_> = message.tool_calls.iter().map(WireCall).collect();
        out.serialize_entry("tool_calls", &calls)
    }
}

struct WireCall<'a>(&'a ToolCall);

impl Serialize for WireCall<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let call = self.0;
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("id", &call.id)?;
        out.serialize_entry("type", "function")?;
        out.serialize_entry("function", &WireFunction(call))?;
        for (name, value) in &call.extra {
            if !matches!(&**name, "id" | "type" | "function" | "index") {
                out.serialize_entry(name, value)?;
            }
        }
        out.end()
    }
}

struct WireFunction<'a>(&'a ToolCall);

impl Serialize for WireFunction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let call = self.0;
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("name", &call.name)?;
        let arguments = if call.arguments.is_empty() { "{}" } else { &call.arguments };
        out.serialize_entry("arguments", arguments)?;
        let extra = call.extra.get("function").and_then(Value::as_object);
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
