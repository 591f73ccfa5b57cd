//! Recorded requests of other clients, imported and serialized again.

use std::collections::BTreeMap;
use std::sync::Arc;

use callsign_types::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};
use serde_json::{Map, Value, json};

use super::interactions;
use crate::endpoint::profile::{CallContent, Profile, TokenLimit};
use crate::import::history::import_messages;
use crate::wire::body_cache::BodyCache;
use crate::wire::encode::RequestBody;

/// Known differences after serializing again, and the reasons. Items of an array are named by their
/// role, or `*`.
pub(super) const KNOWN_DIFFERENCES: &[(&str, &str)] = &[
    (".messages.system.content: parts → text", TEXT),
    (".messages.assistant.content: parts → text", TEXT),
    (".messages.tool.content: parts → text", TEXT),
    (".messages.assistant.content: empty array → empty", TEXT),
    (".messages.assistant.annotations: empty array missing", NO_EFFECT),
    (".messages.assistant.refusal: null missing", NO_EFFECT),
    (".messages.assistant.reasoning_content: empty missing", NO_EFFECT),
    (".messages.assistant.tool_calls: null missing", NO_EFFECT),
    (".messages.assistant.tool_calls: empty array missing", NO_EFFECT),
    (".messages.assistant.name: null missing", NO_EFFECT),
    (".messages.system.name: null missing", NO_EFFECT),
    (".messages.system.tool_calls: null missing", NO_EFFECT),
    (".messages.user.name: null missing", NO_EFFECT),
    (".messages.user.tool_calls: null missing", NO_EFFECT),
    (".messages.user.content.*.image_url: null missing", NO_EFFECT),
    (".messages.user.content.*.text: null missing", NO_EFFECT),
    (".messages.assistant.prefix: bool missing", "Mistral's `prefix: false`, its default"),
    (".messages.assistant.tool_calls.*.index: number missing", "`index` is only for streams"),
    (".messages.assistant.tool_calls.*.function.arguments: text → text", "`null` means `{}`"),
    (".messages.assistant.reasoning: text missing", REASONING),
    (".messages.assistant.reasoning_content: text missing", REASONING),
    (".messages.assistant.reasoning_details: parts missing", REASONING),
    (".messages.user.content.*.image_url: text → object", "the API requires an object"),
];

const TEXT: &str = "an array of texts equals one text";
const NO_EFFECT: &str = "the value has no effect";
const REASONING: &str = "reasoning is returned only with tool calls, in the field of the profile";

/// Adds the differences to `out`: the path with the kind of difference, and the values.
pub(super) fn differences(
    recorded: &Value,
    ours: &Value,
    at: &str,
    out: &mut Vec<(String, String)>,
) {
    let both_numbers = recorded.as_f64().zip(ours.as_f64());
    if recorded == ours || both_numbers.is_some_and(|(recorded, ours)| recorded == ours) {
        return;
    }
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            let names =
                recorded.keys().chain(ours.keys().filter(|name| !recorded.contains_key(*name)));
            for name in names {
                let at = format!("{at}.{name}");
                match (recorded.get(name), ours.get(name)) {
                    (Some(recorded), Some(ours)) => differences(recorded, ours, &at, out),
                    (Some(recorded), None) => {
                        let at = format!("{at}: {} missing", kind_of(recorded));
                        out.push((at, recorded.to_string()));
                    }
                    (None, ours) => out.push((format!("{at}: added"), format!("{ours:?}"))),
                }
            }
        }
        (Value::Array(recorded), Value::Array(ours)) if recorded.len() == ours.len() => {
            for (recorded, ours) in recorded.iter().zip(ours) {
                let item = recorded["role"].as_str().unwrap_or("*");
                differences(recorded, ours, &format!("{at}.{item}"), out);
            }
        }
        (recorded, ours) => {
            let (was, is) = (kind_of(recorded), kind_of(ours));
            out.push((format!("{at}: {was} → {is}"), format!("{recorded} became {ours}")));
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "empty",
        Value::String(_) => "text",
        Value::Array(items) if items.is_empty() => "empty array",
        Value::Array(_) => "parts",
        Value::Object(_) => "object",
    }
}

/// Converts a recorded body to a [`Request`]. Fields without an option become extra fields.
pub(super) fn request_of(body: &Map<String, Value>) -> Request {
    let messages = import_messages(&body["messages"]).expect("a list").messages;
    let mut request = Request::new(messages);
    let mut options = Options::new();
    let tools = body.get("tools").and_then(tools_of);
    let choice = body.get("tool_choice").and_then(choice_of).filter(|_| tools.is_some());
    for (name, value) in body {
        let is_converted = match &**name {
            "messages" | "model" | "stream" => true,
            "stream_options" => *value == json!({ "include_usage": true }),
            "tools" => tools.is_some(),
            "tool_choice" => choice.is_some(),
            name => set_option(&mut options, name, value),
        };
        if !is_converted {
            options = options.extra(&**name, value.clone());
        }
    }
    request.tools = tools.unwrap_or_default();
    request.tool_choice = choice.unwrap_or_default();
    request.options(options)
}

/// Sets the option for a field. Returns whether an option can represent the value.
fn set_option(options: &mut Options, name: &str, value: &Value) -> bool {
    let text = || value.as_str().map(str::to_owned);
    match name {
        "temperature" => set(&mut options.temperature, value.as_f64()),
        "top_p" => set(&mut options.top_p, value.as_f64()),
        "frequency_penalty" => set(&mut options.frequency_penalty, value.as_f64()),
        "presence_penalty" => set(&mut options.presence_penalty, value.as_f64()),
        "max_tokens" | "max_completion_tokens" => {
            options.max_tokens.is_none() && set(&mut options.max_tokens, value.as_u64())
        }
        "seed" => set(&mut options.seed, value.as_i64()),
        "parallel_tool_calls" => set(&mut options.parallel_tool_calls, value.as_bool()),
        "logprobs" => set(&mut options.logprobs, value.as_bool()),
        "top_logprobs" => {
            let count = value.as_u64().and_then(|count| u8::try_from(count).ok());
            set(&mut options.top_logprobs, count)
        }
        "reasoning_effort" => set(&mut options.reasoning_effort, text()),
        "user" => set(&mut options.user, text()),
        "stop" => {
            let texts = value.as_array().into_iter().flatten();
            options.stop = texts.filter_map(Value::as_str).map(str::to_owned).collect();
            !options.stop.is_empty()
        }
        "response_format" => set(&mut options.response_format, format_of(value)),
        _ => false,
    }
}

fn set<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    *field = value;
    field.is_some()
}

fn format_of(format: &Value) -> Option<ResponseFormat> {
    let schema = &format["json_schema"];
    Some(match format["type"].as_str()? {
        "text" => ResponseFormat::Text,
        "json_object" if format.as_object()?.len() == 1 => ResponseFormat::JsonObject,
        "json_schema" => ResponseFormat::JsonSchema {
            name: schema["name"].as_str()?.to_owned(),
            schema: schema["schema"].clone(),
            description: schema["description"].as_str().map(str::to_owned),
            strict: schema["strict"].as_bool(),
            prefer_strict: false,
        },
        _ => return None,
    })
}

/// Converts the tools. Returns `None` if one has more than a [`ToolDefinition`] can represent.
fn tools_of(tools: &Value) -> Option<Arc<[ToolDefinition]>> {
    let tools = tools.as_array().filter(|tools| !tools.is_empty())?;
    let tools = tools.iter().map(|tool| {
        let function = tool["function"].as_object()?;
        let known = ["name", "description", "parameters"];
        let is_representable = function.keys().all(|name| known.contains(&&**name))
            && tool.as_object()?.len() == 2
            && function.get("description").is_none_or(|text| text.as_str() != Some(""));
        let description = function.get("description").map_or(Some(""), Value::as_str)?;
        let name = function.get("name")?.as_str()?;
        let parameters = function.get("parameters")?.clone();
        Some(ToolDefinition::new(name, description, parameters)).filter(|_| is_representable)
    });
    tools.collect()
}

fn choice_of(choice: &Value) -> Option<ToolChoice> {
    Some(match choice {
        Value::String(name) if name == "auto" => ToolChoice::Auto,
        Value::String(name) if name == "none" => ToolChoice::None,
        Value::String(name) if name == "required" => ToolChoice::Required,
        choice if choice["type"] == "function" => {
            ToolChoice::Tool(choice["function"]["name"].as_str()?.to_owned())
        }
        _ => return None,
    })
}

/// Returns a profile that serializes requests in the format of this body.
fn profile_of(body: &Map<String, Value>) -> Profile {
    let mut profile = Profile::openai_compatible();
    profile.stream_options = body.contains_key("stream_options");
    if body.contains_key("max_completion_tokens") {
        profile.token_limit = TokenLimit::MaxCompletionTokens;
    }
    let messages = body["messages"].as_array().into_iter().flatten();
    for message in messages.filter(|message| message["tool_calls"].is_array()) {
        profile.returns_reasoning |= message["reasoning_content"].is_string();
        profile.returns_reasoning |= message["reasoning_details"].is_array();
        profile.call_content = match message.get("content") {
            None => CallContent::Omitted,
            Some(Value::Null) => CallContent::Null,
            Some(_) => profile.call_content,
        };
    }
    profile
}

#[test]
fn recorded_requests_are_serialized_unchanged() {
    let Some(all) = interactions("recorded_requests_are_serialized_unchanged") else { return };
    let (mut equal, mut typed) = (0, 0);
    let mut differing = BTreeMap::<String, (usize, String)>::new();
    for it in &all {
        let recorded: Value = serde_json::from_str(&it.request).expect("JSON");
        let fields = recorded.as_object().expect("an object");
        let (request, profile) = (request_of(fields), profile_of(fields));
        let body = RequestBody {
            request: &request,
            profile: &profile,
            model: fields["model"].as_str(),
            streaming: fields.get("stream") == Some(&Value::Bool(true)),
            stream_options: profile.stream_options,
        };
        let mut ours = serde_json::to_value(&body).expect("JSON");
        let sent = BodyCache::default().write(&body).expect("JSON");
        assert_eq!(sent, serde_json::to_vec(&body).expect("JSON"), "{}", it.id);
        if fields.get("stream") == Some(&Value::Bool(false)) {
            // `"stream": false` is the default, which we omit.
            ours["stream"] = Value::Bool(false);
        }
        let mut found = Vec::new();
        differences(&recorded, &ours, "", &mut found);
        equal += usize::from(found.is_empty());
        typed += usize::from(found.is_empty() && request.options.extra.is_empty());
        for (at, how) in found {
            let entry = differing.entry(at).or_insert((0, format!("{} {how}", it.id)));
            entry.0 += 1;
        }
    }
    println!("{equal} of {} requests are unchanged", all.len());
    println!("{typed} of them have no extra fields");
    let mut unexplained = 0;
    for (at, (count, example)) in &differing {
        let known = KNOWN_DIFFERENCES.iter().find(|(known, _)| known == at);
        let reason = known.map(|(_, reason)| *reason);
        let example: String = example.chars().take(400).collect();
        println!("{count} × {at}: {}\n    for example {example}", reason.unwrap_or("UNEXPLAINED"));
        unexplained += usize::from(reason.is_none());
    }
    assert_eq!(unexplained, 0, "unexplained differences");
    assert_eq!(differing.len(), KNOWN_DIFFERENCES.len(), "a known difference is out of date");
}
