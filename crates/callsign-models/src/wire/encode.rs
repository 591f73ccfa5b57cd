//! Encoding of a request body.

use callsign_types::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::message::WireMessage;
use super::message_list::message_list;
use super::schema::dialect;
use crate::endpoint::profile::{Profile, SeedField, TokenLimit};

/// A request body in the format of `profile`.
pub(crate) struct RequestBody<'a> {
    pub(crate) request: &'a Request,
    pub(crate) profile: &'a Profile,
    pub(crate) model: Option<&'a str>,
    pub(crate) streaming: bool,
    /// Whether a streamed request has `stream_options.include_usage`.
    pub(crate) stream_options: bool,
}

impl RequestBody<'_> {
    /// Returns whether the body has root fields that the schema of the Azure AI Model Inference API
    /// lacks: fields that the caller added, and newer fields of chat completions.
    pub(crate) fn has_extras(&self) -> bool {
        let options = &*self.request.options;
        let renamed = self.profile.token_limit == TokenLimit::MaxCompletionTokens;
        !options.extra.is_empty()
            || (options.parallel_tool_calls.is_some() && !self.request.tools.is_empty())
            || options.reasoning_effort.is_some()
            || options.logprobs.is_some()
            || options.top_logprobs.is_some()
            || options.user.is_some()
            || (options.max_tokens.is_some() && renamed)
            || (options.seed.is_some() && self.profile.seed != SeedField::Seed)
            || (self.streaming && self.stream_options)
    }
}

impl Serialize for RequestBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut root = RootObject { map: serializer.serialize_map(None)?, written: Vec::new() };
        root.put("messages", &WireMessages(self))?;
        self.trailing_fields(&mut root)?;
        root.map.end()
    }
}

/// The fields after `messages`, as a separate object.
pub(super) struct TrailingFields<'a>(pub(super) &'a RequestBody<'a>);

impl Serialize for TrailingFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let map = serializer.serialize_map(None)?;
        let mut root = RootObject { map, written: vec!["messages"] };
        self.0.trailing_fields(&mut root)?;
        root.map.end()
    }
}

impl RequestBody<'_> {
    fn trailing_fields<M: SerializeMap>(&self, root: &mut RootObject<M>) -> Result<(), M::Error> {
        root.put_some("model", self.model)?;
        if self.streaming {
            root.put("stream", &true)?;
            if self.stream_options {
                root.put("stream_options", &json!({ "include_usage": true }))?;
            }
        }
        self.tools(root)?;
        self.options(&self.request.options, root)?;
        for (name, value) in &self.request.options.extra {
            if !root.written.contains(&&**name) {
                root.map.serialize_entry(name, value)?;
            }
        }
        Ok(())
    }

    fn tools<M: SerializeMap>(&self, root: &mut RootObject<M>) -> Result<(), M::Error> {
        if self.request.tools.is_empty() {
            return Ok(());
        }
        let tools = self.request.tools.iter();
        let tools: Vec<_> = tools.map(|tool| WireTool(tool, self.profile)).collect();
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
        }?;
        root.put_some("parallel_tool_calls", self.request.options.parallel_tool_calls)
    }

    fn options<M: SerializeMap>(
        &self,
        options: &Options,
        root: &mut RootObject<M>,
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
        let seed = match self.profile.seed {
            SeedField::Seed => "seed",
            SeedField::RandomSeed => "random_seed",
        };
        root.put_some(seed, options.seed)?;
        if !options.stop.is_empty() {
            root.put("stop", &options.stop)?;
        }
        let format = options.response_format.as_ref();
        root.put_some(
            "response_format",
            format.map(|format| response_format(format, self.profile)),
        )?;
        root.put_some("reasoning_effort", options.reasoning_effort.as_deref())?;
        root.put_some("logprobs", options.logprobs)?;
        root.put_some("top_logprobs", options.top_logprobs)?;
        root.put_some("user", options.user.as_deref())
    }
}

/// The root object. It records the written fields, so that an extra field cannot duplicate one.
struct RootObject<M> {
    map: M,
    written: Vec<&'static str>,
}

impl<M: SerializeMap> RootObject<M> {
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

struct WireMessages<'a>(&'a RequestBody<'a>);

impl Serialize for WireMessages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RequestBody { request, profile, .. } = *self.0;
        let messages = message_list(request, profile);
        serializer.collect_seq(messages.iter().map(|message| WireMessage { message, profile }))
    }
}

struct WireTool<'a>(&'a ToolDefinition, &'a Profile);

impl Serialize for WireTool<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(2))?;
        out.serialize_entry("type", "function")?;
        out.serialize_entry("function", &WireToolFunction(self.0, self.1))?;
        out.end()
    }
}

struct WireToolFunction<'a>(&'a ToolDefinition, &'a Profile);

impl Serialize for WireToolFunction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(tool, profile) = self;
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("name", &*tool.name)?;
        if !tool.description.is_empty() {
            out.serialize_entry("description", &*tool.description)?;
        }
        let (parameters, is_strict) = dialect::parameters(tool, profile);
        out.serialize_entry("parameters", &*parameters)?;
        if is_strict {
            out.serialize_entry("strict", &true)?;
        }
        out.end()
    }
}

fn response_format(format: &ResponseFormat, profile: &Profile) -> Value {
    match format {
        ResponseFormat::Text => json!({ "type": "text" }),
        ResponseFormat::JsonObject => json!({ "type": "json_object" }),
        ResponseFormat::JsonSchema { name, schema, description, strict, prefer_strict } => {
            let (schema, strict) = dialect::output_schema(schema, *strict, *prefer_strict, profile);
            let mut inner = json!({ "name": name, "schema": schema });
            if let Some(description) = description {
                inner["description"] = Value::from(&**description);
            }
            if let Some(strict) = strict {
                inner["strict"] = Value::from(strict);
            }
            json!({ "type": "json_schema", "json_schema": inner })
        }
        other => json!(other),
    }
}

#[cfg(test)]
mod tests;
