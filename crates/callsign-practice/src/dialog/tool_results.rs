//! The tool results of a conversation, and values in them.

use serde_json::Value;

use crate::language::entities::{EntityKind, Sentence};
use crate::language::lexicon::{split_identifier, stem};
use crate::request::{Message, ToolCall};
use crate::tools::schema::{Param, Role, Shape};

/// A tool result, with its call.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToolResult<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) content: &'a str,
}

/// Returns all tool results of a conversation, in order.
pub(super) fn collect(messages: &[Message]) -> Vec<ToolResult<'_>> {
    let mut calls: Vec<&ToolCall> = Vec::new();
    let mut results = Vec::new();
    for message in messages {
        match message {
            Message::Assistant(made) => calls = made.iter().collect(),
            Message::ToolResult { id, content } => {
                if let Some(call) = calls.iter().find(|call| call.id == *id) {
                    results.push(ToolResult { call, content });
                }
            }
            _ => {}
        }
    }
    results
}

/// Returns a value for a parameter from the first result that has one if `first`, else from the last one. `ordinal` is
/// the zero-based index among the values of that result. `usize::MAX` means the last value.
pub(super) fn find_value(
    results: &[ToolResult<'_>],
    param: &Param,
    ordinal: usize,
    first: bool,
) -> Option<Value> {
    let value_in = |result: &ToolResult<'_>| {
        let mut values = Vec::new();
        match serde_json::from_str::<Value>(result.content) {
            Ok(json @ (Value::Array(_) | Value::Object(_))) => {
                collect_values(&json, param, &mut values);
            }
            _ => collect_flight_codes(result.content, param, &mut values),
        }
        let at = if ordinal == usize::MAX { values.len().checked_sub(1)? } else { ordinal };
        values.into_iter().nth(at)
    };
    if first { results.iter().find_map(value_in) } else { results.iter().rev().find_map(value_in) }
}

/// Adds the values for a parameter in `json`, at most one per object. An exact name is preferred.
fn collect_values(json: &Value, param: &Param, values: &mut Vec<Value>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| collect_values(item, param, values)),
        Value::Object(fields) => {
            let exact =
                fields.iter().find(|(key, value)| *key == &param.name && fits(value, param));
            let found = exact.or_else(|| {
                fields.iter().find(|(key, value)| key_matches(key, param) && fits(value, param))
            });
            if let Some((_, value)) = found {
                values.push(value.clone());
                return;
            }
            fields.values().for_each(|value| collect_values(value, param, values));
        }
        _ => {}
    }
}

/// Whether the key of a field in a result means the same as a parameter.
fn key_matches(key: &str, param: &Param) -> bool {
    let words: Vec<String> = split_identifier(key).iter().map(|word| stem(word)).collect();
    if param.role == Role::FlightCode {
        let wanted = ["flight", "number", "code", "ident", "id"].map(stem);
        return words.contains(&stem("flight")) && words.iter().all(|word| wanted.contains(word));
    }
    let own: Vec<String> = param.words.iter().map(|word| stem(word)).collect();
    words == own
}

/// Whether a value has the type of a parameter.
fn fits(value: &Value, param: &Param) -> bool {
    match &param.shape {
        Shape::String { .. } => value.as_str().is_some_and(|text| !text.is_empty()),
        Shape::Integer { .. } => value.is_i64() || value.is_u64(),
        Shape::Number { .. } => value.is_number(),
        Shape::Boolean => value.is_boolean(),
        Shape::Enum(values) => values.contains(value),
        Shape::Array(_) => {
            value.as_array().is_some_and(|items| items.iter().all(|item| !item.is_object()))
        }
        _ => false,
    }
}

/// Adds the flight codes of a text result, if the parameter is one.
fn collect_flight_codes(text: &str, param: &Param, values: &mut Vec<Value>) {
    if param.role == Role::FlightCode && matches!(param.shape, Shape::String { .. }) {
        let sentence = Sentence::read(text);
        let entities = sentence
            .entities
            .iter()
            .filter(|entity| matches!(entity.kind, EntityKind::FlightCode { .. }));
        values.extend(entities.map(|entity| Value::from(sentence.slice(&entity.range))));
    }
}
