//! Parsing of the tool calls of an assistant message.

use callsign_types::message::ToolCall;
use callsign_types::repair::Repair;
use serde_json::{Map, Value, json};

use super::content;
use super::history::RepairLog;

/// Parses the calls of a message: its list, and the single call of the older API.
pub(super) fn read(
    fields: &Map<String, Value>,
    out: &mut Vec<ToolCall>,
    repairs: &mut RepairLog<'_>,
) {
    let listed = match fields.get("tool_calls") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(listed)) => listed,
        Some(single @ Value::Object(_)) => std::slice::from_ref(single),
        Some(_) => {
            repairs.dropped_field("tool_calls");
            &[]
        }
    };
    for call in listed {
        match call {
            Value::Null => {}
            Value::Object(call) => out.push(tool_call(call, repairs)),
            _ => repairs.add(Repair::NotACall),
        }
    }
    match fields.get("function_call") {
        None | Some(Value::Null) => {}
        // Some programs write the call in both fields.
        Some(Value::Object(_)) if !out.is_empty() => repairs.dropped_field("function_call"),
        Some(Value::Object(function)) => out.push(function_call("", function)),
        Some(_) => repairs.dropped_field("function_call"),
    }
}

/// Parses one call. Unknown fields are kept with it.
fn tool_call(fields: &Map<String, Value>, repairs: &mut RepairLog<'_>) -> ToolCall {
    let id = content::id(fields.get("id"));
    let custom = || fields.get("custom").and_then(Value::as_object);
    let (mut call, known) = if let Some(Value::Object(function)) = fields.get("function") {
        (function_call(&id, function), &["id", "type", "index", "function"][..])
    } else if let Some(custom) = custom() {
        (custom_call(&id, custom, repairs), &["id", "type", "index", "function", "custom"][..])
    } else {
        let mut call = function_call(&id, fields);
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

/// Converts the call of a custom tool, which takes a text, into a function call with one argument.
/// Unknown fields are kept with it.
fn custom_call(id: &str, custom: &Map<String, Value>, repairs: &mut RepairLog<'_>) -> ToolCall {
    let mut function = custom.clone();
    let input = function.remove("input");
    if function.remove("arguments").is_some_and(|arguments| !arguments.is_null()) {
        repairs.dropped_field("custom.arguments");
    }
    let mut call = function_call(id, &function);
    call.arguments = json!({ "input": input }).to_string();
    repairs.add(Repair::CustomCall { name: call.name.clone() });
    call
}

fn function_call(id: &str, function: &Map<String, Value>) -> ToolCall {
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

/// Returns the arguments of a call as text; an empty object if there are none.
fn arguments(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) if text.trim().is_empty() => "{}".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
