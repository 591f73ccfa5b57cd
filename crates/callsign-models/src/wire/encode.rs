//! A request's body.

use callsign_core::words::message::Message;
use callsign_core::words::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::message::WireMessage;
use crate::endpoint::profile::{Profile, TokenLimit};

/// A request, as a service of this profile takes it.
pub(crate) struct Body<'a> {
    pub(crate) request: &'a Request,
    pub(crate) profile: &'a Profile,
    pub(crate) model: Option<&'a str>,
    pub(crate) streaming: bool,
    /// Whether a streamed request asks for its usage.
    pub(crate) stream_options: bool,
}

impl Body<'_> {
    /// Whether it has root fields that are not the API's own.
    pub(crate) fn has_extras(&self) -> bool {
        !self.request.options.extra.is_empty()
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut root = Root { map: serializer.serialize_map(None)?, written: Vec::new() };
        root.put("messages", &WireMessages(self))?;
        root.put_some("model", self.model)?;
        if self.streaming {
            root.put("stream", &true)?;
            if self.stream_options {
                root.put("stream_options", &json!({ "include_usage": true }))?;
            }
        }
        self.tools(&mut root)?;
        self.options(&self.request.options, &mut root)?;
        for (name, value) in &self.request.options.extra {
            if !root.written.contains(&&**name) {
                root.map.serialize_entry(name, value)?;
            }
        }
        root.map.end()
    }
}

impl Body<'_> {
    fn tools<M: SerializeMap>(&self, root: &mut Root<M>) -> Result<(), M::Error> {
        if self.request.tools.is_empty() {
            return Ok(());
        }
        let tools: Vec<_> = self.request.tools.iter().map(WireTool).collect();
        root.put("tools", &tools)?;
        match &self.request.tool_choice {
            ToolChoice::Auto => root.put("tool_choice", "auto"),
            ToolChoice::None => root.put("tool_choice", "none"),
            ToolChoice::Required => root.put("tool_choice", "required"),
            ToolChoice::Tool(name) => {
                let choice = json!({ "type": "function", "function": { "name": name } });
                root.put("tool_choice", &choice)
            }
            _ => Ok(()),
        }
    }

    fn options<M: SerializeMap>(
        &self,
        options: &Options,
        root: &mut Root<M>,
    ) -> Result<(), M::Error> {
        root.put_some("frequency_penalty", options.frequency_penalty)?;
        root.put_some("presence_penalty", options.presence_penalty)?;
        root.put_some("temperature", options.temperature)?;
        root.put_some("top_p", options.top_p)?;
        let limit = match self.profile.token_limit {
            TokenLimit::MaxTokens => "max_tokens",
            TokenLimit::MaxCompletionTokens => "max_completion_tokens",
        };
        root.put_some(limit, options.max_tokens)?;
        root.put_some("seed", options.seed)?;
        if !options.stop.is_empty() {
            root.put("stop", &options.stop)?;
        }
        root.put_some("response_format", options.response_format.as_ref().map(response_format))
    }
}

/// The root object, which remembers what it has: an extra field never stands there twice.
struct Root<M> {
    map: M,
    written: Vec<&'static str>,
}

impl<M: SerializeMap> Root<M> {
    fn put<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.written.push(name);
        self.map.serialize_entry(name, value)
    }

    fn put_some<T: Serialize>(
        &mut self,
        name: &'static str,
        value: Option<T>,
    ) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.put(name, &value))
    }
}

/// The instructions first, then the conversation, without messages that say nothing.
struct WireMessages<'a>(&'a Body<'a>);

impl Serialize for WireMessages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Body { request, profile, .. } = *self.0;
        let instructions = request.instructions.as_deref().map(Message::system);
        let says = |message: &&Message| match message {
            Message::Assistant(message) => !message.is_empty(),
            _ => true,
        };
        let all = instructions.iter().chain(request.messages.iter().filter(says));
        serializer.collect_seq(all.map(|message| WireMessage { message, profile }))
    }
}

struct WireTool<'a>(&'a ToolDefinition);

impl Serialize for WireTool<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(2))?;
        out.serialize_entry("type", "function")?;
        out.serialize_entry("function", &WireToolFunction(self.0))?;
        out.end()
    }
}

struct WireToolFunction<'a>(&'a ToolDefinition);

impl Serialize for WireToolFunction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("name", &*self.0.name)?;
        if !self.0.description.is_empty() {
            out.serialize_entry("description", &*self.0.description)?;
        }
        out.serialize_entry("parameters", &*self.0.parameters)?;
        out.end()
    }
}

fn response_format(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::Text => json!({ "type": "text" }),
        ResponseFormat::JsonObject => json!({ "type": "json_object" }),
        ResponseFormat::JsonSchema { name, schema, description, strict } => {
            let mut inner = json!({ "name": name, "schema": schema });
            if let Some(description) = description {
                inner["description"] = Value::from(&**description);
            }
            if let Some(strict) = strict {
                inner["strict"] = Value::from(*strict);
            }
            json!({ "type": "json_schema", "json_schema": inner })
        }
        other => json!(other),
    }
}

#[cfg(test)]
mod tests;
