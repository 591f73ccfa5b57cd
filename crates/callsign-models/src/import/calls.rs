//! The calls of a message of the model.

use callsign_core::words::message::ToolCall;
use serde_json::{Map, Value, json};

use super::content;
use super::history::Notes;
use super::report::RepairKind;

/// Reads the calls of a message: its list, and the single call of the older API.
pub(super) fn read(fields: &Map<String, Value>, out: &mut Vec<ToolCall>, notes: &mut Notes<'_>) {
    let listed = match fields.get("tool_calls") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(listed)) => listed,
        Some(single @ Value::Object(_)) => std::slice::from_ref(single),
        Some(_) => {
            notes.field_left_out("tool_calls");
            &[]
        }
    };
    for call in listed {
        match call {
            Value::Null => {}
            Value::Object(call) => out.push(one(call, notes)),
            _ => notes.add(RepairKind::NotACall),
        }
    }
    match fields.get("function_call") {
        None | Some(Value::Null) => {}
        // Some programs write the call both ways.
        Some(Value::Object(_)) if !out.is_empty() => notes.field_left_out("function_call"),
        Some(Value::Object(function)) => out.push(of_function("", function)),
        Some(_) => notes.field_left_out("function_call"),
    }
}

/// One call. Its fields that are not known are kept with it.
fn one(fields: &Map<String, Value>, notes: &mut Notes<'_>) -> ToolCall {
    let id = content::id(fields.get("id"));
    let custom = || fields.get("custom").and_then(Value::as_object);
    let (mut call, known) = if let Some(Value::Object(function)) = fields.get("function") {
        (of_function(&id, function), &["id", "type", "index", "function"][..])
    } else if let Some(custom) = custom() {
        (of_custom(&id, custom, notes), &["id", "type", "index", "function", "custom"][..])
    } else {
        let mut call = of_function(&id, fields);
        call.extra.clear();
        (call, &["id", "type", "index", "function", "name", "arguments"][..])
    };
    for (name, value) in fields {
        if !value.is_null() && !known.contains(&&**name) {
            call.extra.insert(name.clone(), value.clone());
        }
    }
    call
}

/// The call of a tool that takes a text: it is kept as that of a function that has one argument,
/// the fields that are not known with it.
fn of_custom(id: &str, custom: &Map<String, Value>, notes: &mut Notes<'_>) -> ToolCall {
    let mut function = custom.clone();
    let input = function.remove("input");
    if function.remove("arguments").is_some_and(|arguments| !arguments.is_null()) {
        notes.field_left_out("custom.arguments");
    }
    let mut call = of_function(id, &function);
    call.arguments = json!({ "input": input }).to_string();
    notes.add(RepairKind::CustomCall { name: call.name.clone() });
    call
}

fn of_function(id: &str, function: &Map<String, Value>) -> ToolCall {
    let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut call = ToolCall::new(id, name, arguments(function.get("arguments")));
    let known = |name: &str| matches!(name, "name" | "arguments");
    let rest = function.iter().filter(|(name, value)| !value.is_null() && !known(name));
    let rest: Map<String, Value> =
        rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !rest.is_empty() {
        call.extra.insert("function".to_owned(), Value::Object(rest));
    }
    call
}

/// The text of a call's arguments; none at all are an empty object.
fn arguments(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) if text.trim().is_empty() => "{}".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
