//! Parsing of an assistant message.

use callsign_types::message::AssistantMessage;
use callsign_types::repair::Repair;
use serde_json::{Map, Value};

use super::calls;
use super::history::RepairLog;

/// The fields that [`AssistantMessage`] supports.
const KNOWN: [&str; 7] =
    ["role", "content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call"];

/// Parses an assistant message. Unknown fields are kept with it.
pub(super) fn read(fields: &Map<String, Value>, repairs: &mut RepairLog<'_>) -> AssistantMessage {
    let mut message = AssistantMessage::default();
    for (name, value) in fields {
        if !value.is_null() && !KNOWN.contains(&&**name) {
            message.extra.insert(name.clone(), value.clone());
        }
    }
    content(fields.get("content"), &mut message, repairs);
    match fields.get("refusal") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::String(text)) => add_refusal(&mut message, text),
        Some(_) => repairs.dropped_field("refusal"),
    }
    for name in ["reasoning_content", "reasoning"] {
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            // If both are present, one mostly repeats the other.
            Some(Value::String(text)) if message.reasoning == *text => {}
            Some(Value::String(text)) if message.reasoning.is_empty() => {
                message.reasoning.clone_from(text);
            }
            Some(_) => repairs.dropped_field(name),
        }
    }
    calls::read(fields, &mut message.tool_calls, repairs);
    message
}

fn add_refusal(message: &mut AssistantMessage, text: &str) {
    if !text.is_empty() {
        message.refusal.get_or_insert_default().push_str(text);
    }
}

fn content(value: Option<&Value>, message: &mut AssistantMessage, repairs: &mut RepairLog<'_>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => message.text.clone_from(text),
        Some(Value::Array(items)) => {
            let mut other_parts = Vec::new();
            for item in items {
                part(item, message, &mut other_parts, repairs);
            }
            if !other_parts.is_empty() {
                message.extra.insert("content".to_owned(), Value::Array(other_parts));
            }
        }
        Some(other) => {
            repairs.add(Repair::ContentAsText);
            message.text = other.to_string();
        }
    }
}

/// Parses one part: text, reasoning, a refusal, or another one that is kept unchanged.
fn part(
    item: &Value,
    message: &mut AssistantMessage,
    other_parts: &mut Vec<Value>,
    repairs: &mut RepairLog<'_>,
) {
    let kind = item["type"].as_str().unwrap_or_default();
    match (kind, item) {
        (_, Value::Null) => {}
        (_, Value::String(text)) => message.text.push_str(text),
        ("text" | "output_text" | "", Value::Object(_)) if item["text"].is_string() => {
            message.text.push_str(item["text"].as_str().unwrap_or_default());
            repairs.dropped_part_fields("text", item, &["text"]);
        }
        ("refusal", Value::Object(_)) if item["refusal"].is_string() => {
            add_refusal(message, item["refusal"].as_str().unwrap_or_default());
            repairs.dropped_part_fields("refusal", item, &["refusal"]);
        }
        ("thinking" | "reasoning", Value::Object(_)) => match reasoning_text(item) {
            Some(text) => {
                message.reasoning.push_str(&text);
                dropped_reasoning_fields(kind, item, repairs);
            }
            None => other_parts.push(item.clone()),
        },
        (_, Value::Object(_)) => other_parts.push(item.clone()),
        _ => repairs.add(Repair::PartLeftOut { kind: String::new() }),
    }
}

/// Returns the text of a reasoning part: its own, or that of its inner parts.
fn reasoning_text(part: &Value) -> Option<String> {
    match part {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(reasoning_text).collect(),
        Value::Object(_) => {
            let (_, inner) = inner_reasoning(part)?;
            reasoning_text(inner)
        }
        _ => None,
    }
}

/// Returns the field of a reasoning part with its text or inner parts.
fn inner_reasoning(part: &Value) -> Option<(&'static str, &Value)> {
    let names = ["thinking", "reasoning", "text"];
    names.into_iter().find_map(|name| part.get(name).map(|inner| (name, inner)))
}

/// Records the fields of a reasoning part and of its inner parts that are dropped.
fn dropped_reasoning_fields(kind: &str, part: &Value, repairs: &mut RepairLog<'_>) {
    if let Value::Array(parts) = part {
        parts.iter().for_each(|part| dropped_reasoning_fields(kind, part, repairs));
    } else if let Some((name, inner)) = inner_reasoning(part) {
        repairs.dropped_part_fields(kind, part, &[name]);
        dropped_reasoning_fields(kind, inner, repairs);
    }
}
