//! The messages of a request. Each tool call must have exactly one result, right after it.

use std::collections::HashSet;

use serde_json::Value;

use super::{Message, ToolCall, media};
use crate::error::ApiError;

/// Parses the messages, and returns them with the ids of all tool calls.
pub(super) fn messages(value: &Value) -> Result<(Vec<Message>, HashSet<String>), ApiError> {
    let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
        return Err(ApiError::invalid_value("messages", "There must be at least one message."));
    };
    let mut messages = Vec::with_capacity(list.len());
    let mut ids = HashSet::new();
    let mut pending: Vec<String> = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let message = parse_message(value, at)?;
        if let Message::ToolResult { id, .. } = &message {
            let Some(found) = pending.iter().position(|call| call == id) else {
                let why = format!(
                    "The preceding assistant message has no tool call '{id}' without a result."
                );
                return Err(ApiError::invalid_value(format!("messages.[{at}].tool_call_id"), why));
            };
            pending.remove(found);
        } else {
            check_no_pending(&pending, at)?;
        }
        if let Message::Assistant(calls) = &message {
            for call in calls {
                if !ids.insert(call.id.clone()) {
                    let why = format!(
                        "The tool call id '{}' is not unique in this conversation.",
                        call.id
                    );
                    return Err(ApiError::invalid_value(
                        format!("messages.[{at}].tool_calls"),
                        why,
                    ));
                }
            }
            pending = calls.iter().map(|call| call.id.clone()).collect();
        }
        messages.push(message);
    }
    check_no_pending(&pending, list.len())?;
    Ok((messages, ids))
}

/// Fails if a tool call has no result before message `at`.
fn check_no_pending(pending: &[String], at: usize) -> Result<(), ApiError> {
    if pending.is_empty() {
        return Ok(());
    }
    let why = format!(
        "Each tool call needs a tool message right after it. These calls have none: {}.",
        pending.join(", ")
    );
    Err(ApiError::invalid_value(format!("messages.[{at}].role"), why))
}

fn parse_message(value: &Value, at: usize) -> Result<Message, ApiError> {
    let field = |name: &str| format!("messages.[{at}].{name}");
    let role = value["role"]
        .as_str()
        .ok_or_else(|| ApiError::invalid_value(field("role"), "A message needs a role."))?;
    let content = || content_text(&value["content"], &field("content"));
    match role {
        "system" | "developer" => Ok(Message::System(content()?)),
        "user" => {
            let media = media::describe_parts(&value["content"], &field("content"))?;
            Ok(Message::User { text: content()?, media })
        }
        "assistant" => assistant(value, at),
        "tool" => {
            let id = value["tool_call_id"].as_str().filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| {
                ApiError::invalid_value(
                    field("tool_call_id"),
                    "A tool message needs a tool_call_id.",
                )
            })?;
            Ok(Message::ToolResult { id: id.to_owned(), content: content()? })
        }
        other => {
            Err(ApiError::invalid_value(field("role"), format!("'{other}' is not a message role.")))
        }
    }
}

fn assistant(value: &Value, at: usize) -> Result<Message, ApiError> {
    let field = format!("messages.[{at}].tool_calls");
    let mut calls = Vec::new();
    match &value["tool_calls"] {
        Value::Null => {}
        Value::Array(list) if !list.is_empty() => {
            for (index, call) in list.iter().enumerate() {
                calls.push(parse_call(call, &format!("{field}[{index}]"))?);
            }
        }
        _ => {
            return Err(ApiError::invalid_value(
                field,
                "tool_calls must be an array with at least one call.",
            ));
        }
    }
    match &value["content"] {
        Value::Null if !calls.is_empty() => {}
        // Providers accept an empty content only together with tool calls.
        Value::String(text) if !text.is_empty() || !calls.is_empty() => {}
        content => {
            content_text(content, &format!("messages.[{at}].content"))?;
        }
    }
    Ok(Message::Assistant(calls))
}

fn parse_call(call: &Value, field: &str) -> Result<ToolCall, ApiError> {
    let required = |value: &Value, name: &str| {
        let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| {
            ApiError::invalid_value(
                format!("{field}.{name}"),
                format!("A tool call needs its {name}."),
            )
        })
    };
    let id = required(&call["id"], "id")?;
    if call["type"] != "function" {
        return Err(ApiError::invalid_value(
            format!("{field}.type"),
            "The type of a tool call must be 'function'.",
        ));
    }
    let function = &call["function"];
    let name = required(&function["name"], "function.name")?;
    let arguments = required(&function["arguments"], "function.arguments")?;
    let arguments: Value = serde_json::from_str(&arguments).map_err(|error| {
        ApiError::invalid_value(
            format!("{field}.function.arguments"),
            format!("The arguments of '{name}' are not valid JSON: {error}."),
        )
    })?;
    Ok(ToolCall { id, name, arguments })
}

/// Returns the text of a content: a string, or the text parts of an array joined by newlines.
fn content_text(content: &Value, field: &str) -> Result<String, ApiError> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) if !parts.is_empty() => {
            let mut texts = Vec::new();
            for part in parts {
                match part["type"].as_str() {
                    Some("text") => match part["text"].as_str() {
                        Some(text) => texts.push(text),
                        None => {
                            return Err(ApiError::invalid_value(
                                field,
                                "A text part needs a text.",
                            ));
                        }
                    },
                    Some("image_url" | "input_audio" | "audio_url") => {}
                    Some(other) => {
                        let why = format!("'{other}' is not a known content part type.");
                        return Err(ApiError::invalid_value(field, why));
                    }
                    None => {
                        return Err(ApiError::invalid_value(field, "A content part needs a type."));
                    }
                }
            }
            Ok(texts.join("\n"))
        }
        _ => Err(ApiError::invalid_value(
            field,
            "The content must be a string or an array of parts.",
        )),
    }
}
