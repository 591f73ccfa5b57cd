//! The fields of a chat request other than `messages`.

use serde_json::Value;

use super::{ResponseFormat, ToolChoice};
use crate::error::ApiError;
use crate::tools::schema::OfferedTool;

/// Checks the ranges of sampling parameters, and rejects `n` other than 1.
pub(super) fn check_ranges(body: &Value) -> Result<(), ApiError> {
    let bounds = [
        ("temperature", 0.0, 2.0),
        ("top_p", 0.0, 1.0),
        ("frequency_penalty", -2.0, 2.0),
        ("presence_penalty", -2.0, 2.0),
    ];
    for (name, minimum, maximum) in bounds {
        let value = &body[name];
        let fits = value.is_null()
            || value.as_f64().is_some_and(|number| (minimum..=maximum).contains(&number));
        if !fits {
            return Err(ApiError::invalid_value(
                name,
                format!("{name} must be a number from {minimum} to {maximum}."),
            ));
        }
    }
    match body["n"].as_u64() {
        Some(1) => Ok(()),
        None if body["n"].is_null() => Ok(()),
        _ => Err(ApiError::unsupported("n", "The practice model supports only one choice.")),
    }
}

/// Parses the offered tools.
pub(super) fn tools(value: &Value) -> Result<Vec<OfferedTool>, ApiError> {
    let list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) if !list.is_empty() => list,
        _ => {
            return Err(ApiError::invalid_value(
                "tools",
                "tools must be an array with at least one tool.",
            ));
        }
    };
    let mut tools: Vec<OfferedTool> = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        let field = |name: &str| format!("tools[{at}].{name}");
        if value["type"] != "function" {
            return Err(ApiError::invalid_value(
                field("type"),
                "The type of a tool must be 'function'.",
            ));
        }
        let function = &value["function"];
        let name = function["name"].as_str().unwrap_or_default();
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_legal) {
            let why = "A function name must have 1 to 64 letters, digits, underscores or dashes.";
            return Err(ApiError::invalid_value(field("function.name"), why));
        }
        if tools.iter().any(|tool| tool.name == name) {
            return Err(ApiError::invalid_value(
                field("function.name"),
                format!("The tool name '{name}' is not unique."),
            ));
        }
        let parameters = &function["parameters"];
        let object = parameters["type"] == "object";
        let empty =
            parameters.is_null() || parameters.as_object().is_some_and(serde_json::Map::is_empty);
        if !object && !empty {
            let why = format!("The schema of '{name}' must have the type 'object'.");
            return Err(ApiError::invalid_value(field("function.parameters"), why));
        }
        tools.push(OfferedTool::parse(function));
    }
    Ok(tools)
}

/// Parses `tool_choice`. A named function must be one of `tools`.
pub(super) fn tool_choice(value: &Value, tools: &[OfferedTool]) -> Result<ToolChoice, ApiError> {
    let choice = match value {
        Value::Null => return Ok(ToolChoice::Auto),
        Value::String(word) => match word.as_str() {
            "none" => return Ok(ToolChoice::None),
            "auto" => ToolChoice::Auto,
            "required" => ToolChoice::Required,
            other => {
                return Err(ApiError::invalid_value(
                    "tool_choice",
                    format!("'{other}' is not a tool choice: use none, auto or required."),
                ));
            }
        },
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "function") => {
            let name = value["function"]["name"].as_str().unwrap_or_default();
            if !tools.iter().any(|tool| tool.name == name) {
                return Err(ApiError::invalid_value(
                    "tool_choice",
                    format!("tools has no function '{name}'."),
                ));
            }
            ToolChoice::Function(name.to_owned())
        }
        _ => {
            return Err(ApiError::invalid_value(
                "tool_choice",
                "tool_choice must be a string or name a function.",
            ));
        }
    };
    if tools.is_empty() {
        return Err(ApiError::invalid_value(
            "tool_choice",
            "tool_choice is allowed only with tools.",
        ));
    }
    Ok(choice)
}

/// Parses `response_format`.
pub(super) fn response_format(value: &Value) -> Result<ResponseFormat, ApiError> {
    match value["type"].as_str() {
        None if value.is_null() => Ok(ResponseFormat::Text),
        Some("text") => Ok(ResponseFormat::Text),
        Some("json_object") => Ok(ResponseFormat::JsonObject),
        Some("json_schema") => {
            let format = &value["json_schema"];
            if !format["name"].is_string() {
                return Err(ApiError::invalid_value(
                    "response_format.json_schema.name",
                    "A json_schema response format needs a name.",
                ));
            }
            Ok(ResponseFormat::JsonSchema(format["schema"].clone()))
        }
        _ => Err(ApiError::invalid_value(
            "response_format",
            "The type must be text, json_object or json_schema.",
        )),
    }
}

/// Parses `max_tokens` and `max_completion_tokens`, and returns the lower one.
pub(super) fn max_tokens(body: &Value) -> Result<Option<usize>, ApiError> {
    let mut limit = None;
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
            ApiError::invalid_value(name, format!("{name} must be an integer of at least 1."))
        })?;
        limit = Some(limit.map_or(number, |other: usize| other.min(number)));
    }
    Ok(limit)
}

/// Parses `stop`: a string or an array of at most four.
pub(super) fn stop(value: &Value) -> Result<Vec<String>, ApiError> {
    let texts: Option<Vec<String>> = match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) if list.len() <= 4 => {
            list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    texts.ok_or_else(|| {
        ApiError::invalid_value(
            "stop",
            "stop must be a string or an array of at most four strings.",
        )
    })
}

/// Parses a boolean field. An absent field is false.
pub(super) fn flag(body: &Value, name: &str) -> Result<bool, ApiError> {
    match &body[name] {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        _ => Err(ApiError::invalid_value(name, format!("{name} must be true or false."))),
    }
}

/// Parses `stream_options.include_usage`. `stream_options` is allowed only with `stream`.
pub(super) fn include_usage(body: &Value) -> Result<bool, ApiError> {
    let options = &body["stream_options"];
    if options.is_null() {
        return Ok(false);
    }
    if !flag(body, "stream")? {
        return Err(ApiError::invalid_value(
            "stream_options",
            "stream_options is allowed only with stream.",
        ));
    }
    flag(options, "include_usage")
}

/// Parses `logprobs` and `top_logprobs`. `top_logprobs` requires `logprobs`.
pub(super) fn logprobs(body: &Value) -> Result<Option<usize>, ApiError> {
    let enabled = flag(body, "logprobs")?;
    let top = match &body["top_logprobs"] {
        Value::Null => Some(0),
        value => value.as_u64().filter(|top| *top <= 20 && enabled),
    };
    let Some(top) = top.and_then(|top| usize::try_from(top).ok()) else {
        let why = "top_logprobs must be an integer from 0 to 20, and requires logprobs.";
        return Err(ApiError::invalid_value("top_logprobs", why));
    };
    Ok(enabled.then_some(top))
}
