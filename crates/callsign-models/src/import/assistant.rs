//! A message of the model.

use callsign_core::words::message::AssistantMessage;
use serde_json::{Map, Value};

use super::calls;
use super::history::Notes;
use super::report::RepairKind;

/// The fields that a message has places for.
const KNOWN: [&str; 7] =
    ["role", "content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call"];

/// Reads a message of the model. Fields that are not known are kept with it.
pub(super) fn read(fields: &Map<String, Value>, notes: &mut Notes<'_>) -> AssistantMessage {
    let mut message = AssistantMessage::default();
    for (name, value) in fields {
        if !value.is_null() && !KNOWN.contains(&&**name) {
            message.extra.insert(name.clone(), value.clone());
        }
    }
    content(fields.get("content"), &mut message, notes);
    match fields.get("refusal") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::String(text)) => refuse(&mut message, text),
        Some(_) => notes.field_left_out("refusal"),
    }
    for name in ["reasoning_content", "reasoning"] {
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            // Where several are there, the one mostly says the other again.
            Some(Value::String(text)) if message.reasoning == *text => {}
            Some(Value::String(text)) if message.reasoning.is_empty() => {
                message.reasoning.clone_from(text);
            }
            Some(_) => notes.field_left_out(name),
        }
    }
    calls::read(fields, &mut message.tool_calls, notes);
    message
}

fn refuse(message: &mut AssistantMessage, text: &str) {
    if !text.is_empty() {
        message.refusal.get_or_insert_default().push_str(text);
    }
}

fn content(value: Option<&Value>, message: &mut AssistantMessage, notes: &mut Notes<'_>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => message.text.clone_from(text),
        Some(Value::Array(items)) => {
            let mut left = Vec::new();
            for item in items {
                part(item, message, &mut left, notes);
            }
            if !left.is_empty() {
                message.extra.insert("content".to_owned(), Value::Array(left));
            }
        }
        Some(other) => {
            notes.add(RepairKind::ContentAsText);
            message.text = other.to_string();
        }
    }
}

/// Takes one part of a content: text, reasoning, a refusal, or one that is kept as it is.
fn part(
    item: &Value,
    message: &mut AssistantMessage,
    left: &mut Vec<Value>,
    notes: &mut Notes<'_>,
) {
    let kind = item["type"].as_str().unwrap_or_default();
    match (kind, item) {
        (_, Value::Null) => {}
        (_, Value::String(text)) => message.text.push_str(text),
        ("text" | "output_text" | "", Value::Object(_)) if item["text"].is_string() => {
            message.text.push_str(item["text"].as_str().unwrap_or_default());
            notes.part_fields("text", item, &["text"]);
        }
        ("refusal", Value::Object(_)) if item["refusal"].is_string() => {
            refuse(message, item["refusal"].as_str().unwrap_or_default());
            notes.part_fields("refusal", item, &["refusal"]);
        }
        ("thinking" | "reasoning", Value::Object(_)) => match thought(item) {
            Some(text) => {
                message.reasoning.push_str(&text);
                rest_of_thought(kind, item, notes);
            }
            None => left.push(item.clone()),
        },
        (_, Value::Object(_)) => left.push(item.clone()),
        _ => notes.add(RepairKind::PartLeftOut { kind: String::new() }),
    }
}

/// The text of a part of reasoning: its own, or that of the parts within.
fn thought(part: &Value) -> Option<String> {
    match part {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(thought).collect(),
        Value::Object(_) => {
            let (_, inner) = inner_thought(part)?;
            thought(inner)
        }
        _ => None,
    }
}

/// The field of a part of reasoning that has its text, or the parts within.
fn inner_thought(part: &Value) -> Option<(&'static str, &Value)> {
    let names = ["thinking", "reasoning", "text"];
    names.into_iter().find_map(|name| part.get(name).map(|inner| (name, inner)))
}

/// Tells of what a part of reasoning, and the parts within, have besides the text.
fn rest_of_thought(kind: &str, part: &Value, notes: &mut Notes<'_>) {
    if let Value::Array(parts) = part {
        parts.iter().for_each(|part| rest_of_thought(kind, part, notes));
    } else if let Some((name, inner)) = inner_thought(part) {
        notes.part_fields(kind, part, &[name]);
        rest_of_thought(kind, inner, notes);
    }
}
