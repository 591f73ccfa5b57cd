//! The messages of a request, and the rules for calls and their results.

use std::collections::HashSet;

use serde_json::Value;

use super::{Call, Message};
use crate::practice::complaint::Complaint;
use crate::practice::media;

/// Reads the messages, with the ids of all calls.
pub(super) fn messages(value: &Value) -> Result<(Vec<Message>, HashSet<String>), Complaint> {
    let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
        return Err(Complaint::about("messages", "There must be at least one message."));
    };
    let mut messages = Vec::with_capacity(list.len());
    let mut ids = HashSet::new();
    let mut open: Vec<String> = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let message = read(value, at)?;
        if let Message::Result { id, .. } = &message {
            let Some(found) = open.iter().position(|call| call == id) else {
                let why = format!(
                    "No call '{id}' of the assistant message before is waiting for a result."
                );
                return Err(Complaint::about(format!("messages.[{at}].tool_call_id"), why));
            };
            open.remove(found);
        } else {
            answered(&open, at)?;
        }
        if let Message::Assistant(calls) = &message {
            for call in calls {
                if !ids.insert(call.id.clone()) {
                    let why =
                        format!("The call id '{}' was used before in this conversation.", call.id);
                    return Err(Complaint::about(format!("messages.[{at}].tool_calls"), why));
                }
            }
            open = calls.iter().map(|call| call.id.clone()).collect();
        }
        messages.push(message);
    }
    answered(&open, list.len())?;
    Ok((messages, ids))
}

fn answered(open: &[String], at: usize) -> Result<(), Complaint> {
    if open.is_empty() {
        return Ok(());
    }
    let why = format!(
        "Each tool call needs a tool message right after it; there is none for: {}.",
        open.join(", ")
    );
    Err(Complaint::about(format!("messages.[{at}].role"), why))
}

fn read(value: &Value, at: usize) -> Result<Message, Complaint> {
    let field = |name: &str| format!("messages.[{at}].{name}");
    let role = value["role"]
        .as_str()
        .ok_or_else(|| Complaint::about(field("role"), "A message needs a role."))?;
    let content = || text(&value["content"], &field("content"));
    match role {
        "system" | "developer" => Ok(Message::Instructions(content()?)),
        "user" => {
            let media = media::described(&value["content"], &field("content"))?;
            Ok(Message::User { text: content()?, media })
        }
        "assistant" => assistant(value, at),
        "tool" => {
            let id = value["tool_call_id"].as_str().filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| {
                Complaint::about(field("tool_call_id"), "A tool message names the call it answers.")
            })?;
            Ok(Message::Result { id: id.to_owned(), content: content()? })
        }
        other => {
            Err(Complaint::about(field("role"), format!("'{other}' is no role of a message.")))
        }
    }
}

fn assistant(value: &Value, at: usize) -> Result<Message, Complaint> {
    let field = format!("messages.[{at}].tool_calls");
    let mut calls = Vec::new();
    match &value["tool_calls"] {
        Value::Null => {}
        Value::Array(list) if !list.is_empty() => {
            for (number, call) in list.iter().enumerate() {
                calls.push(read_call(call, &format!("{field}[{number}]"))?);
            }
        }
        _ => {
            return Err(Complaint::about(
                field,
                "tool_calls must be a list with at least one call.",
            ));
        }
    }
    match &value["content"] {
        Value::Null if !calls.is_empty() => {}
        // Assistant content may be empty beside calls.
        Value::String(said) if !said.is_empty() || !calls.is_empty() => {}
        content => {
            text(content, &format!("messages.[{at}].content"))?;
        }
    }
    Ok(Message::Assistant(calls))
}

fn read_call(call: &Value, field: &str) -> Result<Call, Complaint> {
    let need = |value: &Value, name: &str| {
        let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| {
            Complaint::about(format!("{field}.{name}"), format!("A tool call needs its {name}."))
        })
    };
    let id = need(&call["id"], "id")?;
    if call["type"] != "function" {
        return Err(Complaint::about(
            format!("{field}.type"),
            "The type of a tool call is 'function'.",
        ));
    }
    let function = &call["function"];
    let name = need(&function["name"], "function.name")?;
    let arguments = need(&function["arguments"], "function.arguments")?;
    let arguments: Value = serde_json::from_str(&arguments).map_err(|error| {
        Complaint::about(
            format!("{field}.function.arguments"),
            format!("The arguments of '{name}' are no valid JSON: {error}."),
        )
    })?;
    Ok(Call { id, name, arguments })
}

/// The text of a content: a string, or the text parts of a list.
fn text(content: &Value, field: &str) -> Result<String, Complaint> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) if !parts.is_empty() => {
            let mut said = Vec::new();
            for part in parts {
                match part["type"].as_str() {
                    Some("text") => match part["text"].as_str() {
                        Some(text) => said.push(text),
                        None => return Err(Complaint::about(field, "A text part needs its text.")),
                    },
                    Some("image_url" | "input_audio" | "audio_url") => {}
                    Some(other) => {
                        let why = format!("'{other}' is no known type of part.");
                        return Err(Complaint::about(field, why));
                    }
                    None => return Err(Complaint::about(field, "A part needs its type.")),
                }
            }
            Ok(said.join("\n"))
        }
        _ => Err(Complaint::about(field, "The content must be text or a list of parts.")),
    }
}
