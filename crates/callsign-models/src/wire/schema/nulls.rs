//! Nulls that stand for properties that were left out.

use std::sync::Arc;

use callsign_core::words::message::ToolCall;
use callsign_core::words::request::ToolDefinition;
use serde_json::{Map, Value};

use super::dialect::is_strict;
use super::fit::{Fit, Nulls, is_required, property};
use crate::endpoint::profile::Profile;

/// Takes the nulls out of a call's arguments that only the strict form of its schema asked for:
/// those of properties that are optional and not nullable. In a union they are those of the first
/// member that the value fits once they are gone, and none if it fits one as it is. Where there
/// are none, where the arguments are no JSON, and where the profile or the tool has no strict
/// form, they stay as they came.
pub(crate) fn without_nulls(call: &mut ToolCall, tools: &Arc<[ToolDefinition]>, profile: &Profile) {
    let Some(tool) = tools.iter().find(|tool| *tool.name == *call.name) else { return };
    if !is_strict(tool, profile) {
        return;
    }
    let Ok(mut arguments) = serde_json::from_str::<Value>(&call.arguments) else { return };
    if remove(&mut arguments, &tool.parameters, &mut Fit::new(&tool.parameters)) {
        call.arguments = arguments.to_string();
    }
}

/// Whether something was removed.
fn remove(value: &mut Value, schema: &Value, fit: &mut Fit<'_>) -> bool {
    let nested = matches!(value, Value::Array(_) | Value::Object(_));
    if !nested || !fit.enter() {
        return false;
    }
    let mut removed = false;
    if let Some(target) = fit.target(schema) {
        removed |= remove(value, target, fit);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        removed |= remove(value, part, fit);
    }
    for name in ["anyOf", "oneOf"] {
        let Some(members) = schema.get(name).and_then(Value::as_array) else { continue };
        if !members.iter().any(|member| fit.fits(value, member, Nulls::AsTheyAre))
            && let Some(member) =
                members.iter().find(|member| fit.fits(value, member, Nulls::AsLeftOut))
        {
            removed |= remove(value, member, fit);
        }
    }
    removed |= match value {
        Value::Array(items) => remove_in_items(items, schema, fit),
        Value::Object(fields) => remove_in_fields(fields, schema, fit),
        _ => false,
    };
    fit.leave();
    removed
}

fn remove_in_items(items: &mut [Value], schema: &Value, fit: &mut Fit<'_>) -> bool {
    let Some(of) = schema.get("items") else { return false };
    items.iter_mut().fold(false, |removed, item| remove(item, of, fit) | removed)
}

fn remove_in_fields(fields: &mut Map<String, Value>, schema: &Value, fit: &mut Fit<'_>) -> bool {
    let before = fields.len();
    fields.retain(|name, value| {
        let left_out = value.is_null()
            && !is_required(schema, name)
            && property(schema, name).is_some_and(|schema| fit.forbids_null(schema));
        !left_out
    });
    let mut removed = fields.len() < before;
    for (name, value) in fields {
        removed |= property(schema, name).is_some_and(|schema| remove(value, schema, fit));
    }
    removed
}
