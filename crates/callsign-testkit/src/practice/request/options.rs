//! The fields of a request beside its messages.

use serde_json::Value;

use super::{AnswerShape, ToolChoice};
use crate::practice::complaint::Complaint;
use crate::practice::schema::OfferedTool;

/// Checks the numbers that a service bounds, and what this one doesn't serve.
pub(super) fn ranges(body: &Value) -> Result<(), Complaint> {
    let bounds = [
        ("temperature", 0.0, 2.0),
        ("top_p", 0.0, 1.0),
        ("frequency_penalty", -2.0, 2.0),
        ("presence_penalty", -2.0, 2.0),
    ];
    for (name, least, most) in bounds {
        let value = &body[name];
        let fits = value.is_null()
            || value.as_f64().is_some_and(|number| (least..=most).contains(&number));
        if !fits {
            return Err(Complaint::about(
                name,
                format!("{name} must be a number from {least} to {most}."),
            ));
        }
    }
    match body["n"].as_u64() {
        Some(1) => Ok(()),
        None if body["n"].is_null() => Ok(()),
        _ => Err(Complaint::unsupported("n", "The practice model gives one choice.")),
    }
}

/// Reads the offered tools.
pub(super) fn tools(value: &Value) -> Result<Vec<OfferedTool>, Complaint> {
    let list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) if !list.is_empty() => list,
        _ => return Err(Complaint::about("tools", "tools must be a list with at least one tool.")),
    };
    let mut tools: Vec<OfferedTool> = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        let field = |name: &str| format!("tools[{at}].{name}");
        if value["type"] != "function" {
            return Err(Complaint::about(field("type"), "The type of a tool is 'function'."));
        }
        let function = &value["function"];
        let name = function["name"].as_str().unwrap_or_default();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
            let why = "The name of a function has 1 to 64 letters, digits, underscores and dashes.";
            return Err(Complaint::about(field("function.name"), why));
        }
        if tools.iter().any(|tool| tool.name == name) {
            return Err(Complaint::about(
                field("function.name"),
                format!("There are two tools '{name}'."),
            ));
        }
        let parameters = &function["parameters"];
        let object = parameters["type"] == "object";
        let empty =
            parameters.is_null() || parameters.as_object().is_some_and(serde_json::Map::is_empty);
        if !object && !empty {
            let why = format!("The schema of '{name}' must have the type 'object'.");
            return Err(Complaint::about(field("function.parameters"), why));
        }
        tools.push(OfferedTool::read(function));
    }
    Ok(tools)
}

/// Reads `tool_choice` against the tools that are offered.
pub(super) fn tool_choice(value: &Value, tools: &[OfferedTool]) -> Result<ToolChoice, Complaint> {
    let choice = match value {
        Value::Null => return Ok(ToolChoice::Free),
        Value::String(word) => match word.as_str() {
            "none" => return Ok(ToolChoice::Never),
            "auto" => ToolChoice::Free,
            "required" => ToolChoice::Required,
            other => {
                return Err(Complaint::about(
                    "tool_choice",
                    format!("'{other}' is no tool choice."),
                ));
            }
        },
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "function") => {
            let name = value["function"]["name"].as_str().unwrap_or_default();
            if !tools.iter().any(|tool| tool.name == name) {
                return Err(Complaint::about(
                    "tool_choice",
                    format!("There is no tool '{name}' in tools."),
                ));
            }
            ToolChoice::Named(name.to_owned())
        }
        _ => {
            return Err(Complaint::about(
                "tool_choice",
                "A tool choice is a word or names a function.",
            ));
        }
    };
    if tools.is_empty() {
        return Err(Complaint::about("tool_choice", "A tool choice needs tools."));
    }
    Ok(choice)
}

/// Reads `response_format`.
pub(super) fn shape(value: &Value) -> Result<AnswerShape, Complaint> {
    match value["type"].as_str() {
        None if value.is_null() => Ok(AnswerShape::Text),
        Some("text") => Ok(AnswerShape::Text),
        Some("json_object") => Ok(AnswerShape::Object),
        Some("json_schema") => {
            let format = &value["json_schema"];
            if !format["name"].is_string() {
                return Err(Complaint::about(
                    "response_format.json_schema.name",
                    "A JSON schema format needs a name.",
                ));
            }
            Ok(AnswerShape::Schema(format["schema"].clone()))
        }
        _ => Err(Complaint::about(
            "response_format",
            "The type is text, json_object or json_schema.",
        )),
    }
}

/// Reads `max_tokens` or `max_completion_tokens`.
pub(super) fn max_tokens(body: &Value) -> Result<Option<usize>, Complaint> {
    let mut least = None;
    for name in ["max_tokens", "max_completion_tokens"] {
        let value = &body[name];
        if value.is_null() {
            continue;
        }
        let number = value
            .as_u64()
            .filter(|number| *number > 0)
            .and_then(|number| usize::try_from(number).ok());
        let number = number.ok_or_else(|| {
            Complaint::about(name, format!("{name} must be a whole number of at least 1."))
        })?;
        least = Some(least.map_or(number, |known: usize| known.min(number)));
    }
    Ok(least)
}

/// Reads `stop`: a text or a list of at most four.
pub(super) fn stop(value: &Value) -> Result<Vec<String>, Complaint> {
    let texts: Option<Vec<String>> = match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) if list.len() <= 4 => {
            list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    texts.ok_or_else(|| Complaint::about("stop", "stop is a text or a list of at most four texts."))
}

/// Reads a flag that is false where it is absent.
pub(super) fn flag(body: &Value, name: &str) -> Result<bool, Complaint> {
    match &body[name] {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        _ => Err(Complaint::about(name, format!("{name} must be true or false."))),
    }
}

/// Reads `stream_options`, which belong to a streamed answer only.
pub(super) fn include_usage(body: &Value) -> Result<bool, Complaint> {
    let options = &body["stream_options"];
    if options.is_null() {
        return Ok(false);
    }
    if !flag(body, "stream")? {
        return Err(Complaint::about(
            "stream_options",
            "stream_options are allowed only with stream.",
        ));
    }
    flag(options, "include_usage")
}

/// Reads `logprobs` and `top_logprobs`, the latter of which needs the former.
pub(super) fn logprobs(body: &Value) -> Result<Option<usize>, Complaint> {
    let wanted = flag(body, "logprobs")?;
    let top = match &body["top_logprobs"] {
        Value::Null => Some(0),
        value => value.as_u64().filter(|top| *top <= 20 && wanted),
    };
    let Some(top) = top.and_then(|top| usize::try_from(top).ok()) else {
        let why = "top_logprobs is a whole number from 0 to 20, and needs logprobs.";
        return Err(Complaint::about("top_logprobs", why));
    };
    Ok(wanted.then_some(top))
}
