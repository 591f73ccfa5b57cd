//! Nulls that stand for properties that were left out.

use std::sync::Arc;

use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::Value;

use super::inlined::target;
use super::strict::is_nullable;

/// Takes the nulls out of a call's arguments that only the strict form of its schema asked for:
/// those of properties that are optional and not nullable. Where there are none, and where the
/// arguments are no JSON, they stay as they came.
pub(crate) fn without_nulls(call: &mut ToolCall, tools: &Arc<[ToolDefinition]>) {
    let Some(tool) = tools.iter().find(|tool| *tool.name == *call.name) else { return };
    let Ok(mut arguments) = serde_json::from_str::<Value>(&call.arguments) else { return };
    if remove(&mut arguments, &tool.parameters, &tool.parameters) {
        call.arguments = arguments.to_string();
    }
}

/// Whether something was removed.
fn remove(value: &mut Value, schema: &Value, root: &Value) -> bool {
    let schema = match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => target(root, reference).unwrap_or(schema),
        None => schema,
    };
    match value {
        Value::Array(items) => {
            let Some(of) = schema.get("items") else { return false };
            items.iter_mut().fold(false, |removed, item| remove(item, of, root) | removed)
        }
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array);
            let is_required =
                |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
            let property = |name: &str| schema.get("properties")?.get(name);
            let before = fields.len();
            fields.retain(|name, value| {
                let optional = !is_required(name)
                    && property(name).is_some_and(|schema| !is_nullable(resolved(schema, root)));
                !(value.is_null() && optional)
            });
            let mut removed = fields.len() < before;
            for (name, value) in fields {
                removed |= property(name).is_some_and(|schema| remove(value, schema, root));
            }
            removed
        }
        _ => false,
    }
}

fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| target(root, reference)).unwrap_or(schema)
}
