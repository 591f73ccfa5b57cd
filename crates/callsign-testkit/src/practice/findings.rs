//! What tools have found out in a conversation, and single values in it.

use serde_json::Value;

use super::lexicon::{split_identifier, stem};
use super::marks::{MarkKind, Sentence};
use super::request::{Call, Message};
use super::schema::{Param, Role, Shape};

/// A tool's result beside the call that it answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding<'a> {
    pub(super) call: &'a Call,
    pub(super) content: &'a str,
}

/// All results of a conversation, in order.
pub(super) fn of(messages: &[Message]) -> Vec<Finding<'_>> {
    let mut open: Vec<&Call> = Vec::new();
    let mut findings = Vec::new();
    for message in messages {
        match message {
            Message::Assistant(calls) => open = calls.iter().collect(),
            Message::Result { id, content } => {
                if let Some(call) = open.iter().find(|call| call.id == *id) {
                    findings.push(Finding { call, content });
                }
            }
            _ => {}
        }
    }
    findings
}

/// A value for a parameter: in the first finding that has one where `first`, else in the last.
/// `ordinal` counts from zero among those of one finding; `usize::MAX` is the last.
pub(super) fn value(
    findings: &[Finding<'_>],
    param: &Param,
    ordinal: usize,
    first: bool,
) -> Option<Value> {
    let within = |finding: &Finding<'_>| {
        let mut values = Vec::new();
        match serde_json::from_str::<Value>(finding.content) {
            Ok(json @ (Value::Array(_) | Value::Object(_))) => collect(&json, param, &mut values),
            _ => codes(finding.content, param, &mut values),
        }
        let at = if ordinal == usize::MAX { values.len().checked_sub(1)? } else { ordinal };
        values.into_iter().nth(at)
    };
    if first { findings.iter().find_map(within) } else { findings.iter().rev().find_map(within) }
}

fn collect(json: &Value, param: &Param, values: &mut Vec<Value>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| collect(item, param, values)),
        Value::Object(fields) => {
            let exact =
                fields.iter().find(|(key, value)| *key == &param.name && fits(value, param));
            let known = exact.or_else(|| {
                fields.iter().find(|(key, value)| means(key, param) && fits(value, param))
            });
            if let Some((_, value)) = known {
                values.push(value.clone());
                return;
            }
            fields.values().for_each(|value| collect(value, param, values));
        }
        _ => {}
    }
}

/// Whether a key of a result means what a parameter wants.
fn means(key: &str, param: &Param) -> bool {
    let words: Vec<String> = split_identifier(key).iter().map(|word| stem(word)).collect();
    if param.role == Role::FlightCode {
        let wanted = ["flight", "number", "code", "ident", "id"].map(stem);
        return words.contains(&stem("flight")) && words.iter().all(|word| wanted.contains(word));
    }
    let own: Vec<String> = param.words.iter().map(|word| stem(word)).collect();
    words == own
}

fn fits(value: &Value, param: &Param) -> bool {
    match &param.shape {
        Shape::Text { .. } => value.as_str().is_some_and(|text| !text.is_empty()),
        Shape::Integer { .. } => value.is_i64() || value.is_u64(),
        Shape::Number { .. } => value.is_number(),
        Shape::Boolean => value.is_boolean(),
        Shape::Choice(values) => values.contains(value),
        Shape::List(_) => {
            value.as_array().is_some_and(|items| items.iter().all(|item| !item.is_object()))
        }
        _ => false,
    }
}

/// Codes in plain text.
fn codes(text: &str, param: &Param, values: &mut Vec<Value>) {
    if param.role == Role::FlightCode && matches!(param.shape, Shape::Text { .. }) {
        let sentence = Sentence::read(text);
        let marks = sentence.marks.iter().filter(|mark| matches!(mark.kind, MarkKind::Code { .. }));
        values.extend(marks.map(|mark| Value::from(sentence.slice(&mark.range))));
    }
}
