//! Requests that other clients sent, read into our words and written again.

use std::collections::BTreeMap;
use std::sync::Arc;

use callsign_core::words::request::{Options, Request, ResponseFormat, ToolChoice, ToolDefinition};
use serde_json::{Map, Value, json};

use super::interactions;
use crate::endpoint::profile::{CallContent, Profile, TokenLimit};
use crate::import::history::import_messages;
use crate::wire::encode::Body;
use crate::wire::grown::Bodies;

/// Where a request may differ once it is written again, and why; the items of a
/// list go by their role, or read `*`.
pub(super) const REASONS: &[(&str, &str)] = &[
    (".messages.system.content: parts → text", TEXT),
    (".messages.assistant.content: parts → text", TEXT),
    (".messages.tool.content: parts → text", TEXT),
    (".messages.assistant.content: no parts → nothing", TEXT),
    (".messages.assistant.annotations: no parts left out", SAYS_NOTHING),
    (".messages.assistant.refusal: null left out", SAYS_NOTHING),
    (".messages.assistant.reasoning_content: nothing left out", SAYS_NOTHING),
    (".messages.assistant.tool_calls: null left out", SAYS_NOTHING),
    (".messages.assistant.tool_calls: no parts left out", SAYS_NOTHING),
    (".messages.assistant.name: null left out", SAYS_NOTHING),
    (".messages.system.name: null left out", SAYS_NOTHING),
    (".messages.system.tool_calls: null left out", SAYS_NOTHING),
    (".messages.user.name: null left out", SAYS_NOTHING),
    (".messages.user.tool_calls: null left out", SAYS_NOTHING),
    (".messages.user.content.*.image_url: null left out", SAYS_NOTHING),
    (".messages.user.content.*.text: null left out", SAYS_NOTHING),
    (".messages.assistant.prefix: bool left out", "Mistral's `prefix: false`, its default"),
    (".messages.assistant.tool_calls.*.index: number left out", "it is for streams alone"),
    (".messages.assistant.tool_calls.*.function.arguments: text → text", "`null` means `{}`"),
    (".messages.assistant.reasoning: text left out", REASONING),
    (".messages.assistant.reasoning_content: text left out", REASONING),
    (".messages.assistant.reasoning_details: parts left out", REASONING),
    (".messages.user.content.*.image_url: text → object", "an address alone, as the API has it"),
];

const TEXT: &str = "a list of texts is the same text";
const SAYS_NOTHING: &str = "it says nothing";
const REASONING: &str = "reasoning goes back only beside calls, in the one field of the profile";

/// What differs: where, and how.
pub(super) fn differences(seen: &Value, ours: &Value, at: &str, out: &mut Vec<(String, String)>) {
    let both_numbers = seen.as_f64().zip(ours.as_f64());
    if seen == ours || both_numbers.is_some_and(|(seen, ours)| seen == ours) {
        return;
    }
    match (seen, ours) {
        (Value::Object(seen), Value::Object(ours)) => {
            let names = seen.keys().chain(ours.keys().filter(|name| !seen.contains_key(*name)));
            for name in names {
                let at = format!("{at}.{name}");
                match (seen.get(name), ours.get(name)) {
                    (Some(seen), Some(ours)) => differences(seen, ours, &at, out),
                    (Some(seen), None) => {
                        out.push((format!("{at}: {} left out", kind_of(seen)), seen.to_string()));
                    }
                    (None, ours) => out.push((format!("{at}: added"), format!("{ours:?}"))),
                }
            }
        }
        (Value::Array(seen), Value::Array(ours)) if seen.len() == ours.len() => {
            for (seen, ours) in seen.iter().zip(ours) {
                let item = seen["role"].as_str().unwrap_or("*");
                differences(seen, ours, &format!("{at}.{item}"), out);
            }
        }
        (seen, ours) => {
            let (was, is) = (kind_of(seen), kind_of(ours));
            out.push((format!("{at}: {was} → {is}"), format!("{seen} became {ours}")));
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "nothing",
        Value::String(_) => "text",
        Value::Array(items) if items.is_empty() => "no parts",
        Value::Array(_) => "parts",
        Value::Object(_) => "object",
    }
}

/// The request in our words; a field that none of them says goes as an extra.
pub(super) fn request_of(body: &Map<String, Value>) -> Request {
    let messages = import_messages(&body["messages"]).expect("a list").messages;
    let mut request = Request::new(messages);
    let mut options = Options::new();
    let tools = body.get("tools").and_then(tools_of);
    let choice = body.get("tool_choice").and_then(choice_of).filter(|_| tools.is_some());
    for (name, value) in body {
        let taken = match &**name {
            "messages" | "model" | "stream" => true,
            "stream_options" => *value == json!({ "include_usage": true }),
            "tools" => tools.is_some(),
            "tool_choice" => choice.is_some(),
            name => take_option(&mut options, name, value),
        };
        if !taken {
            options = options.extra(&**name, value.clone());
        }
    }
    request.tools = tools.unwrap_or_default();
    request.tool_choice = choice.unwrap_or_default();
    request.options(options)
}

/// Whether there is an option for this field that can say this value.
fn take_option(options: &mut Options, name: &str, value: &Value) -> bool {
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
        },
        _ => return None,
    })
}

/// The tools, if all are functions that say no more than ours do.
fn tools_of(tools: &Value) -> Option<Arc<[ToolDefinition]>> {
    let tools = tools.as_array().filter(|tools| !tools.is_empty())?;
    let tools = tools.iter().map(|tool| {
        let function = tool["function"].as_object()?;
        let known = ["name", "description", "parameters"];
        let plain = function.keys().all(|name| known.contains(&&**name))
            && tool.as_object()?.len() == 2
            && function.get("description").is_none_or(|text| text.as_str() != Some(""));
        Some(ToolDefinition {
            name: function.get("name")?.as_str()?.into(),
            description: match function.get("description") {
                Some(text) => text.as_str()?.into(),
                None => "".into(),
            },
            parameters: Arc::new(function.get("parameters")?.clone()),
            strict: None,
        })
        .filter(|_| plain)
    });
    tools.collect()
}

fn choice_of(choice: &Value) -> Option<ToolChoice> {
    Some(match choice {
        Value::String(word) if word == "auto" => ToolChoice::Auto,
        Value::String(word) if word == "none" => ToolChoice::None,
        Value::String(word) if word == "required" => ToolChoice::Required,
        choice if choice["type"] == "function" => {
            ToolChoice::Tool(choice["function"]["name"].as_str()?.to_owned())
        }
        _ => return None,
    })
}

/// The profile of a service that takes requests in this form.
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
fn every_recorded_request_is_written_as_it_was() {
    let Some(all) = interactions("every_recorded_request_is_written_as_it_was") else { return };
    let (mut equal, mut typed) = (0, 0);
    let mut differing = BTreeMap::<String, (usize, String)>::new();
    for it in &all {
        let seen: Value = serde_json::from_str(&it.request).expect("JSON");
        let fields = seen.as_object().expect("an object");
        let (request, profile) = (request_of(fields), profile_of(fields));
        let body = Body {
            request: &request,
            profile: &profile,
            model: fields["model"].as_str(),
            streaming: fields.get("stream") == Some(&Value::Bool(true)),
            stream_options: profile.stream_options,
        };
        let mut ours = serde_json::to_value(&body).expect("JSON");
        let sent = Bodies::default().write(&body).expect("JSON");
        assert_eq!(sent, serde_json::to_vec(&body).expect("JSON"), "{}", it.id);
        if fields.get("stream") == Some(&Value::Bool(false)) {
            // It says what goes without saying.
            ours["stream"] = Value::Bool(false);
        }
        let mut found = Vec::new();
        differences(&seen, &ours, "", &mut found);
        equal += usize::from(found.is_empty());
        typed += usize::from(found.is_empty() && request.options.extra.is_empty());
        for (at, how) in found {
            let entry = differing.entry(at).or_insert((0, format!("{} {how}", it.id)));
            entry.0 += 1;
        }
    }
    println!("{equal} of {} requests are written as they were seen", all.len());
    println!("{typed} of those without any extra field");
    let mut unexplained = 0;
    for (at, (count, example)) in &differing {
        let reason = REASONS.iter().find(|(known, _)| known == at).map(|(_, reason)| *reason);
        let example: String = example.chars().take(400).collect();
        println!("{count} × {at}: {}\n    such as {example}", reason.unwrap_or("UNEXPLAINED"));
        unexplained += usize::from(reason.is_none());
    }
    assert_eq!(unexplained, 0, "differences that no reason is given for");
    assert_eq!(differing.len(), REASONS.len(), "a reason is out of date");
}
